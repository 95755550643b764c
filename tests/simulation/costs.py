"""What things cost, as measured on two shared cores (docs/performance.md, docs/scaling.md)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Store:
    """CPU of PostgreSQL for a message, in seconds: `alone` where a flush has one, `together` of
    each in a flush of `many`; and for how long a flush takes its shard."""

    name: str
    alone: float
    together: float
    many: int
    flush_seconds: float

    def message_seconds(self, batch: float) -> float:
        """A flush costs something by itself and something for each message."""
        flush = (self.alone - self.together) / (1 - 1 / self.many)
        return self.alone - flush + flush / max(batch, 1.0)


ONE_POSTGRES = Store("one PostgreSQL", 410e-6, 50e-6, 200, 1.0e-3)
# Over connections to the worker that has the conversation.
CITUS = Store("Citus", 1627e-6, 180e-6, 20, 3.4e-3)
INBOX = 50  # conversations on a page


@dataclass(frozen=True, slots=True)
class Costs:
    """CPU in seconds, sizes in bytes."""

    send: float = 70e-6  # of a server, for a message taken in
    delivery: float = 2.8e-6  # of a server, for a frame to one socket of a small conversation
    connect: float = 1.8e-3
    connect_store: float = 0.4e-3
    inbox: float = 5.6e-3
    inbox_store: float = 4.2e-3
    page: float = 5.0e-3
    page_store: float = 1.3e-3
    # The same on a distributed database: of all nodes for an inbox by entries, for each shard that
    # has a conversation of its page, and for a page.
    inbox_citus_store: float = 3.3e-3
    inbox_shard_store: float = 0.46e-3
    page_citus_store: float = 1.6e-3
    # For an entry that is written when a conversation has moved: of the workers, and of the one
    # process that has them written.
    entry_store: float = 0.10e-3
    entry: float = 42e-6
    publish: float = 20e-6  # of Redis, for a message
    socket_bytes: float = 33.4 * 1024
    row_bytes: float = 613
    wal_bytes: float = 2200
    archive_bytes: float = 71
    event_bytes: float = 342
    search_bytes: float = 790  # of the index in PostgreSQL


@dataclass(frozen=True, slots=True)
class Prices:
    """A month's, in any currency, of a core with its memory, and of terabytes."""

    core: float = 15.0
    disk_terabyte: float = 90.0
    object_terabyte: float = 20.0
