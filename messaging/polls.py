"""Polls: their definition, how they are stored beside their message, and their JSON shape.

A poll is a text message, whose text is the question; the rest is the `poll` of its `meta`. Votes
are rows, each standing for the revs [rev, removed_rev) as reactions do, so that a count is the
number of rows that the viewer's visibility holds, and never a counter.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from chatproject.core.times import parse_rfc3339, rfc3339

MIN_CHOICES, MAX_CHOICES = 2, 12
MAX_QUESTION = 500
MAX_CHOICE = 100
MAX_VOTER_NAMES = 10  # of each choice; every vote tells them to everybody

# A vote as the rows are read: the choice, how many, the first voters, and whether the viewer did.
ChoiceVotes = tuple[int, int, Sequence[str], bool]


class Poll(NamedTuple):
    """`closes_at` is when votes end; `closed_at` when its author ended them, at `closed_rev`."""

    choices: Sequence[str]
    takes_several: bool
    is_anonymous: bool
    closes_at: datetime | None
    closed_at: datetime | None = None
    closed_rev: int | None = None

    def is_closed(self, now: datetime) -> bool:
        ends = [each for each in (self.closes_at, self.closed_at) if each is not None]
        return any(each <= now for each in ends)

    def as_meta(self) -> dict[str, Any]:
        """The `meta` of its message."""
        return {
            "poll": {
                "choices": list(self.choices),
                "several": self.takes_several,
                "anonymous": self.is_anonymous,
                "closesAt": self.closes_at and rfc3339(self.closes_at),
                "closedAt": self.closed_at and rfc3339(self.closed_at),
                "closedRev": self.closed_rev,
            }
        }


def poll_of(meta: Mapping[str, Any] | None) -> Poll | None:
    """The poll of a message with this `meta`; None where it is none."""
    kept = (meta or {}).get("poll")
    if kept is None:
        return None
    return Poll(
        kept["choices"],
        kept["several"],
        kept["anonymous"],
        kept["closesAt"] and parse_rfc3339(kept["closesAt"]),
        kept["closedAt"] and parse_rfc3339(kept["closedAt"]),
        kept["closedRev"],
    )


def poll_json(
    meta: Mapping[str, Any] | None, votes: Iterable[ChoiceVotes] = (), voter_count: int = 0
) -> dict[str, Any] | None:
    """The shape that everybody gets. In an anonymous one nobody is named."""
    kept = (meta or {}).get("poll")
    if kept is None:
        return None
    found = {choice: (number, people) for choice, number, people, _ in votes}
    return {
        "choices": [
            {
                "text": text,
                "count": found.get(choice, (0, ()))[0],
                "userIds": [] if kept["anonymous"] else list(found.get(choice, (0, ()))[1]),
            }
            for choice, text in enumerate(kept["choices"])
        ],
        "several": kept["several"],
        "anonymous": kept["anonymous"],
        "closesAt": kept["closesAt"],
        "closedAt": kept["closedAt"],
        "voterCount": voter_count,
    }


def own_choices(votes: Iterable[ChoiceVotes]) -> list[int]:
    """What the viewer has voted for, ascending."""
    return sorted(choice for choice, _, _, is_own in votes if is_own)


def as_stood(meta: dict[str, Any] | None, to_rev: int) -> dict[str, Any] | None:
    """The `meta` without a closing that came after `to_rev`."""
    poll = poll_of(meta)
    if poll is None or poll.closed_rev is None or poll.closed_rev <= to_rev:
        return meta
    return {**(meta or {}), **poll._replace(closed_at=None, closed_rev=None).as_meta()}


def as_text(question: str, poll: Poll) -> str:
    """The poll as a text, for where it goes without its votes."""
    return "\n".join([question, *(f"- {choice}" for choice in poll.choices)])
