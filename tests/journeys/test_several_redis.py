"""Two servers with three Redis servers between them: everybody hears everything."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.conf import settings

from tests.conftest import SERVER
from tests.journeys.stage import Stage
from tests.redis_server import RedisServer
from tests.servers import ServerProcess

pytestmark = pytest.mark.brokers_long

Three = list[RedisServer]
Pair = tuple[Three, ServerProcess, ServerProcess]


@pytest.fixture(scope="module")
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """Each server is given the three in an order of its own."""
    with RedisServer() as a, RedisServer() as b, RedisServer() as c:
        urls = [each.url for each in (a, b, c)]
        with TemporaryDirectory(prefix="chat-test-") as folder:
            env = {"RATE_LIMITS": "off", "SECRET_KEY": settings.SECRET_KEY}
            env["REDIS_URL"] = ",".join(urls)
            with ServerProcess(Path(folder) / "one", env=env) as one:
                request.node.stash[SERVER] = one
                env |= {"DATABASE_URL": one.database_url, "REDIS_URL": ",".join(urls[::-1])}
                with ServerProcess(Path(folder) / "other", env=env) as other:
                    yield [a, b, c], one, other


async def test_conversations_and_people_of_all_three_are_heard(pair: Pair) -> None:
    three, one, other = pair
    async with Stage(one) as stage:
        owner, member = await stage.people("Olga", "Mia")
        groups = [await stage.group(owner, member) for _ in range(12)]
        at_one = await stage.connect(owner)
        at_other = await stage.connect(member, url=other.base_url)
        assert all(server.listened("conversation:") for server in three)

        for number, group in enumerate(groups):
            await at_one.chat.send(group, f"to {number}")
            await at_other.reads(f"to {number}")

        await member.rest.post("users", "logout", body={"everywhere": True})
        await at_other.until(lambda: at_other.ending, "the socket stayed open")


async def test_while_one_is_away_messages_still_come(pair: Pair) -> None:
    """Of its topics by the reconciler, some seconds late."""
    three, one, other = pair
    async with Stage(one) as stage:
        owner, member = await stage.people("Olga", "Mia")
        groups = [await stage.group(owner, member) for _ in range(6)]
        at_one = await stage.connect(owner)
        at_other = await stage.connect(member, url=other.base_url)
        three[0].stop()
        try:
            for number, group in enumerate(groups):
                await at_one.chat.send(group, f"still {number}")
            for number in range(len(groups)):
                await at_other.reads(f"still {number}", seconds=60)
        finally:
            three[0].start()
