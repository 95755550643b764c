"""Two people meet, talk, and see each other's ticks."""

import pytest

from chatproject.client import Refused
from tests.journeys.stage import Person, RecordingClient, Stage, entry, history, texts


@pytest.fixture
async def pair(stage: Stage) -> tuple[Person, Person, str]:
    ann, bob = await stage.people("Ann", "Bob")
    return ann, bob, await stage.direct(ann, bob)


async def test_two_people_begin_to_talk(stage: Stage) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    ann_client, bob_client = await stage.connect_all(ann, bob)
    conversation = (await ann_client.chat.open_direct(bob.id))["id"]
    await bob_client.hears("conversation.joined", lambda it: it.conversation_id == conversation)
    await ann_client.hears("conversation.joined", lambda it: it.conversation_id == conversation)

    sent = await ann_client.chat.send(conversation, "Hello Bob")
    assert (await bob_client.reads("Hello Bob")).message == sent
    await bob_client.chat.send(conversation, "Hello Ann", reply_to=sent["seq"])
    answer = (await ann_client.reads("Hello Ann")).data["message"]
    assert (answer["senderId"], answer["replyToSeq"]) == (bob.id, sent["seq"])
    assert ann_client.contents() == bob_client.contents() == ["Hello Bob", "Hello Ann"]
    assert texts(await history(bob, conversation)) == ["Hello Bob", "Hello Ann"]
    assert await stage.direct(bob, ann) == conversation


async def test_ticks_and_unread_counts(stage: Stage, pair: tuple[Person, Person, str]) -> None:
    ann, bob, conversation = pair
    (ann_client,) = await stage.connect_all(ann)
    first, second, third = [
        (await ann_client.chat.send(conversation, text))["seq"] for text in ("one", "two", "three")
    ]
    assert (await entry(bob, conversation))["unread"] == 3
    assert (await entry(ann, conversation))["unread"] == 0
    assert await statuses(ann, conversation) == ["sent", "sent", "sent"]

    phone, laptop = await stage.connect_all(bob, bob)
    await phone.chat.mark_delivered(conversation, third)
    await hears_receipt(ann_client, bob, "delivered", third)
    assert await statuses(ann, conversation) == ["delivered", "delivered", "delivered"]
    assert (await entry(bob, conversation))["unread"] == 3

    await phone.chat.mark_read(conversation, second)
    await hears_receipt(ann_client, bob, "read", second)
    await laptop.hears("state.changed", lambda it: it.data.get("lastReadSeq") == second)
    assert await statuses(ann, conversation) == ["read", "read", "delivered"]
    assert (await entry(bob, conversation))["unread"] == 1

    await phone.chat.mark_read(conversation, first)
    assert (await entry(bob, conversation))["unread"] == 1, "a pointer moved back"
    await bob.rest.post("conversations", conversation, "read", body={"seq": third})
    await hears_receipt(ann_client, bob, "read", third)
    assert (await entry(bob, conversation))["unread"] == 0
    receipts = await ann.rest.get("conversations", conversation, "messages", second, "receipts")
    assert [(it["userId"], it["read"]) for it in receipts["results"]] == [(bob.id, True)]

    await phone.chat.send(conversation, "thanks")
    assert (await entry(bob, conversation))["unread"] == 0
    assert (await entry(ann, conversation))["unread"] == 1


async def test_changes_of_messages_arrive_live(
    stage: Stage, pair: tuple[Person, Person, str]
) -> None:
    ann, bob, conversation = pair
    ann_client, bob_client = await stage.connect_all(ann, bob)
    seq = (await ann_client.chat.send(conversation, "Helo"))["seq"]

    await ann_client.chat.edit(conversation, seq, "Hello")
    edited = await bob_client.hears("message.updated", lambda it: it.data["message"]["editedAt"])
    assert edited.data["message"]["content"] == "Hello"

    await bob_client.chat.react(conversation, seq, "👍")
    reacted = await ann_client.hears("message.updated", lambda it: it.data["message"]["reactions"])
    assert reacted.data["message"]["reactions"] == [
        {"emoji": "👍", "count": 1, "userIds": [bob.id]}
    ]
    await bob_client.chat.unreact(conversation, seq, "👍")
    await ann_client.hears(
        "message.updated", lambda it: it.rev > reacted.rev and not it.data["message"]["reactions"]
    )

    await ann.rest.delete("conversations", conversation, "messages", seq)
    deleted = (await bob_client.hears("message.deleted")).data["message"]
    assert (deleted["seq"], deleted["content"]) == (seq, "")
    assert texts(await history(bob, conversation)) == [""]
    with pytest.raises(Refused) as refused:
        await ann_client.chat.edit(conversation, seq, "back?")
    assert refused.value.code == "message_deleted"


async def test_what_one_hides_is_hidden_from_oneself_alone(
    stage: Stage, pair: tuple[Person, Person, str]
) -> None:
    ann, bob, conversation = pair
    phone, bob_client = await stage.connect_all(ann, bob)
    seq = (await phone.chat.send(conversation, "not for me"))["seq"]
    await bob_client.reads("not for me")
    await ann.rest.post("conversations", conversation, "messages", seq, "hide")
    await phone.hears("state.changed", lambda it: it.data.get("hiddenSeq") == seq)
    assert texts(await history(ann, conversation)) == []
    assert texts(await history(bob, conversation)) == ["not for me"]
    assert "state.changed" not in bob_client.names


async def test_a_blocked_person_cannot_write(
    stage: Stage, pair: tuple[Person, Person, str]
) -> None:
    ann, bob, conversation = pair
    ann_client, bob_client = await stage.connect_all(ann, bob)
    await bob.rest.post("blocks", body={"userId": ann.id})
    with pytest.raises(Refused) as refused:
        await ann_client.chat.send(conversation, "let me in")
    assert refused.value.code == "blocked"
    with pytest.raises(Refused) as refused:
        await ann.rest.post("conversations", conversation, "messages", body={"content": "please"})
    assert (refused.value.code, refused.value.status) == ("blocked", 403)

    await bob.rest.delete("blocks", ann.id)
    await ann_client.chat.send(conversation, "thank you")
    await bob_client.reads("thank you")
    assert texts(await history(bob, conversation)) == ["thank you"]


async def test_notes_to_oneself(stage: Stage) -> None:
    ann = await stage.person()
    phone, laptop = await stage.connect_all(ann, ann)
    notes = (await phone.chat.open_direct(ann.id))["id"]
    await laptop.hears("conversation.joined", lambda it: it.conversation_id == notes)
    await phone.chat.send(notes, "buy milk")
    await laptop.reads("buy milk")
    assert (await entry(ann, notes))["unread"] == 0


async def statuses(person: Person, conversation: str) -> list[str]:
    messages = await history(person, conversation)
    return [message["status"] for message in messages if message["mine"]]


async def hears_receipt(recording: RecordingClient, of: Person, kind: str, seq: int) -> None:
    wanted = {"userId": of.id, "kind": kind, "upToSeq": seq}
    await recording.hears("receipt.advanced", lambda it: wanted.items() <= it.data.items())
