"""Readings: generators that yield their queries, so that a thread or the event loop can run them.

A reading is a generator: it yields the queries of one round trip, is sent their rows, and returns
its result. `@reading` makes it a function that runs on Django's connection; its `steps` are for the
event loop (`read_async`), or for another reading:

    @reading
    def title_of(conversation_id: UUID) -> Steps[str]:
        rows = yield from query(TITLE, {"conversation": conversation_id})
        return rows[0][0]

    title_of(some_id)                                  # in a thread
    title = yield from title_of.steps(some_id)         # in another reading
    await read_async(raw, title_of.steps(some_id))     # in the event loop
"""

import asyncio
from asyncio.events import _get_running_loop
from collections.abc import Awaitable, Callable, Generator, Sequence
from functools import lru_cache, update_wrapper
from typing import Any, Generic, NamedTuple, ParamSpec, TypeVar, cast

import psycopg
from django.db import NotSupportedError, connection
from psycopg.abc import Transformer
from psycopg.adapt import PyFormat
from psycopg.adapt import Transformer as RawTransformer
from psycopg.pq.abc import PGresult

from chatproject.core.db.loop_turns import LoopTurns
from chatproject.core.db.pipeline import BINARY, Statement, Step, one_trip, run_async
from chatproject.core.db.statements import Params, fetch, fetch_generic, native
from chatproject.core.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")
U = TypeVar("U")

Rows = list[tuple[Any, ...]]
REFUSED: Rows = []  # this very list, see Query

# So many messages or conversations of an answer take about a millisecond, in which others wait.
SLICE = 25


class Query(NamedTuple):
    """A query with the arguments of `statements.fetch` or `fetch_generic`.

    For a distributed database: `of_shard` is the same query over the tables of one shard, without
    the conditions of `sql` by which Citus finds the shard. A query about several shards may be run
    on each one separately if `merge` combines their rows. With `is_of_one_shard`, Citus finds the
    shard by `sql` while all rows are in one, and refuses the query once that shard was split: then
    the answer is REFUSED instead of rows. Within a transaction, which has failed then, it is an
    error like any other."""

    sql: str
    params: Params
    is_generic: bool = False
    of_shard: str = ""
    merge: Callable[[Sequence[Rows]], Rows] | None = None
    is_of_one_shard: bool = False

    def fetch(self) -> Rows:
        if not self.sql:
            return []
        try:
            return (fetch_generic if self.is_generic else fetch)(self.sql, self.params)
        except NotSupportedError:
            if not self.is_of_one_shard or connection.in_atomic_block:
                raise
            return REFUSED


class Lookup(NamedTuple):
    """A question to a server other than the database, in both forms. It bounds its own waiting and
    raises nothing."""

    wait: Callable[[], Awaitable[Any]]  # in the event loop
    block: Callable[[], Any]  # in a thread


Steps = Generator[Sequence[Query | Lookup], list[Rows], T]

# Yielded in place of a query: the next steps block, see `in_thread`.
_BLOCKS = Query("", ())


class NeedsThread(Unavailable):
    """The reading has to continue in a thread. The hot path hands its request to Django."""


class Reading(Generic[P, T]):
    """A reading; calling it reads on Django's connection."""

    def __init__(self, steps: Callable[P, Steps[T]]) -> None:
        self.steps = steps
        update_wrapper(self, steps)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        return read(self.steps(*args, **kwargs))


def reading(steps: Callable[P, Steps[T]]) -> Reading[P, T]:
    return Reading(steps)


def query(sql: str, params: Params, **how: Any) -> Steps[Rows]:
    """One query in its own round trip; `how` has fields of `Query`."""
    (rows,) = yield [Query(sql, params, **how)]
    return rows


def is_in_transaction() -> bool:
    """Whether what is read may be rolled back. In the event loop it cannot be: its connections are
    in no transaction, and looking at Django's would open one for each request.
    """
    return _get_running_loop() is None and connection.in_atomic_block


def no_rows() -> Steps[Rows]:
    """Makes no query."""
    yield from ()
    return []


def look_up(wait: Callable[[], Awaitable[T]], block: Callable[[], T]) -> Steps[T]:
    """The answer of another server: awaited in the event loop, or waited for in a thread."""
    (((found,),),) = yield [Lookup(wait, block)]
    return cast(T, found)


def pause() -> Steps[None]:
    """Yields the event loop to others between two parts of a long computation."""
    yield []


def in_thread() -> Steps[None]:
    """Marks that the next steps read files or ask other servers, for which only a thread may wait.

    In the event loop the reading ends here: `read_async` raises NeedsThread.
    """
    yield [_BLOCKS]


def in_slices(make: Callable[[T], U], items: Sequence[T]) -> Steps[list[U]]:
    """The results of `make` for each item, with a pause after every SLICE items."""
    made: list[U] = []
    for start in range(0, len(items), SLICE):
        if start:
            yield from pause()
        made += map(make, items[start : start + SLICE])
    return made


def read(steps: Steps[T]) -> T:
    """Runs the steps on Django's connection."""
    try:
        queries = next(steps)
        while True:
            queries = steps.send(list(map(_answer, queries)))
    except StopIteration as done:
        return cast(T, done.value)


def _answer(asked: Query | Lookup) -> Rows:
    if isinstance(asked, Lookup):
        return [(asked.block(),)]
    return asked.fetch()


