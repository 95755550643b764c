"""The raw protocol: what a socket says, what it answers, and what it refuses."""

import asyncio
from uuid import uuid4

import pytest
from websockets.exceptions import InvalidStatus

from tests.journeys.stage import Person, Raw, Stage, history, texts

NOBODY = "01900000-0000-7000-8000-000000000000"


@pytest.fixture
async def pair(stage: Stage) -> tuple[Person, Person, str]:
    ann, bob = await stage.people("Ann", "Bob")
    return ann, bob, await stage.direct(ann, bob)


async def say(person: Person, conversation: str, content: str) -> dict[str, object]:
    answer: dict[str, object] = await person.rest.post(
        "conversations", conversation, "messages", body={"content": content}
    )
    return answer


async def test_hello_tells_who_one_is_and_where_the_logs_stand(
    stage: Stage, pair: tuple[Person, Person, str]
) -> None:
    ann, bob, direct = pair
    group = await stage.group(ann, bob)
    await say(ann, direct, "one")
    async with stage.raw(bob) as socket:
        hello = await socket.next()
    assert (hello["type"], hello["userId"]) == ("hello", bob.id)
    assert hello["heads"] == {direct: 1, group: 1}
    assert hello["limits"] == {
        "frameBytes": 128 * 1024,
        "framesPerSecond": 0,  # there are no limits in these tests
        "waitingSends": 64,
    }
    assert hello["resumeWithinSeconds"] >= 1


async def test_a_send_is_acknowledged_with_the_message_that_everybody_gets(
    stage: Stage, pair: tuple[Person, Person, str]
) -> None:
    ann, bob, direct = pair
    async with stage.raw(ann) as sender, stage.raw(bob) as reader:
        await sender.next_of("hello")
        await reader.next_of("hello")
        frame = {"type": "message.send", "conversationId": direct, "content": "hi"}
        frame["clientId"] = str(uuid4())
        ack = await sender.asks(frame)
        event = await reader.next_of("message.created")
        assert ack["type"] == "ack"
        assert (event["message"], event["rev"]) == (ack["message"], ack["message"]["rev"])
        assert (await sender.asks(frame))["message"] == ack["message"]
        conflict = await sender.asks({**frame, "content": "something else"})
        assert (conflict["type"], conflict["code"]) == ("error", "client_id_conflict")
    assert texts(await history(bob, direct)) == ["hi"]


async def test_sync_tells_what_was_missed(stage: Stage, pair: tuple[Person, Person, str]) -> None:
    ann, bob, direct = pair
    group = await stage.group(ann, bob)
    await say(ann, direct, "one")
    await say(ann, direct, "two")
    async with stage.raw(bob) as socket:
        await socket.next_of("hello")
        missed = await socket.asks({"type": "sync", "conversations": {direct: 1, NOBODY: 3}})
        by_rest = await bob.rest.post("sync", body={"conversations": {direct: 1, NOBODY: 3}})
    changes = missed["conversations"][direct]
    assert [message["content"] for message in changes["results"]] == ["two"]
    assert (changes["throughRev"], changes["more"], changes["reset"]) == (2, False, False)
    assert missed["conversations"][NOBODY] == {"gone": True}
    assert missed["joined"] == [group]
    assert {key: missed[key] for key in by_rest} == by_rest


async def test_a_public_conversation_is_opened_and_a_private_one_is_not(stage: Stage) -> None:
    owner, reader = await stage.people("Owner", "Reader")
    square = await stage.group(owner, kind="public")
    private = await stage.group(owner)
    async with stage.raw(reader) as socket:
        assert (await socket.next())["heads"] == {}
        opened = await socket.asks({"type": "conversation.open", "conversationId": square})
        assert (opened["type"], opened["conversationId"], opened["rev"]) == ("ack", square, 1)
        for other in (private, NOBODY):
            refused = await socket.asks({"type": "conversation.open", "conversationId": other})
            assert refused["code"] == "conversation_not_found"
        await say(owner, square, "hear ye")
        assert (await socket.next_of("message.created"))["message"]["content"] == "hear ye"


async def test_a_socket_for_one_conversation_hears_of_no_other(
    stage: Stage, pair: tuple[Person, Person, str]
) -> None:
    ann, bob, direct = pair
    group = await stage.group(ann, bob)
    async with stage.raw(bob, path=f"/conversations/{group}") as socket:
        assert list((await socket.next())["heads"]) == [group]
        await say(ann, direct, "not here")
        await say(ann, group, "here")
        assert (await socket.next_of("message.created"))["message"]["content"] == "here"
        ack = await socket.asks(
            {"type": "message.send", "conversationId": group, "content": "answer"}
        )
        assert ack["message"]["content"] == "answer"


@pytest.mark.parametrize("conversation", ["private", "nobody's"])
async def test_a_socket_for_a_conversation_of_others_is_closed(
    stage: Stage, conversation: str
) -> None:
    owner, outsider = await stage.people("Owner", "Outsider")
    where = await stage.group(owner) if conversation == "private" else NOBODY
    async with stage.raw(outsider, path=f"/conversations/{where}") as socket:
        error = await socket.next()
        assert (error["type"], error["code"]) == ("error", "conversation_not_found")
        assert await socket.close_code() == 4503


async def test_there_is_no_other_path(stage: Stage) -> None:
    ann = await stage.person()
    for path in ("/conversations/not-an-id", "/nothing"):
        with pytest.raises(InvalidStatus) as refused:
            async with stage.raw(ann, path=path):
                pass
        assert refused.value.response.status_code == 403


# -- frames that are refused


