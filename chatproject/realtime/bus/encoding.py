"""Publications of one topic as the bytes that processes send each other.

The sender's mark and its clock, then for each publication seq, rev, member_rev, `begun_at` and the
frame with its length.
All processes of a system run the same release, or one that packs alike.
"""

import time
from collections.abc import Iterable, Iterator
from struct import Struct

from chatproject.realtime.bus import Publication

MARK_BYTES = 16

_CLOCK = Struct(">d")  # seconds since 1970
_HEAD = Struct(">qqqdI")


def pack(mark: bytes, publications: Iterable[Publication]) -> bytes:
    parts = [mark, _CLOCK.pack(time.time())]
    for _, frame, seq, rev, member_rev, _, begun_at in publications:
        parts += (_HEAD.pack(seq, rev, member_rev, begun_at, len(frame)), frame)
    return b"".join(parts)


def unpack(topic: str, packed: bytes) -> Iterator[Publication]:
    """Raises ValueError for what `pack` has not made."""
    at = MARK_BYTES + _CLOCK.size
    while at < len(packed):
        begin = at + _HEAD.size
        if begin > len(packed):
            raise ValueError("a head of a publication was cut off")
        seq, rev, member_rev, begun_at, size = _HEAD.unpack_from(packed, at)
        at = begin + size
        if at > len(packed):
            raise ValueError("a publication was cut off")
        yield Publication(topic, packed[begin:at], seq, rev, member_rev, begun_at=begun_at)


def sent_at(packed: bytes) -> float:
    """The sender's clock when it packed. Raises ValueError for what `pack` has not made."""
    if len(packed) < MARK_BYTES + _CLOCK.size:
        raise ValueError("the clock was cut off")
    at: float = _CLOCK.unpack_from(packed, MARK_BYTES)[0]
    return at