def together(one: Steps[T], other: Steps[U]) -> Steps[tuple[T, U]]:
    """Runs both, with their queries in the same round trips.

    An error of `one` is raised at once, an error of `other` when `one` is done.
    """
    sides = [_Side(one), _Side(other)]
    for side in sides:
        side.go_on()
    while not sides[0].has_failed and any(side.queries is not None for side in sides):
        wanted = [side.queries or () for side in sides]
        rows = yield [*wanted[0], *wanted[1]]
        for side, count, start in ((sides[0], len(wanted[0]), 0), (sides[1], None, len(wanted[0]))):
            if side.queries is not None:
                side.go_on(rows[start:] if count is None else rows[start : start + count])
    return cast(T, sides[0].result), cast(U, sides[1].result)


class _Side:
    """One of two readings. An error of the second waits until the first is done."""

    def __init__(self, steps: Steps[Any]) -> None:
        self._steps = steps
        self.queries: Sequence[Query | Lookup] | None = None
        self._result: Any = None
        self._error: Exception | None = None

    def go_on(self, rows: list[Rows] | None = None) -> None:
        try:
            self.queries = next(self._steps) if rows is None else self._steps.send(rows)
        except StopIteration as done:
            self.queries, self._result = None, done.value
        except Exception as error:  # noqa: BLE001 (raised with the result)
            self.queries, self._error = None, error

    @property
    def has_failed(self) -> bool:
        return self._error is not None

    @property
    def result(self) -> Any:
        if self._error is not None:
            raise self._error
        return self._result


# -- in the event loop


def all_rows(answers: Sequence[Rows]) -> Rows:
    """Merges rows whose order does not matter."""
    return [row for rows in answers for row in rows]


class Parts(NamedTuple):
    """The answers of several shards to one query."""

    answers: Sequence[PGresult]
    merge: Callable[[Sequence[Rows]], Rows]


Answer = PGresult | Parts
Ask = Callable[[Sequence[Query]], Awaitable[Sequence[Answer]]]


async def read_async(
    raw: psycopg.Connection[Any], steps: Steps[T], *, seconds: float | None = None
) -> T:
    """Runs the steps over a connection that is the caller's alone, waiting at most `seconds` for
    each trip. Raises as `carry_out` does.
    """

    transformer = RawTransformer(raw)

    async def ask(queries: Sequence[Query]) -> list[PGresult]:
        trip = [step_of(transformer, each) for each in queries]
        return await run_async(raw, one_trip(trip), seconds=seconds)

    return await carry_out(steps, ask, transformer)


async def carry_out(
    steps: Steps[T], ask: Ask, transformer: Transformer, turns: LoopTurns | None = None
) -> T:
    """Runs the steps in trips that `ask` makes, whose answers the `transformer` decodes; computing
    takes `turns`. Raises psycopg's errors, NeedsThread.

    Each query is prepared once per connection and answered in binary, as by `fetch`.
    """
    try:
        if turns is not None:
            await turns.begin()
        queries = next(steps)
        while True:
            if _BLOCKS in queries:
                raise NeedsThread
            asked = [each for each in queries if isinstance(each, Query)]
            answers: Sequence[Answer | None] = ()
            if asked:
                answers = await _answers(ask, asked)
            else:
                await asyncio.sleep(0)
            looked_up = [await each.wait() for each in queries if isinstance(each, Lookup)]
            if turns is not None:
                await turns.take()
            rows = [REFUSED if it is None else rows_of(transformer, it) for it in answers]
            queries = steps.send(_in_their_places(queries, rows, looked_up) if looked_up else rows)
    except StopIteration as done:
        return cast(T, done.value)


async def _answers(ask: Ask, queries: Sequence[Query]) -> Sequence[Answer | None]:
    """None for those about one shard where the database refuses the trip: it does not say which of
    them it was. The others are asked again."""
    try:
        return await ask(queries)
    except psycopg.NotSupportedError:
        others = [each for each in queries if not each.is_of_one_shard]
        if len(others) == len(queries):
            raise
    answers = iter(await ask(others) if others else ())
    return [None if each.is_of_one_shard else next(answers) for each in queries]


def _in_their_places(
    queries: Sequence[Query | Lookup], rows: Sequence[Rows], looked_up: Sequence[Any]
) -> list[Rows]:
    """The rows of the queries and the results of the look-ups, in the order of the questions."""
    of_queries, found = iter(rows), iter(looked_up)
    return [[(next(found),)] if isinstance(each, Lookup) else next(of_queries) for each in queries]


def step_of(transformer: Transformer, asked: Query) -> Step:
    text, names = native(asked.sql)
    values, types, formats = encoded(transformer, names, asked.params)
    return Step(_statement(text, types, formats), values)


def encoded(
    transformer: Transformer, names: Sequence[Any], params: Params
) -> tuple[Sequence[bytes | None], tuple[int, ...], tuple[Any, ...]]:
    """The values of the parameters, their types and formats."""
    given: Any = params
    values = transformer.dump_sequence(
        [given[name] for name in names], [PyFormat.AUTO] * len(names)
    )
    types, formats = transformer.types or (), transformer.formats or ()
    return cast(Any, values), tuple(types), tuple(formats)


@lru_cache(maxsize=400)
def _statement(text: bytes, types: tuple[int, ...], formats: tuple[Any, ...]) -> Statement:
    return Statement(text, *formats, types=types, answer=BINARY)


def rows_of(transformer: Transformer, answer: Answer) -> Rows:
    if isinstance(answer, Parts):
        return answer.merge([rows_of(transformer, each) for each in answer.answers])
    transformer.set_pgresult(answer)
    rows = transformer.load_rows(0, answer.ntuples, tuple)
    transformer.set_pgresult(None)
    return rows
