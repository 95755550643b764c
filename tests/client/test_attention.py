"""What is said again on a new socket."""

import pytest

from chatproject.client.attention import STATUS, WATCH, Attention


def test_the_last_thing_that_was_said_of_each_kind() -> None:
    attention = Attention()
    for name, fields in ((WATCH, {"userIds": ["a"]}), (WATCH, {"userIds": []}), (STATUS, {})):
        with attention.saying(name, fields):
            pass
    assert attention.frames() == [(WATCH, {"userIds": []}), (STATUS, {})]


def test_what_is_being_said_repeats_itself() -> None:
    attention = Attention()
    with attention.saying(WATCH, {"userIds": ["a"]}):
        pass
    with attention.saying(WATCH, {"userIds": ["b"]}):
        assert attention.frames() == []
    assert attention.frames() == [(WATCH, {"userIds": ["b"]})]


def test_what_was_refused_takes_no_place() -> None:
    attention = Attention()
    with attention.saying(WATCH, {"userIds": ["a"]}):
        pass
    with pytest.raises(ValueError, match="refused"), attention.saying(WATCH, {}):
        raise ValueError("refused")
    assert attention.frames() == [(WATCH, {"userIds": ["a"]})]
