"""How a kind of database is queried and written to when drafts are stored stepwise."""

from collections.abc import Callable, Collection, Iterable, Sequence
from types import ModuleType
from typing import NamedTuple, TypeVar
from uuid import UUID

from chatproject.core.db.binary_arrays import bigints, uuids
from chatproject.core.db.pipeline import Step
from messaging.sending import stepwise_statements
from messaging.sending.facts import Key, Place
from messaging.sending.transaction import PLANNER_SETTINGS
from messaging.sending.writes import Writes

Item = TypeVar("Item")


class FactQueries:
    """How one PostgreSQL is queried: by each statement once, for all conversations together.

    `messaging.sending.shards` has the form for a distributed database.
    """

    sql: ModuleType = stepwise_statements
    settings: Sequence[Step] = (Step(PLANNER_SETTINGS),)  # sent before the first statement

    def parts(
        self,
        items: Collection[Item],
        conversation_of: Callable[[Item], UUID],
    ) -> Iterable[Sequence[Item]]:
        """Groups the items so that each group takes one statement of `sql`."""
        return [list(items)] if items else []

    def conversations(self, ids: Iterable[UUID]) -> bytes:
        """The first parameter of the statement: the conversations of a group."""
        return uuids(ids)

    def keys(self, keys: Sequence[Key]) -> list[bytes]:
        """The parameters of EARLIER."""
        return [uuids(key[n] for key in keys) for n in range(3)]

    def places(self, places: Sequence[Place]) -> list[bytes]:
        return [self.conversations(one for one, _ in places), uuids(person for _, person in places)]

    def messages(self, messages: Sequence[tuple[UUID, int]]) -> list[bytes]:
        return [self.conversations(one for one, _ in messages), bigints(seq for _, seq in messages)]


class Dialect(NamedTuple):
    """How a kind of database is queried and written to."""

    queries: FactQueries
    make_writes: Callable[[], Writes]
    has_word_filters: bool = True  # whether they can be read over its connection


ONE_POSTGRES = Dialect(FactQueries(), Writes)
