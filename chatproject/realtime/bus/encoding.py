"""Publications of one topic as the bytes that processes send each other.

The sender's mark, then for each publication seq, rev, member_rev and the frame with its length.
All processes of a system run the same release, or one that packs alike.
"""

from collections.abc import Iterable, Iterator
from struct import Struct

from chatproject.realtime.bus import Publication

MARK_BYTES = 16

_HEAD = Struct(">qqqI")


def pack(mark: bytes, publications: Iterable[Publication]) -> bytes:
    parts = [mark]
    for _, frame, seq, rev, member_rev, _ in publications:
        parts += (_HEAD.pack(seq, rev, member_rev, len(frame)), frame)
    return b"".join(parts)


def unpack(topic: str, packed: bytes) -> Iterator[Publication]:
    """Raises ValueError for what `pack` has not made."""
    at = MARK_BYTES
    while at < len(packed):
        begin = at + _HEAD.size
        if begin > len(packed):
            raise ValueError("a head of a publication was cut off")
        seq, rev, member_rev, size = _HEAD.unpack_from(packed, at)
        at = begin + size
        if at > len(packed):
            raise ValueError("a publication was cut off")
        yield Publication(topic, packed[begin:at], seq, rev, member_rev)
