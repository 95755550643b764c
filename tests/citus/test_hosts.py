"""DATABASE_URL names the coordinator and the workers: who is connected to which, and that nothing
is lost by it."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection

from accounts.models import User
from attachments.models import Attachment
from chatproject.core.db.distributed.hosts import COORDINATOR
from chatproject.core.db.distributed.nodes import connect, nodes
from chatproject.core.db.readings import query
from conversations.models import Conversation
from messaging.errors import TooManyLinks, WordRefused
from messaging.membership.members import leave_conversation
from messaging.models import Message
from messaging.moderation.models import Quota, WordFilter
from messaging.sending.drafts import Draft
from messaging.sending.results import SendResult
from messaging.sending.writer import Writer
from tests import database
from tests.cast import make_conversation, make_person
from tests.citus import cluster
from tests.citus.test_distribute import manage
from tests.faults.load import Load
from tests.servers import ServerProcess

pytestmark = [pytest.mark.citus, pytest.mark.timeout(600)]

# Of clients that are no other nodes.
CLIENTS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend'
  AND application_name NOT LIKE 'citus%%' AND pid <> pg_backend_pid()
"""


def clients_at(host: str, port: int, name: str) -> int:
    with psycopg.connect(cluster.url_on(host, port, name), autocommit=True) as raw:
        (count,) = raw.execute(CLIENTS).fetchone() or (0,)
    return int(count)


def clients_at_workers(url: str) -> list[int]:
    name = urlsplit(url).path[1:]
    return [clients_at(host, port, name) for host, port in cluster.nodes()]


def reordered(url: str) -> str:
    """With the coordinator last."""
    parts = urlsplit(url)
    account, _, hosts = parts.netloc.rpartition("@")
    first, *others = hosts.split(",")
    return parts._replace(netloc=f"{account}@{','.join([*others, first])}").geturl()


# -- the real server


@pytest.mark.parametrize("order", [str, reordered], ids=["coordinator first", "last"])
async def test_messages_go_over_the_workers(folder: Path, order: type[str]) -> None:
    with ServerProcess(folder / "server", env={"RATE_LIMITS": "off"}) as server:
        server.stop()
        server.env["DATABASE_URL"] = order(server.database_url)
        server.start()
        async with Load([server], folder, people=4, devices=1, conversations=16) as load:
            load.begin()
            await load.sent(60)
            await load.end()
            await load.converge()
            assert all(clients_at_workers(server.database_url))
        verdict = load.verdict(server.database_url)
        assert verdict.is_clean, verdict
        assert "All counters are right." in server.manage("check_unread")
        told = json.loads(manage(server.env["DATABASE_URL"], "doctor", "--inside", "--json").stdout)
    (found,) = [each for each in told["checks"] if each["check"] == "distribution"]
    assert found["state"] == "ok"
    assert "2 workers" in found["text"]


async def test_the_coordinator_alone_is_enough(folder: Path) -> None:
    with ServerProcess(folder / "server", env={"RATE_LIMITS": "off"}) as server:
        server.stop()
        name = urlsplit(server.database_url).path[1:]
        server.env["DATABASE_URL"] = (
            urlsplit(cluster.coordinator())._replace(path=f"/{name}").geturl()
        )
        server.start()
        async with Load([server], folder, people=4, devices=1, conversations=8) as load:
            load.begin()
            await load.sent(30)
            await load.end()
            await load.converge()
            assert clients_at_workers(server.database_url) == [0, 0]
        assert load.verdict(server.database_url).is_clean


