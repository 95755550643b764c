"""What processes send each other, also beside the former release."""

import os
import time
from collections.abc import Iterator
from struct import Struct

import pytest

from chatproject.realtime.bus import Publication
from chatproject.realtime.bus.encoding import MARK_BYTES, TRACE_BYTES, pack, sender_of, unpack

TOPIC = "conversation:1"
SENDS = [Publication(TOPIC, b'{"n": 1}', 4, 7, 2), Publication(TOPIC, "ä".encode(), 5, 8, 2)]

# The layout of 0.1, by which its processes read and write.
FORMER_MARK = 16
FORMER_HEAD = Struct(">qqqI")


def former_pack(publications: list[Publication]) -> bytes:
    parts = [os.urandom(FORMER_MARK)]
    for it in publications:
        parts += (FORMER_HEAD.pack(it.seq, it.rev, it.member_rev, len(it.frame)), it.frame)
    return b"".join(parts)


def former_unpack(packed: bytes) -> Iterator[Publication]:
    at = FORMER_MARK
    while at < len(packed):
        begin = at + FORMER_HEAD.size
        if begin > len(packed):
            raise ValueError("a head of a publication was cut off")
        seq, rev, member_rev, size = FORMER_HEAD.unpack_from(packed, at)
        at = begin + size
        if at > len(packed):
            raise ValueError("a publication was cut off")
        yield Publication(TOPIC, packed[begin:at], seq, rev, member_rev)


def former_hears(packed: bytes) -> tuple[list[Publication], bool]:
    """What it hands over, and whether it logs that it did not understand."""
    heard: list[Publication] = []
    try:
        heard.extend(former_unpack(packed))
    except ValueError:
        return heard, True
    return heard, False


def test_all_comes_back() -> None:
    packed = pack(b"m" * MARK_BYTES, SENDS)
    assert packed.startswith(b"m" * MARK_BYTES)
    assert list(unpack(TOPIC, packed)) == SENDS


def test_the_former_release_reads_it() -> None:
    begun = [it._replace(begun_at=time.time()) for it in SENDS]
    assert former_hears(pack(os.urandom(MARK_BYTES), begun)) == (SENDS, False)


@pytest.mark.parametrize("count", [1, 2, 50])
def test_traces_come_along_and_the_former_release_reads_the_rest(count: int) -> None:
    """Traces begin in a system whose processes are upgraded one by one."""
    sends = [SENDS[0]._replace(seq=n, trace=os.urandom(TRACE_BYTES)) for n in range(1, count + 1)]
    sends.append(SENDS[1])
    packed = pack(os.urandom(MARK_BYTES), sends)
    assert list(unpack(TOPIC, packed)) == sends
    heard, has_logged = former_hears(packed)
    assert heard == [it._replace(trace=b"") for it in sends]
    assert has_logged


def test_traces_that_were_cut_off_are_refused() -> None:
    packed = pack(b"m" * MARK_BYTES, [SENDS[0]._replace(trace=b"t" * TRACE_BYTES)])
    with pytest.raises(ValueError, match="traces were cut off"):
        unpack(TOPIC, packed[:-1])


def test_the_former_release_is_read_without_its_clock() -> None:
    for _ in range(200):
        packed = former_pack(SENDS)
        assert sender_of(packed) == (0.0, 0.0)
        assert list(unpack(TOPIC, packed)) == SENDS


@pytest.mark.parametrize("age", [0.0001, 0.02, 7.0, 500.0])
def test_the_oldest_send_is_told(age: float) -> None:
    now = time.time()
    begun = [SENDS[0]._replace(begun_at=now), SENDS[1]._replace(begun_at=now - age), SENDS[0]]
    sent_at, begun_at = sender_of(pack(b"m" * MARK_BYTES, begun))
    assert now <= sent_at <= time.time()
    assert sent_at - begun_at == pytest.approx(sent_at - (now - age), rel=0.001)


def test_without_a_send_there_is_no_beginning() -> None:
    sent_at, begun_at = sender_of(pack(b"m" * MARK_BYTES, SENDS))
    assert sent_at
    assert begun_at == 0.0


def test_a_clock_that_jumped_spoils_nothing() -> None:
    """A send that began in the future, and one that began before 1970."""
    for begun_at in (time.time() + 1e6, -1e9):
        packed = pack(b"m" * MARK_BYTES, [SENDS[0]._replace(begun_at=begun_at)])
        assert list(unpack(TOPIC, packed)) == SENDS[:1]
        assert sender_of(packed).begun_at <= time.time()


@pytest.mark.parametrize("cut", [0, 5, 15])
def test_a_sender_that_was_cut_off_is_refused(cut: int) -> None:
    with pytest.raises(ValueError, match="sender was cut off"):
        sender_of(pack(b"m" * MARK_BYTES, SENDS)[:cut])


@pytest.mark.parametrize("cut", [17, -1])
def test_a_publication_that_was_cut_off_is_refused(cut: int) -> None:
    with pytest.raises(ValueError, match="was cut off"):
        list(unpack(TOPIC, pack(b"m" * MARK_BYTES, SENDS)[:cut]))
