"""Publications of one topic as the bytes that processes send each other.

First come 16 bytes about the sender: its mark, how long ago the oldest send among the publications
was taken in, and the sender's clock. Then, for each publication, seq, rev, member_rev and the frame
with its length.

Version 0.1 filled the 16 bytes at random and does not read them. So both versions understand each
other while machines are upgraded one by one; a clock that cannot be one is of such a sender.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from struct import Struct, error
from typing import NamedTuple

from chatproject.realtime.bus import Publication

MARK_BYTES = 6
LONGEST_AGE = 60_000.0  # seconds; what half a float holds
LARGEST_LAG = 3600.0  # seconds by which clocks may differ

_SENDER = Struct(f">{MARK_BYTES}sed")
_HEAD = Struct(">qqqI")


class Sender(NamedTuple):
    """By the sender's clock, in seconds since 1970; 0 where it is not known."""

    sent_at: float
    begun_at: float


def pack(mark: bytes, publications: Sequence[Publication]) -> bytes:
    now = time.time()
    begun_at = min((it.begun_at for it in publications if it.begun_at), default=0.0)
    age = min(max(now - begun_at, 1e-7), LONGEST_AGE) if begun_at else 0.0
    return b"".join((_SENDER.pack(mark, age, now), *_bodies(publications)))


def _bodies(publications: Iterable[Publication]) -> Iterator[bytes]:
    for _, frame, seq, rev, member_rev, _, _ in publications:
        yield _HEAD.pack(seq, rev, member_rev, len(frame))
        yield frame


def sender_of(packed: bytes) -> Sender:
    """Raises ValueError for what `pack` has not made."""
    try:
        _, age, sent_at = _SENDER.unpack_from(packed)
    except error as cut:
        raise ValueError("the sender was cut off") from cut
    if not abs(time.time() - sent_at) < LARGEST_LAG:
        return Sender(0.0, 0.0)
    return Sender(sent_at, sent_at - age if 0.0 < age <= LONGEST_AGE else 0.0)


def unpack(topic: str, packed: bytes, begun_at: float = 0.0) -> Iterator[Publication]:
    """Raises ValueError for what `pack` has not made."""
    at = _SENDER.size
    while at < len(packed):
        begin = at + _HEAD.size
        if begin > len(packed):
            raise ValueError("a head of a publication was cut off")
        seq, rev, member_rev, size = _HEAD.unpack_from(packed, at)
        at = begin + size
        if at > len(packed):
            raise ValueError("a publication was cut off")
        yield Publication(topic, packed[begin:at], seq, rev, member_rev, begun_at=begun_at)
