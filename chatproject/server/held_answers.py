"""Remembers what the answers that clients hold were made of, so that a 304 needs no new answer.

The ETag is that of the body. A client that asks with a tag is likely to ask again, such as a
program that polls: from then on it is noted what its answer was made of.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core.db.readings import Steps

HELD_ANSWERS = 2_000  # noted in a process


@dataclass(frozen=True, slots=True)
class Revalidation:
    """How a call finds out that an answer is unchanged, without making it.

    `begin` takes the arguments of the call's `read`, and reads what the answer will be made of, or
    None if that is unknown; any later change will be noticed. `finish` takes its result and the
    answer's value, and returns all that the answer was made of, or None. `stands` takes that and
    the arguments of `read`, and returns whether it is still the same.
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
    """Drops the least recently used first. Belongs to the event loop's thread."""

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
