"""Finds logs that have moved, from two sources. Both may miss some: cursors are compared with heads
in any case.

Logical decoding tells within a moment, from PostgreSQL's own log. Its slot is a temporary one, that
ends with the relay's connection: a relay that is stopped, or whose broker is away, keeps no WAL.
Where it cannot be had, heads are compared with cursors, round after round.
"""

import logging
import struct
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
from django.db import connection, transaction

from chatproject.core.db.distributed.distribution import is_distributed
from messaging.log_cursors import RELAY_CURSORS
from messaging.relay.parts import WHOLE, Part

log = logging.getLogger(__name__)

PUBLICATION = "chat_relay"
MAKE_PUBLICATION = (
    f"CREATE PUBLICATION {PUBLICATION} FOR TABLE conversations_conversation (id, last_rev)"
    " WITH (publish = 'insert, update')"
)
# Making a slot waits for every transaction that is open.
PATIENCE_MS = 5_000
CHANGES = 20_000  # of one look
SLICE = 5_000  # conversations that are compared at once
FIRST = UUID(int=0)


Connection = psycopg.Connection[Any]  # in autocommit
BehindAfter = Callable[[UUID, int], tuple[list[UUID], UUID | None]]  # see LogCursors


class DecodedLog:
    """The ids of conversations that were written to, by logical decoding on one connection."""

    def __init__(self, own: Connection) -> None:
        """Raises psycopg.Error where decoding cannot be had."""
        self._own = own
        self.is_through = True
        self._slot = f"chat_relay_{uuid4().hex[:12]}"
        own.execute(f"SET statement_timeout = {PATIENCE_MS}")
        try:
            own.execute(
                "SELECT pg_create_logical_replication_slot(%s, 'pgoutput', temporary => true)",
                [self._slot],
            )
        finally:
            own.execute("SET statement_timeout = 0")

    def read(self) -> list[UUID]:
        """Those since the last call. What was read is let go of in PostgreSQL; `is_through` is
        false when there is more."""
        rows = self._own.execute(
            "SELECT data FROM pg_logical_slot_get_binary_changes(%s, NULL, %s,"
            " 'proto_version', '1', 'publication_names', %s)",
            [self._slot, CHANGES, PUBLICATION],
            binary=True,
        ).fetchall()
        self.is_through = len(rows) < CHANGES
        return list(dict.fromkeys(each for (data,) in rows for each in _id_in(bytes(data))))


def decoded_log(own: Connection) -> DecodedLog | None:
    """None where PostgreSQL does not decode for us, which is no error. The coordinator of a
    distributed database does not: its log has nothing of what is on the nodes."""
    if is_distributed():
        return None
    try:
        make_publication()
        return DecodedLog(own)
    except (psycopg.Error, OSError) as error:
        log.info("the relay compares heads, since there is no logical decoding: %s", error)
        return None


def make_publication() -> None:
    """Names the columns that are decoded: an id and a number, no more."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_publication WHERE pubname = %s", [PUBLICATION])
        if not cursor.rowcount:
            cursor.execute(MAKE_PUBLICATION)


class Sweep:
    """Compares every conversation's head with its cursor, a slice at a time."""

    def __init__(
        self, behind_after: BehindAfter = RELAY_CURSORS.behind_after, part: Part = WHOLE
    ) -> None:
        self._after = FIRST
        self._behind_after = behind_after
        self._part = part

    def read(self) -> tuple[list[UUID], bool]:
        """Those of the next slice that have moved and belong to the part, and whether it was the
        last of a round."""
        behind, last = self._behind_after(self._after, SLICE)
        self._after = last or FIRST
        return list(filter(self._part.has, behind)), last is None


def _id_in(message: bytes) -> Iterator[UUID]:
    """The first column of an insert's or update's new row, as pgoutput writes them (PostgreSQL's
    manual, "Logical Replication Message Formats")."""
    if message[:1] == b"I":
        start = 5
    elif message[:1] == b"U":
        start = 5
        if message[start : start + 1] in (b"K", b"O"):
            start = _after_row(message, start + 1)
    else:
        return
    # b"N", the number of columns, the kind of the first, its length.
    kind, length = struct.unpack_from("!ci", message, start + 3)
    if kind == b"t":
        yield UUID(message[start + 8 : start + 8 + length].decode())


def _after_row(message: bytes, at: int) -> int:
    (columns,) = struct.unpack_from("!h", message, at)
    at += 2
    for _ in range(columns):
        kind, at = message[at : at + 1], at + 1
        if kind in (b"t", b"b"):
            (length,) = struct.unpack_from("!i", message, at)
            at += 4 + length
    return at
