"""What the two levels of the cache of latest pages save: `python -m tests.benchmarks.latest`.

One conversation of 300 messages by 20 people, some with reactions, read by one of them in the event
loop as the hot path does, without HTTP. The cases take turns; CPU by the kernel's accounts, so
other work on the machine does not matter much.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from unittest.mock import patch

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from chatproject.core import metrics  # noqa: E402
from chatproject.core.db.async_pool import AsyncPool  # noqa: E402
from chatproject.server.embedded_postgres import lease  # noqa: E402
from messaging.actions.reactions import add_reaction  # noqa: E402
from messaging.reads import history  # noqa: E402
from messaging.reads.cache import latest_page, shared_pages  # noqa: E402
from messaging.reads.cache.latest_page_cache import CachedPage, latest_pages  # noqa: E402
from messaging.reads.cache.shared_pages import SharedPages  # noqa: E402
from tests import database  # noqa: E402
from tests.benchmarks.accounting import cpu_of  # noqa: E402
from tests.cast import make_conversation, make_person, say  # noqa: E402
from tests.redis_server import RedisServer  # noqa: E402

ROUNDS, CALLS = 15, 100
SENT_SINCE = 5
TEXT = "a message of the usual length, which is some seventy characters or so"

Call = Callable[[], Awaitable[object]]
Spent = tuple[float, float, float]  # CPU seconds of Python, PostgreSQL and Redis


def main() -> None:
    shared_pages.ANSWER_SECONDS = 10.0  # on a busy machine
    shared_pages.ROUND_SECONDS = 3600.0  # pages are written where that is measured
    lease.hold(database.CLUSTER)
    database.make_template()
    name = connection.settings_dict["NAME"] = database.make_database()
    try:
        with RedisServer() as redis:
            settings.REDIS_URL = redis.url
            asyncio.run(Benchmark(redis).run())
    finally:
        connection.close()
        database.drop(name)


class Benchmark:
    def __init__(self, redis: RedisServer) -> None:
        self._redis = redis
        self._pool = AsyncPool(size=1)
        self._shared = SharedPages([redis.url], latest_pages)

    async def run(self) -> None:
        pages = await asyncio.to_thread(self._fill)
        self._older, self._page = pages
        self._backend = await self._pool.read(_backend_pid)
        await self._shared.start()
        cases: dict[str, tuple[Call, str]] = {
            "in memory": (self._in_memory, "hit"),
            "in memory, 5 sent since": (self._completed, "completed"),
            "the same, read anew": (self._read_anew, "miss"),
            "no Redis": (self._no_redis, "miss"),
            "not in memory, in Redis": (self._in_redis, "hit in Redis"),
            "in Redis, 5 sent since": (self._older_in_redis, "completed in Redis"),
            "in neither, to be written": (self._in_neither, "miss in Redis"),
            "Redis is away": (self._away, "away in Redis"),
            "writing a page there": (self._write, ""),
        }
        spent: dict[str, list[Spent]] = {case: [] for case in cases}
        for _ in range(ROUNDS):
            for case, (call, result) in cases.items():
                before = _counted(result)
                spent[case].append(await self._cpu(case, call))
                assert not result or _counted(result) >= before + CALLS, case
        print(f"{'last page of 50, ms of CPU':30} {'Python':>10} {'PostgreSQL':>10} {'Redis':>10}")
        for case, turns in spent.items():
            means = [sum(turn[n] for turn in turns) / len(turns) / CALLS * 1000 for n in range(3)]
            print(f"{case:30} {' '.join(f'{mean:10.2f}' for mean in means)}")
        await self._shared.stop()
        await self._pool.close()

    def _fill(self) -> tuple[CachedPage, CachedPage]:
        """The conversation; its page before the last messages were sent, and as it is."""
        people = [make_person(f"Person {n}") for n in range(20)]
        self._conversation = conversation = make_conversation(*people)
        self._viewer = people[3]
        for n in range(300):
            say(conversation, people[n % 20], TEXT)
        for seq in range(255, 300, 9):
            place = {"conversation_id": conversation.pk, "seq": seq}
            add_reaction(**place, user_id=people[seq % 20].pk, emoji="👍")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        shared_pages.install(self._shared)  # so that pages tell where they were read
        found = []
        for number in (SENT_SINCE, 0):
            history.history_page(**self._asked)
            page = latest_pages.peek(conversation.pk)
            assert page is not None
            found.append(page)
            for n in range(number):
                say(conversation, people[n], TEXT)
        connection.close()
        return found[0], found[1]

    @property
    def _asked(self) -> dict[str, object]:
        anchor = history.PageAnchor()
        place = {"conversation_id": self._conversation.pk, "viewer_id": self._viewer.pk}
        return {**place, "anchor": anchor, "limit": 50}

    async def _cpu(self, case: str, call: Call) -> Spent:
        latest_pages.clear()
        latest_pages.put(self._conversation.pk, self._page)
        await self._clear_redis()
        shared_pages.install(None if case == "no Redis" else self._shared)
        if case == "not in memory, in Redis":
            await self._write()
        elif case == "in Redis, 5 sent since":
            latest_pages.clear()
            latest_pages.put(self._conversation.pk, self._older)
            await self._write()
        await call()
        before = self._read_accounts()
        for _ in range(CALLS):
            await call()
        after = self._read_accounts()
        return after[0] - before[0], after[1] - before[1], after[2] - before[2]

    def _read_accounts(self) -> Spent:
        return time.process_time(), cpu_of(self._backend), cpu_of(self._redis.pid)

    async def _clear_redis(self) -> None:
        def clear() -> None:
            with self._redis.client() as client:
                client.flushall()

        await asyncio.to_thread(clear)

    # -- the cases

    async def _in_memory(self) -> None:
        await self._pool.read(lambda: history.encoded_history_page.steps(**self._asked))

    async def _completed(self) -> None:
        latest_pages.clear()
        latest_pages.put(self._conversation.pk, self._older)
        await self._in_memory()

    async def _read_anew(self) -> None:
        with patch.object(latest_page, "MAX_SENT_SINCE", 0):
            await self._completed()

    async def _no_redis(self) -> None:
        latest_pages.clear()
        await self._in_memory()

    _in_redis = _older_in_redis = _in_neither = _no_redis

    async def _away(self) -> None:
        (link,) = self._shared._links
        kept, link._link = link._link, None
        await self._no_redis()
        link._link = kept

    async def _write(self) -> None:
        self._shared.note(self._conversation.pk)
        await self._shared.write_waiting()


def _backend_pid():  # type: ignore[no-untyped-def]
    ((pid,),) = yield from history.query("SELECT pg_backend_pid()", {})
    return pid


def _counted(result: str) -> float:
    name, _, in_redis = result.partition(" in ")
    counter = metrics.REDIS_PAGE_CACHE if in_redis else metrics.PAGE_CACHE
    return float(counter.labels(name)._value.get()) if name else 0.0


if __name__ == "__main__":
    main()
