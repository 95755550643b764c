"""The server of the journeys and people on it, for attacks that need sockets."""

from tests.journeys.conftest import server, stage

__all__ = ["server", "stage"]