@pytest.fixture
async def open_socket(stage: Stage, pair: tuple[Person, Person, str]):  # type: ignore[no-untyped-def]
    async with stage.raw(pair[0]) as socket:
        await socket.next_of("hello")
        yield socket


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ('{"type":"message.shout","ref":"r"}', "unknown_frame"),
        ('{"ref":"r"}', "unknown_frame"),
        ('{"type":7,"ref":"r"}', "unknown_frame"),
        ('{"type":"message.send","ref":"r"}', "invalid_input"),
        ('{"type":"message.send","ref":"r","conversationId":7,"content":"x"}', "invalid_input"),
        (
            f'{{"type":"receipt.read","ref":"r","conversationId":"{NOBODY}","seq":0}}',
            "invalid_input",
        ),
        ('{"type":"sync","ref":"r","conversations":{"x":1}}', "invalid_input"),
        ('{"type":"sync","ref":"r","conversations":[]}', "invalid_input"),
    ],
)
async def test_a_frame_that_makes_no_sense_is_answered(
    open_socket: Raw, frame: str, code: str
) -> None:
    await open_socket.send(frame)
    error = await open_socket.next_of("error")
    assert (error["ref"], error["code"]) == ("r", code)
    assert (await open_socket.asks({"type": "ping"}))["type"] == "pong"


@pytest.mark.parametrize(
    "frame",
    [
        "no json",
        "[1]",
        '"text"',
        '{"type":"ping"',
        '{"type":"ping","n":NaN}',
        '{"type":"ping","text":"\\u0000"}',
        '{"type":"ping","text":"\\ud800"}',
        '{"n":' + "9" * 5000 + "}",
        "[" * 100_000,
        '{"type":"ping","ref":' + "[" * 300 + "]" * 300 + "}",
        '{"type":"ping","n":' + "[" * 1000 + '"\\u0000"' + "]" * 1000 + "}",
        b'{"type":"ping"}',
    ],
    ids=lambda frame: str(frame[:20]),
)
async def test_what_is_no_frame_is_answered(open_socket: Raw, frame: str | bytes) -> None:
    await open_socket.send(frame)
    error = await open_socket.next_of("error")
    assert error["ref"] is None
    assert error["code"] != "internal_error"
    assert (await open_socket.asks({"type": "ping"}))["type"] == "pong"


async def test_nul_in_a_message_is_refused_and_stores_nothing(
    open_socket: Raw, pair: tuple[Person, Person, str]
) -> None:
    ann, _, direct = pair
    frame = {"type": "message.send", "conversationId": direct, "content": "a\0b"}
    await open_socket.send({**frame, "ref": "r"})
    assert (await open_socket.next_of("error"))["code"] != "internal_error"
    assert await history(ann, direct) == []


async def test_a_frame_over_the_limit_closes_the_socket(open_socket: Raw) -> None:
    await open_socket.send("x" * (128 * 1024 + 1))
    assert (await open_socket.next_of("error"))["code"] == "frame_too_large"
    assert await open_socket.close_code() == 1009


async def test_the_limit_counts_bytes(open_socket: Raw) -> None:
    await open_socket.send("ü" * (64 * 1024 + 1))
    assert (await open_socket.next_of("error"))["code"] == "frame_too_large"


async def test_a_frame_far_over_the_limit_is_not_even_read(open_socket: Raw) -> None:
    await open_socket.send("x" * ((1 << 20) + 1))
    assert await open_socket.close_code() == 1009


async def test_a_frame_at_the_limit_is_read(open_socket: Raw) -> None:
    frame = '{"type":"ping","ref":"r","filler":"%s"}'
    await open_socket.send(frame % ("x" * (128 * 1024 - len(frame) + 2)))
    assert (await open_socket.next())["type"] == "pong"


@pytest.mark.parametrize("nonsense", ["nonsense", b"binary"])
async def test_who_sends_only_nonsense_is_closed(open_socket: Raw, nonsense: str | bytes) -> None:
    for _ in range(20):
        await open_socket.send(nonsense)
    assert await open_socket.close_code() == 4502


async def test_messages_to_conversations_of_others_are_refused_with_the_ref(stage: Stage) -> None:
    owner, outsider = await stage.people("Owner", "Outsider")
    private, square = await stage.group(owner), await stage.group(owner, kind="public")
    async with stage.raw(outsider) as socket:
        await socket.next_of("hello")
        for conversation, code in (
            (private, "conversation_not_found"),
            (NOBODY, "conversation_not_found"),
            (square, "not_a_participant"),
        ):
            frame = {"type": "message.send", "conversationId": conversation, "content": "hi"}
            refused = await socket.asks(frame)
            assert (refused["type"], refused["code"]) == ("error", code)
    assert texts(await history(owner, private)) == texts(await history(owner, square)) == []


async def test_many_sends_at_once_are_answered_in_their_order(
    stage: Stage, pair: tuple[Person, Person, str]
) -> None:
    ann, _, direct = pair
    async with stage.raw(ann) as socket:
        await socket.next_of("hello")
        for number in range(300):
            frame = {"type": "message.send", "ref": number, "conversationId": direct}
            await socket.send({**frame, "content": f"message {number}"})
        acks = [await socket.next_of("ack") for _ in range(300)]
    assert [ack["ref"] for ack in acks] == list(range(300))
    assert [ack["message"]["seq"] for ack in acks] == list(range(1, 301))


async def test_a_socket_that_is_given_up_leaves_nothing_behind(
    stage: Stage, pair: tuple[Person, Person, str]
) -> None:
    ann, bob, direct = pair
    for _ in range(20):
        async with stage.raw(ann) as socket:
            socket.connection.transport.abort()
    await asyncio.sleep(0)
    async with stage.raw(bob) as socket:
        await socket.next_of("hello")
        await say(ann, direct, "still well")
        assert (await socket.next_of("message.created"))["message"]["content"] == "still well"
