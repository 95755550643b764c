"""Remembers what the answers that clients hold were made of, so that a 304 needs no new answer.

A tag is that of the body. Who asks with a tag for the second time is one who asks again and again,
such as a program that polls: from then on it is noted what the answer was made of.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.db.readings import Steps

HELD_ANSWERS = 2_000  # as many are noted in a process


@dataclass(frozen=True, slots=True)
class Revalidation:
    """How a call tells that an answer is still the same, without making it.

    `begin` takes what the call's `read` takes, and reads what the answer will be made of, or None
    where that cannot be told; whatever changes from then on is seen. `finish` takes that and the
    answer's value, and gives all that it was made of, or None. `stands` takes that and what `read`
    takes, and tells whether it is the same now.
    """

    begin: Callable[..., Steps[Any]]
    finish: Callable[[Any, Any], Any]
    stands: Callable[..., Steps[bool]]


class AnswerKey(NamedTuple):
    """Who asks, and for what."""

    user_id: UUID
    path: str
    query: bytes


class Held(NamedTuple):
    etag: str
    made_of: Any


class HeldAnswers:
    """Those that were asked for the longest ago go first. In the event loop's thread."""

    def __init__(self) -> None:
        self._held: OrderedDict[AnswerKey, Held] = OrderedDict()

    def get(self, key: AnswerKey) -> Held | None:
        found = self._held.get(key)
        if found is not None:
            self._held.move_to_end(key)
        return found

    def put(self, key: AnswerKey, held: Held) -> None:
        self._held[key] = held
        self._held.move_to_end(key)
        while len(self._held) > HELD_ANSWERS:
            self._held.popitem(last=False)
