from hypothesis import given
from hypothesis import strategies as st

from chatproject.client.backoff import Backoff


@given(attempt=st.integers(0, 10_000))
def test_a_delay_lies_within_its_bound(attempt: int) -> None:
    assert 0 <= Backoff(first=1, most=15).delay(attempt) <= min(15, 2 ** min(attempt, 10))


def test_delays_are_spread():
    backoff = Backoff()
    assert len({backoff.delay(3) for _ in range(100)}) > 90
