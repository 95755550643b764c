"""Publications of one topic as the bytes that processes send each other.

First come 16 bytes about the sender: its mark, how long ago the oldest send among the publications
was taken in, and the sender's clock. Then, for each publication, seq, rev, member_rev and the frame
with its length.

Where there are traces, the place of each publication in its trace follows: 24 bytes, zeros for
none, behind a head that no publication has.

Version 0.1 filled the 16 bytes at random and does not read them. So both versions understand each
other while machines are upgraded one by one; a clock that cannot be one is of such a sender. The
places of traces it takes for a publication that was cut off, behind all that it has read.
"""

import time
from collections.abc import Sequence
from struct import Struct, error
from typing import NamedTuple

from chatproject.realtime.bus import Publication

MARK_BYTES = 6
LONGEST_AGE = 60_000.0  # seconds; what half a float holds
LARGEST_LAG = 3600.0  # seconds by which clocks may differ

_SENDER = Struct(f">{MARK_BYTES}sed")
_HEAD = Struct(">qqqI")
TRACE_BYTES = 24
NO_PLACE = bytes(TRACE_BYTES)
_TRACES = _HEAD.pack(0, 0, 0, 0xFFFFFFFF)


class Sender(NamedTuple):
    """By the sender's clock, in seconds since 1970; 0 where it is not known."""

    sent_at: float
    begun_at: float


def pack(mark: bytes, publications: Sequence[Publication]) -> bytes:
    now = time.time()
    begun_at = min((it.begun_at for it in publications if it.begun_at), default=0.0)
    age = min(max(now - begun_at, 1e-7), LONGEST_AGE) if begun_at else 0.0
    parts = [_SENDER.pack(mark, age, now)]
    for it in publications:
        parts += (_HEAD.pack(it.seq, it.rev, it.member_rev, len(it.frame)), it.frame)
    if any(it.trace for it in publications):
        parts.append(_TRACES)
        parts += (it.trace or NO_PLACE for it in publications)
    return b"".join(parts)


def sender_of(packed: bytes) -> Sender:
    """Raises ValueError for what `pack` has not made."""
    try:
        _, age, sent_at = _SENDER.unpack_from(packed)
    except error as cut:
        raise ValueError("the sender was cut off") from cut
    if not abs(time.time() - sent_at) < LARGEST_LAG:
        return Sender(0.0, 0.0)
    return Sender(sent_at, sent_at - age if 0.0 < age <= LONGEST_AGE else 0.0)


def unpack(topic: str, packed: bytes, begun_at: float = 0.0) -> list[Publication]:
    """Raises ValueError for what `pack` has not made."""
    at, found = _SENDER.size, list[Publication]()
    while at < len(packed):
        begin = at + _HEAD.size
        if begin > len(packed):
            raise ValueError("a head of a publication was cut off")
        if packed[at:begin] == _TRACES:
            return _with_traces(found, packed[begin:])
        seq, rev, member_rev, size = _HEAD.unpack_from(packed, at)
        at = begin + size
        if at > len(packed):
            raise ValueError("a publication was cut off")
        found.append(Publication(topic, packed[begin:at], seq, rev, member_rev, begun_at=begun_at))
    return found


def _with_traces(publications: Sequence[Publication], places: bytes) -> list[Publication]:
    if len(places) != TRACE_BYTES * len(publications):
        raise ValueError("the places of traces were cut off")
    traced = list[Publication]()
    for number, it in enumerate(publications):
        place = places[number * TRACE_BYTES : (number + 1) * TRACE_BYTES]
        traced.append(it if place == NO_PLACE else it._replace(trace=place))
    return traced
