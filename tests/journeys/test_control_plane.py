"""Over two servers and a real Redis: what one process changes, all of them carry out; what the
channel layer or Redis loses, is healed."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import httpx
import pytest
from django.conf import settings
from websockets.exceptions import ConnectionClosed

from chatproject.client import Closed, Refused
from chatproject.realtime.control.layer import GROUP
from tests.conftest import SERVER
from tests.journeys.stage import PATIENCE, Person, RecordingClient, Stage, history, holds
from tests.journeys.test_many_processes import SWEPT, Pair
from tests.redis_server import RedisServer
from tests.servers import ServerProcess

SIGNED_OUT = 4501
GROUP_KEY = f"chat-layer:group:{GROUP}"


@pytest.fixture(scope="module")
def settings_file() -> Iterator[Path]:
    with TemporaryDirectory(prefix="chat-test-") as folder:
        file = Path(folder) / "chat.env"
        file.write_text("FRAMES_PER_SECOND=400\n")
        yield file


@pytest.fixture(scope="module")
def pair(request: pytest.FixtureRequest, settings_file: Path) -> Iterator[Pair]:
    with RedisServer() as redis, TemporaryDirectory(prefix="chat-test-") as folder:
        env = {"REDIS_URL": redis.url, "SECRET_KEY": settings.SECRET_KEY}
        env |= {"RATE_LIMITS": "off", "SETTINGS_FILE": str(settings_file)}
        with ServerProcess(Path(folder) / "one", env=env) as one:
            request.node.stash[SERVER] = one
            env["DATABASE_URL"] = one.database_url
            with ServerProcess(Path(folder) / "other", env=env) as other:
                yield Pair(redis, one, other)


@pytest.fixture
async def stage(pair: Pair) -> AsyncIterator[Stage]:
    async with Stage(pair.one) as stage:
        yield stage


async def at_both(stage: Stage, pair: Pair, person: Person) -> list[RecordingClient]:
    return [await stage.connect(person, url=it.base_url) for it in (pair.one, pair.other)]


async def is_signed_out(client: RecordingClient) -> None:
    await client.until(lambda: client.ending, "the socket stayed open", seconds=SWEPT)
    assert isinstance(client.ending, Closed)
    assert client.ending.close_code == SIGNED_OUT


def run(server: ServerProcess, code: str) -> None:
    """In a process that serves nothing."""
    server.manage("shell", "--verbosity=0", "--command", code)


@contextmanager
def layer_that_loses(redis: RedisServer) -> Iterator[None]:
    """Redis refuses whatever is done with the group, so that no command reaches another process."""
    with redis.client() as client:
        client.set(GROUP_KEY, "not a group")
        try:
            yield
        finally:
            client.delete(GROUP_KEY)


async def test_a_log_out_everywhere_ends_sockets_at_every_process(stage: Stage, pair: Pair) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    clients = await at_both(stage, pair, ann)
    stays = await at_both(stage, pair, bob)
    await ann.rest.post("users", "logout", body={"everywhere": True})
    for client in clients:
        await is_signed_out(client)
    assert all(client.ending is None for client in stays)


async def test_a_suspension_ends_sockets_at_every_process(stage: Stage, pair: Pair) -> None:
    ann, moderator = await stage.people("Ann", "Mod")
    clients = await at_both(stage, pair, ann)
    run(
        pair.one,
        "from accounts.models import User; from accounts.people.suspensions import suspend_person; "
        f"from uuid import UUID; by = User.objects.get(pk=UUID('{moderator.id}')); "
        f"suspend_person(person_id=UUID('{ann.id}'), by=by, reason='spam')",
    )
    for client in clients:
        await is_signed_out(client)
    with pytest.raises(Refused):
        await stage.connect(ann, email=ann.email, password="correct horse battery staple")


async def test_a_command_reaches_all_where_the_database_says_nothing(
    stage: Stage, pair: Pair
) -> None:
    """No sign-in has ended, so this is the control plane's doing and not the reconciler's."""
    ann = await stage.person("Ann")
    clients = await at_both(stage, pair, ann)
    run(
        pair.one,
        "from chatproject.realtime import control; "
        f"control.send(control.SIGN_INS_ENDED, userId='{ann.id}', signInId=None)",
    )
    for client in clients:
        await is_signed_out(client)


async def test_a_command_that_the_layer_lost_is_healed(stage: Stage, pair: Pair) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    lost = await at_both(stage, pair, ann)
    kept = await at_both(stage, pair, bob)
    with layer_that_loses(pair.redis):
        await ann.rest.post("users", "logout", body={"everywhere": True})
        for client in lost:
            await is_signed_out(client)  # at the other process by its reconciler
    await bob.rest.post("users", "logout", body={"everywhere": True})
    for client in kept:
        await is_signed_out(client)


async def test_a_changed_word_filter_holds_at_every_process(stage: Stage, pair: Pair) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    group = await stage.group(ann, bob)
    clients = await at_both(stage, pair, ann)
    word = f"w{uuid4().hex}"
    for client in clients:
        await client.chat.send(group, f"{word} is no word yet")
    run(
        pair.one,
        "from messaging.moderation.models import WordFilter; "
        "from messaging.moderation.word_filters import announce_word_filters; "
        f"WordFilter.objects.create(word='{word}', act='refuse'); announce_word_filters()",
    )
    for client in clients:
        with pytest.raises(Refused) as refused:
            await client.chat.send(group, f"is {word.upper()} one now?")
        assert refused.value.code == "word_refused"


async def test_settings_are_reloaded_everywhere(
    stage: Stage, pair: Pair, settings_file: Path
) -> None:
    ann = await stage.person("Ann")
    write(settings_file, "FILE_QUOTA=1")
    pair.one.manage("reload_settings")
    for server in (pair.one, pair.other):
        await upload_is(ann, server, "quota_exceeded")
    write(settings_file, "FILE_QUOTA=many")
    with pytest.raises(RuntimeError, match="FILE_QUOTA"):
        pair.one.manage("reload_settings")
    await upload_is(ann, pair.other, "quota_exceeded")
    write(settings_file, "FILE_QUOTA=1G")  # without the command it is noticed, too
    for server in (pair.one, pair.other):
        await upload_is(ann, server, None)


def write(file: Path, line: str) -> None:
    """At once, as a deployment does it: nobody reads a half."""
    fresh = file.with_suffix(".new")
    fresh.write_text(f"# of the test\n{line}\n")
    fresh.replace(file)


async def upload_is(person: Person, server: ServerProcess, code: str | None) -> None:
    """An upload is refused with the code, or accepted with None, before long."""
    headers = {"Authorization": f"Bearer {await person.token()}"}
    async with httpx.AsyncClient(base_url=server.base_url, headers=headers) as http:

        async def is_so() -> bool:
            answer = await http.post("/v1/attachments", files={"file": ("a.txt", b"aaaa")})
            return bool(answer.json().get("code") == code)

        await holds(is_so, f"uploads did not become {code}", seconds=SWEPT)


async def test_ones_own_view_changed_without_redis_is_told_when_it_is_back(
    stage: Stage, pair: Pair
) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    group = await stage.group(ann, bob)
    here, there = await at_both(stage, pair, ann)
    pair.redis.stop()
    try:
        await ann.rest.post("conversations", group, "mute", body={})
        await here.hears("state.changed")
        assert "state.changed" not in there.names
    finally:
        pair.redis.start()
    event = await there.hears("state.changed", seconds=SWEPT)
    assert event.data["mutedUntil"] is not None


async def test_what_nobody_could_publish_again_is_found_when_redis_is_back(
    stage: Stage, pair: Pair
) -> None:
    """The process that changed it has ended meanwhile."""
    ann, bob = await stage.people("Ann", "Bob")
    group = await stage.group(ann, bob)
    clients = await at_both(stage, pair, ann)
    outsider = await stage.connect(bob)
    pair.redis.stop()
    try:
        change = (
            "from conversations.own_state import set_notify;"
            f"set_notify(conversation_id='{group}', user_id='{ann.id}', notify='none')"
        )
        await asyncio.to_thread(run, pair.one, change)
    finally:
        pair.redis.start()
    for client in clients:
        event = await client.hears("state.changed", seconds=SWEPT)
        assert (event.data["notify"], event.data["stateRev"]) == ("none", 1)
    assert "state.changed" not in outsider.names


async def test_all_that_is_stored_at_a_stop_is_acknowledged(
    data_dir: Path, stage: Stage, pair: Pair
) -> None:
    """Of what was sent without waiting: a stored message without its ack would be sent again."""
    env = {"RATE_LIMITS": "off", "SECRET_KEY": settings.SECRET_KEY, "REDIS_URL": pair.redis.url}
    env["DATABASE_URL"] = pair.one.database_url
    with ServerProcess(data_dir, env=env) as server:
        ann, bob = await stage.people("Ann", "Bob")
        groups = [await stage.group(ann, bob) for _ in range(3)]
        acked: set[str] = set()
        refused: set[str] = set()
        async with Stage(server) as own, own.raw(ann) as socket:
            await socket.next_of("hello")
            sent = [str(uuid4()) for _ in range(600)]

            async def send() -> None:
                for number, client_id in enumerate(sent):
                    await socket.send(
                        {
                            "type": "message.send",
                            "ref": client_id,
                            "conversationId": groups[number % 3],
                            "clientId": client_id,
                            "content": f"message {number}",
                        }
                    )

            sending = asyncio.create_task(send())
            close_code = None
            try:
                async with asyncio.timeout(PATIENCE * 2):
                    while True:
                        frame = await socket.next()
                        if frame["type"] == "ack":
                            acked.add(frame["ref"])
                        elif frame["type"] == "error":
                            assert frame["code"] == "unavailable"
                            refused.add(frame["ref"])
                        if len(acked) == 50:
                            assert server.process is not None
                            server.process.send_signal(signal.SIGTERM)
            except ConnectionClosed as closed:
                close_code = closed.rcvd and closed.rcvd.code
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        assert server.process is not None
        assert await asyncio.to_thread(server.process.wait, 30) == 0
        assert close_code == 4000
        stored = {
            str(UUID(message["clientId"]))
            for group in groups
            for message in await history(ann, group)
            if message["clientId"]
        }
        assert stored & set(sent) == acked
        assert not acked & refused