async def test_a_worker_that_is_away_is_left_out_and_comes_back(folder: Path) -> None:
    """One of the list that never answers, and one that is killed while it is connected to."""
    worker = cluster.worker_to_kill()
    with ServerProcess(folder / "server", env={"RATE_LIMITS": "off"}) as server:
        server.stop()
        parts = urlsplit(server.database_url)
        server.env["DATABASE_URL"] = parts._replace(netloc=f"{parts.netloc},127.0.0.1:1").geturl()
        server.start()
        async with Load([server], folder, people=4, devices=1, conversations=16) as load:
            load.begin()
            await load.sent(40)
            name = parts.path[1:]
            assert clients_at(worker.host, worker.port, name)
            worker.kill()
            await asyncio.sleep(1)
            worker = await asyncio.to_thread(worker.start)
            async with asyncio.timeout(120):
                while not clients_at(worker.host, worker.port, name):  # noqa: ASYNC110
                    await asyncio.sleep(0.2)
            await load.sent(40)
            await load.end()
            await load.converge()
        cluster.wait_until_whole(server.database_url)
        verdict = load.verdict(server.database_url)
        assert verdict.is_clean, verdict
        assert "All counters are right." in server.manage("check_unread")
        told = manage(server.env["DATABASE_URL"], "check_distribution")
    assert told.returncode == 1
    assert "127.0.0.1:1 of DATABASE_URL does not answer." in told.stdout


def test_a_stranger_among_the_hosts_is_told(undistributed: str) -> None:
    """A node that was taken out of the cluster, and believes nothing of it."""
    assert not manage(undistributed, "distribute").returncode
    name = urlsplit(undistributed).path[1:]
    host, port = cluster.nodes()[1]
    with psycopg.connect(cluster.url_on(host, port, name), autocommit=True) as raw:
        raw.execute("UPDATE pg_dist_local_group SET groupid = 77")
    told = manage(undistributed, "check_distribution")
    assert told.returncode == 1
    assert f"{host}:{port} of DATABASE_URL is no node of the coordinator's cluster." in told.stdout


# -- the writer in this process


@pytest.fixture
def over_workers(transactional_db: None) -> Iterator[None]:
    nodes.renew()
    assert nodes.are_several
    yield
    connection.close()


@pytest.fixture
def owner(over_workers: None) -> User:
    return make_person()


def place_of_each(owner: User, *others: User) -> dict[int, Conversation]:
    """A conversation on each worker, by its node."""
    found: dict[int, Conversation] = {}
    while len(found) < len(cluster.nodes()):
        conversation = make_conversation(owner, *others)
        found[nodes.of(conversation.pk)] = conversation
    return found


def draft(conversation: Conversation, sender: User, text: str) -> Draft:
    return Draft(conversation.pk, sender.pk, uuid4(), text)


def sent(*drafts: Draft) -> list[SendResult]:
    """By a writer of their own."""

    async def run() -> list[SendResult]:
        writer = Writer(lambda publications: None)
        results = await asyncio.gather(*(writer.send(each, via="rest") for each in drafts))
        await writer.stop()
        return list(results)

    return asyncio.run(run())


def bodies(conversation: Conversation) -> list[str]:
    rows = Message.objects.filter(conversation=conversation).order_by("seq")
    return list(rows.values_list("body", flat=True))


def test_a_message_is_seen_from_every_node_at_once(owner: User) -> None:
    for node, conversation in place_of_each(owner).items():
        (result,) = sent(draft(conversation, owner, "written over a worker"))
        assert result.refusal is None
        for number in (COORDINATOR, *nodes._workers):
            with connect(number) as raw:
                found = raw.execute(
                    "SELECT body FROM messaging_message WHERE conversation_id = %s",
                    [conversation.pk],
                ).fetchall()
            assert found == [("written over a worker",)], (node, number)


def test_word_filters_hold_from_the_next_message_on(owner: User) -> None:
    """They are the coordinator's own: a worker only knows that others hold."""
    places = place_of_each(owner).values()
    assert not any(
        result.refusal for result in sent(*(draft(it, owner, "a plum") for it in places))
    )
    WordFilter.objects.create(word="plum", act=WordFilter.Act.REFUSE)
    results = sent(*(draft(it, owner, "a plum") for it in places))
    assert all(isinstance(result.refusal, WordRefused) for result in results)
    WordFilter.objects.all().delete()
    assert not any(
        result.refusal for result in sent(*(draft(it, owner, "a plum") for it in places))
    )
    assert all(bodies(it) == ["a plum", "a plum"] for it in places)


