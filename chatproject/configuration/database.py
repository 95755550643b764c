"""`DATABASES`: how PostgreSQL is connected to."""

from typing import Any

OPTIONS: dict[str, Any] = {
    # Under ASGI a persistent connection per thread leaks, and none at all costs a third of the
    # requests. A try to connect is given up soon, so that no long pause follows an outage. There
    # are more connections than threads: who waits for one waits for a database that is away.
    # What serves nobody does without it: `chatproject.core.db.unpooled`.
    "pool": {"min_size": 4, "max_size": 30, "timeout": 2, "reconnect_timeout": 3},
    "server_side_binding": True,
    "connect_timeout": 5,
    # A line that is broken is noticed within half a minute, also while nothing is asked.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


def database_settings(place: dict[str, Any]) -> dict[str, Any]:
    """The entry of DATABASES for this NAME, USER, PASSWORD, HOST, PORT and OPTIONS, of which the
    last have precedence over ours."""
    return place | {
        "OPTIONS": OPTIONS | place["OPTIONS"],
        # Starts the embedded server at the first connection of a process, when it is the one.
        "ENGINE": "chatproject.server.embedded_postgres",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
    }
