"""Several who ask over one connection at the same time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import pytest
from django.db import connection

from chatproject.core.db import shared_connection
from chatproject.core.db.async_pool import connect
from chatproject.core.db.deadlines import DatabaseTooSlow
from chatproject.core.db.pipeline import TEXT, Statement, Step, rows_of
from chatproject.core.db.shared_connection import HeldUp, SharedConnection

pytestmark = pytest.mark.django_db(transaction=True)

ECHO, WRONG = Statement("SELECT $1::text", TEXT), Statement("SELECT 1 / $1::text::int", TEXT)
SLEEP, LENGTH = Statement("SELECT pg_sleep(5)"), Statement("SELECT length($1::text)", TEXT)

Use = Callable[[SharedConnection], Awaitable[Any]]


def over_one(use: Use) -> Any:
    raw = connect()

    async def run() -> Any:
        shared = SharedConnection(raw)
        try:
            return await use(shared)
        finally:
            shared.close()

    return asyncio.run(run())


async def echo(shared: SharedConnection, text: bytes) -> Any:
    (answer,) = await shared.ask([Step(ECHO, [text])], seconds=5)
    return rows_of(answer)[0][0]


def test_each_gets_the_answer_to_what_it_asked() -> None:
    async def use(shared: SharedConnection) -> Any:
        texts = [str(n).encode() for n in range(50)]
        return texts, await asyncio.gather(*(echo(shared, text) for text in texts))

    texts, found = over_one(use)
    assert found == texts


def test_an_error_is_of_the_one_who_made_it() -> None:
    async def use(shared: SharedConnection) -> Any:
        wrong = shared.ask([Step(ECHO, [b"x"]), Step(WRONG, [b"0"])], seconds=5)
        found = await asyncio.gather(
            echo(shared, b"before"), wrong, echo(shared, b"after"), return_exceptions=True
        )
        right = await shared.ask([Step(WRONG, [b"1"])], seconds=5)
        return found, rows_of(right[0])

    (before, error, after), right = over_one(use)
    assert (before, after, right) == (b"before", b"after", [[b"1"]])
    assert isinstance(error, psycopg.errors.DivisionByZero)


def test_a_statement_that_cannot_be_prepared_is_no_hindrance() -> None:
    wrong = Statement("SELECT nothing FROM nowhere")

    async def use(shared: SharedConnection) -> Any:
        for _ in range(2):
            with pytest.raises(psycopg.errors.UndefinedTable):
                await shared.ask([Step(wrong), Step(ECHO, [b"x"])], seconds=5)
        return await echo(shared, b"after")

    assert over_one(use) == b"after"


def test_who_no_longer_waits_is_passed_over() -> None:
    async def use(shared: SharedConnection) -> Any:
        leaving = asyncio.create_task(echo(shared, b"leaves"))
        await asyncio.sleep(0)
        leaving.cancel()
        return await echo(shared, b"stays")

    assert over_one(use) == b"stays"


def test_a_late_answer_ends_the_connection() -> None:
    async def use(shared: SharedConnection) -> Any:
        late = shared.ask([Step(SLEEP)], seconds=0.2)
        found = await asyncio.gather(late, echo(shared, b"behind"), return_exceptions=True)
        return found, shared.is_open

    (late, behind), is_open = over_one(use)
    assert isinstance(late, DatabaseTooSlow)
    assert isinstance(behind, psycopg.OperationalError)
    assert not isinstance(behind, DatabaseTooSlow)  # so it is asked again elsewhere
    assert not is_open


def test_who_is_held_up_may_ask_elsewhere() -> None:
    """PostgreSQL waits for a lock that this test holds."""
    holding = connect()
    holding.execute("SELECT pg_advisory_lock(41)")
    waits = Statement("SELECT pg_advisory_lock_shared(41)")

    async def use(shared: SharedConnection) -> Any:
        first = asyncio.create_task(shared.ask([Step(waits)], seconds=30, may_move=True))
        await asyncio.sleep(0)
        stays = asyncio.create_task(echo(shared, b"stays"))
        steps = [Step(ECHO, [b"moves"])]
        asked = [shared.ask(steps, seconds=30, may_move=True) for _ in range(3)]
        moved = await asyncio.gather(*asked, return_exceptions=True)
        still_waiting = not first.done() and not stays.done()
        holding.execute("SELECT pg_advisory_unlock(41)")
        await first
        return moved, still_waiting, await stays, await echo(shared, b"after")

    try:
        moved, still_waiting, stayed, after = over_one(use)
    finally:
        holding.close()
    assert [type(it) for it in moved] == [HeldUp] * 3
    assert still_waiting
    assert (stayed, after) == (b"stays", b"after")


def test_who_is_not_held_up_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one before is answered each time that it is looked."""
    monkeypatch.setattr(shared_connection, "HELD_UP_SECONDS", 1.0)
    short = Statement("SELECT pg_sleep(0.1)")

    async def use(shared: SharedConnection) -> Any:
        asked = [shared.ask([Step(short)], seconds=30, may_move=True) for _ in range(15)]
        return await asyncio.gather(*asked, return_exceptions=True)

    assert not any(isinstance(it, Exception) for it in over_one(use))


