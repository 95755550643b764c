"""The logs divided among several relays that publish side by side, each in order."""

from typing import NamedTuple
from uuid import UUID


class Part(NamedTuple):
    """One of `of` parts, by number from 0. A log belongs to the same one as long as `of` stays.

    Should `of` change while relays of either kind run, two may publish the same log: events come
    twice then, and for the first time still in order, since each begins at what is acknowledged.
    """

    number: int
    of: int

    def has(self, conversation_id: UUID) -> bool:
        return conversation_id.bytes[-1] % self.of == self.number  # random in every kind of id

    @property
    def is_first(self) -> bool:
        """It publishes what belongs to no log, too."""
        return self.number == 0


WHOLE = Part(0, 1)


def parts_of(count: int) -> list[Part]:
    return [Part(number, count) for number in range(count)]