def test_links_of_a_new_account_are_counted_at_the_coordinator(owner: User, settings: Any) -> None:
    settings.NEW_ACCOUNT_HOURS, settings.NEW_ACCOUNT_LINKS = 24, 2
    newcomer = make_person("Newcomer")
    places = list(place_of_each(owner, newcomer).values())
    results = sent(*(draft(it, newcomer, "https://example.org") for it in (*places, places[0])))
    assert [type(it.refusal) for it in results].count(TooManyLinks) == 1
    assert sum(len(bodies(it)) for it in places) == 2
    assert Quota.objects.get(user_id=newcomer.pk).links == 2


def test_a_file_is_claimed_once_wherever_it_is_sent_to(owner: User) -> None:
    places = place_of_each(owner).values()
    file = Attachment.objects.create(
        uploader=owner, name="a.txt", content_type="text/plain", size=1, state="ready"
    )
    results = sent(
        *(Draft(it.pk, owner.pk, uuid4(), "a file", attachment_ids=(file.pk,)) for it in places)
    )
    assert [result.refusal is None for result in results].count(True) == 1


def test_what_locks_over_the_coordinator_locks_over_a_worker(owner: User) -> None:
    """Somebody leaves while their messages are on the way over a worker: the log has those from
    before, and none after."""
    member = make_person("Member")
    for conversation in place_of_each(owner, member).values():
        results = asyncio.run(send_and_leave(conversation, member))
        stored = [n for n, it in enumerate(results) if it.refusal is None]
        assert stored == list(range(len(stored)))
        rows = Message.objects.filter(conversation=conversation).order_by("seq")
        assert [row.seq for row in rows] == list(range(1, len(stored) + 2))
        assert [row.kind for row in rows] == ["text"] * len(stored) + ["system"]


async def send_and_leave(conversation: Conversation, member: User) -> list[SendResult]:
    writer = Writer(lambda publications: None)
    drafts = [draft(conversation, member, f"number {n}") for n in range(60)]
    sending = [asyncio.create_task(writer.send(each, via="rest")) for each in drafts[:30]]
    leaving = asyncio.create_task(asyncio.to_thread(leave, conversation.pk, member.pk))
    for each in drafts[30:]:
        sending.append(asyncio.create_task(writer.send(each, via="rest")))
        await asyncio.sleep(0.01)
    await leaving
    results = await asyncio.gather(*sending)
    await writer.stop()
    return list(results)


def leave(conversation_id: UUID, user_id: UUID) -> None:
    try:
        leave_conversation(conversation_id=conversation_id, user_id=user_id)
    finally:
        connection.close()


def test_reads_at_a_worker_that_is_lost_go_to_the_coordinator(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chatproject.core.db.async_pool import AsyncPool

    async def run() -> list[str]:
        pool = AsyncPool()
        worker = nodes._workers[0]
        ports = []
        for _ in range(3):
            rows = await pool.read(lambda: query("SELECT current_setting('port')", {}), node=worker)
            ports.append(rows[0][0])
            monkeypatch.setattr("chatproject.core.db.distributed.nodes.connect", refuse)
            for shared in pool._open[worker]:
                shared.close()
        await pool.close()
        return ports

    real = connect

    def refuse(number: int = COORDINATOR) -> psycopg.Connection[object]:
        if number != COORDINATOR:
            raise psycopg.OperationalError("refused")
        return real(number)

    home = str(urlsplit(cluster.coordinator()).port)
    first, *later = asyncio.run(run())
    assert first != home
    assert later == [home, home]
    assert nodes.next() != nodes._workers[0]
    nodes._away.clear()


def test_database_of_the_tests_names_all_hosts() -> None:
    assert urlsplit(database.url("x")).netloc.count(",") == len(cluster.nodes())
