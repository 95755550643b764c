"""Which client_ids may be those of archived messages, so that a late retry does not send again.

The key of a message is the last 64 bits of its client_id. A conversation's keys stand in runs of up
to RUN ascending ones, so that a million take some ten megabytes, and one look-up finds the run that
would have a key. A key that is there asks for the message itself; one that is not rules it out.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from uuid import UUID

from chatproject.core.db.statements import bigs, fetch, statement
from messaging.models import ArchiveKeyRun

RUN = 256
LOWEST = -(2**63)

# The key of the client_id in `client_id`, as `key_of` makes it.
_KEY = "('x' || encode(substring(uuid_send({client_id}) FROM 9), 'hex'))::bit(64)::bigint"


def may_be_archived(conversation: str, client_id: str) -> str:
    """SQL: whether a message with the client_id may be in the files of the conversation."""
    key = _KEY.format(client_id=client_id)
    return (
        "EXISTS (SELECT FROM ("  # noqa: S608 (constants)
        "SELECT run.keys FROM messaging_archivekeyrun run"
        f" WHERE run.conversation_id = {conversation} AND run.low <= {key}"
        f" ORDER BY run.low DESC LIMIT 1) run WHERE {key} = ANY(run.keys))"
    )


RUNS = statement(
    """
    SELECT DISTINCT run.low FROM unnest(%(keys)s::bigint[]) AS w(key)
    CROSS JOIN LATERAL (
        SELECT low FROM messaging_archivekeyrun
        WHERE conversation_id = %(conversation)s AND low <= w.key
        ORDER BY low DESC LIMIT 1) run
    """
)


def key_of(client_id: bytes) -> int:
    """Of the 16 bytes of a client_id."""
    return int.from_bytes(client_id[8:], "big", signed=True)


def add_keys(conversation_id: UUID, client_ids: Iterable[bytes]) -> None:
    """Adds the keys, which may be there. The caller holds the conversation's lock."""
    new = sorted({key_of(it) for it in client_ids})
    if not new:
        return
    lows = [row[0] for row in fetch(RUNS, {"conversation": conversation_id, "keys": bigs(new)})]
    runs = ArchiveKeyRun.objects.filter(conversation_id=conversation_id)
    found = dict(runs.filter(low__in=lows).values_list("low", "keys"))
    if not runs.exists():
        found = {LOWEST: []}
    starts = sorted(found)
    merged = {low: set(keys) for low, keys in found.items()}
    for key in new:
        merged[starts[bisect_right(starts, key) - 1]].add(key)
    runs.filter(low__in=lows).delete()
    ArchiveKeyRun.objects.bulk_create(
        ArchiveKeyRun(conversation_id=conversation_id, low=low, keys=keys)
        for start in starts
        for low, keys in _split(start, sorted(merged[start]))
    )


def _split(low: int, keys: Sequence[int]) -> Iterable[tuple[int, Sequence[int]]]:
    """Into runs of at most RUN, the first of which begins where it did."""
    cuts = [*range(0, len(keys), RUN // 2 if len(keys) > RUN else RUN), len(keys)]
    for place, (start, end) in enumerate(pairwise(cuts)):
        yield (keys[start] if place else low), keys[start:end]
