"""Times as one types them in the terminal."""

from datetime import datetime, timedelta, timezone

import pytest

from chatproject.terminal.times import time_in
from chatproject.terminal.usage import Wrong

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("20m", "2026-01-31T09:50+01:00"),
        ("2h", "2026-01-31T11:30+01:00"),
        ("3d", "2026-02-03T09:30+01:00"),
        ("9:31", "2026-01-31T09:31+01:00"),
        ("09:30", "2026-02-01T09:30+01:00"),
        ("2026-12-24T18:00", "2026-12-24T18:00+01:00"),
        ("2026-12-24T18:00Z", "2026-12-24T18:00+00:00"),
    ],
)
def test_what_is_understood(text: str, at: str) -> None:
    assert time_in(text, NOW) == datetime.fromisoformat(at)


@pytest.mark.parametrize("text", ["", "soon", "0m", "99999999d", "24:00", "9:60", "2026-13-01"])
def test_what_is_not(text: str) -> None:
    with pytest.raises(Wrong, match="When"):
        time_in(text, NOW)
