"""How imports are tested on a distributed database."""

import pytest

from messaging.imports.slack import loader
from tests.citus import cluster


@pytest.fixture(autouse=True)
def _not_analyzed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a transaction, such as that of a test, Citus refuses to renew statistics."""
    if cluster.is_there():
        monkeypatch.setattr(loader, "_refresh_statistics", lambda: None)
