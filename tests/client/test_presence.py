"""What is said again on a new socket."""

import pytest

from chatproject.client.presence import STATUS, WATCH, PresenceRequests


def test_the_last_thing_that_was_accepted_of_each_kind() -> None:
    presence = PresenceRequests()
    for name, fields in ((WATCH, {"userIds": ["a"]}), (WATCH, {"userIds": []}), (STATUS, {})):
        with presence.remember(name, fields):
            pass
    assert presence.frames() == [(WATCH, {"userIds": []}), (STATUS, {})]


def test_what_is_pending_repeats_itself() -> None:
    presence = PresenceRequests()
    with presence.remember(WATCH, {"userIds": ["a"]}):
        pass
    with presence.remember(WATCH, {"userIds": ["b"]}):
        assert presence.frames() == []
    assert presence.frames() == [(WATCH, {"userIds": ["b"]})]


def test_what_was_refused_takes_no_place() -> None:
    presence = PresenceRequests()
    with presence.remember(WATCH, {"userIds": ["a"]}):
        pass
    with pytest.raises(ValueError, match="refused"), presence.remember(WATCH, {}):
        raise ValueError("refused")
    assert presence.frames() == [(WATCH, {"userIds": ["a"]})]
