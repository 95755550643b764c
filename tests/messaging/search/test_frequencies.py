"""How common words are is read ahead, so that no search of a server waits for it."""

import pytest

from messaging.search import frequencies
from messaging.search.frequencies import FRESH_FOR, Frequencies
from messaging.search.postgres import PostgresIndex


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """`[now, how often was read]`."""
    state = [1000.0, 0.0]

    def read() -> Frequencies:
        state[1] += 1
        return Frequencies()

    monkeypatch.setattr(frequencies, "_kept", frequencies._Kept())
    monkeypatch.setattr(frequencies, "read_frequencies", read)
    monkeypatch.setattr(frequencies.time, "monotonic", lambda: state[0])
    return state


def test_a_search_reads_only_where_nobody_has_read_ahead(clock: list[float]) -> None:
    frequencies.frequencies()
    frequencies.frequencies()
    assert clock[1] == 1
    clock[0] += FRESH_FOR + 1
    frequencies.frequencies()
    assert clock[1] == 2


def test_what_is_prepared_in_time_is_never_read_by_a_search(clock: list[float]) -> None:
    index = PostgresIndex()
    for _ in range(40):
        index.prepare()
        before = clock[1]
        frequencies.frequencies()
        assert clock[1] == before
        clock[0] += FRESH_FOR / 4
    assert clock[1] < 40 / 2 + 1