def test_a_lost_line_fails_all_who_wait_and_whoever_comes() -> None:
    raw = connect()

    def end() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [raw.info.backend_pid])
        finally:
            connection.close()

    async def run() -> Any:
        shared = SharedConnection(raw)
        waiting = asyncio.create_task(shared.ask([Step(SLEEP)], seconds=30))
        await asyncio.sleep(0)
        await asyncio.to_thread(end)
        found = await asyncio.gather(waiting, return_exceptions=True)
        return found, await asyncio.gather(echo(shared, b"x"), return_exceptions=True)

    (waited,), (came,) = asyncio.run(run())
    assert isinstance(waited, psycopg.OperationalError)
    assert isinstance(came, psycopg.OperationalError)


def test_more_is_sent_than_the_line_takes_at_once() -> None:
    size = 3_000_000

    async def use(shared: SharedConnection) -> Any:
        asked = [shared.ask([Step(LENGTH, [b"x" * (size + n)])], seconds=20) for n in range(5)]
        return [rows_of(answer)[0][0] for (answer,) in await asyncio.gather(*asked)]

    assert over_one(use) == [str(size + n).encode() for n in range(5)]


def test_a_statement_whose_columns_have_changed_is_prepared_anew() -> None:
    everything = Statement("SELECT * FROM changing")

    async def use(shared: SharedConnection) -> Any:
        await shared.ask([Step(everything)], seconds=5)
        await asyncio.to_thread(change, "ALTER TABLE changing ADD COLUMN more int DEFAULT 7")
        with pytest.raises(psycopg.errors.FeatureNotSupported):
            await shared.ask([Step(everything)], seconds=5)
        (answer,) = await shared.ask([Step(everything)], seconds=5)
        return rows_of(answer)

    change("CREATE TABLE changing AS SELECT 1 AS one")
    try:
        assert over_one(use) == [[b"1", b"7"]]
    finally:
        change("DROP TABLE changing")


def change(sql: str) -> None:
    raw = connect()
    raw.execute(sql.encode())
    raw.close()


def test_the_statements_used_longest_ago_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_connection, "PREPARED_MAX", 4)
    kept = Statement("SELECT 'kept'")
    others = [Statement(f"SELECT {number}") for number in range(10)]
    listed = Statement("SELECT statement FROM pg_prepared_statements ORDER BY 1")

    async def use(shared: SharedConnection) -> Any:
        found = []
        for each in others:
            answers = await shared.ask([Step(kept), Step(each)], seconds=5)
            found += [rows_of(answer)[0][0] for answer in answers]
        (first,) = await shared.ask([Step(others[0])], seconds=5)
        (names,) = await shared.ask([Step(listed)], seconds=5)
        return found, rows_of(first), [row[0] for row in rows_of(names)]

    found, first, prepared = over_one(use)
    assert found == [it for n in range(10) for it in (b"kept", b"%d" % n)]
    assert first == [[b"0"]]
    assert prepared == [b"SELECT 'kept'", b"SELECT 0", b"SELECT 9", listed.sql]


def test_a_trip_of_more_statements_than_are_kept_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shared_connection, "PREPARED_MAX", 2)
    statements = [Statement(f"SELECT {number}") for number in range(5)]

    async def use(shared: SharedConnection) -> Any:
        for _ in range(2):
            answers = await shared.ask([Step(each) for each in statements], seconds=5)
        return [rows_of(answer)[0][0] for answer in answers]

    assert over_one(use) == [b"%d" % number for number in range(5)]
