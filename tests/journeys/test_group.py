"""A group whose people come and go: who hears what, and what they may read afterwards."""

import pytest

from chatproject.client import Refused
from tests.journeys.cable import Cable
from tests.journeys.stage import Person, RecordingClient, Stage, history, texts


@pytest.fixture
async def trio(stage: Stage) -> list[Person]:
    return await stage.people("Owner", "Member", "Newcomer")


async def assert_receives_nothing(
    sender: RecordingClient, conversation: str, former_member: RecordingClient
) -> None:
    """A message that `sender` receives does not reach `former_member`.

    A later message in another conversation of both does, so the first one is not just late.
    """
    await sender.chat.send(conversation, "behind the door")
    await sender.reads("behind the door")
    other = (await sender.chat.open_direct(former_member.chat.user_id))["id"]
    await former_member.hears("conversation.joined", lambda it: it.conversation_id == other)
    await sender.chat.send(other, "are you there?")
    await former_member.reads("are you there?")
    assert "behind the door" not in former_member.contents()


async def test_who_is_added_hears_from_then_on(stage: Stage, trio: list[Person]) -> None:
    owner, member, newcomer = trio
    owner_client, member_client, newcomer_client = await stage.connect_all(*trio)
    group = await stage.group(owner, member, name="Plans")
    await member_client.hears("conversation.joined", lambda it: it.conversation_id == group)
    await owner_client.chat.send(group, "before")
    await member_client.reads("before")

    await owner.rest.post("conversations", group, "participants", body={"memberIds": [newcomer.id]})
    await newcomer_client.hears("conversation.joined", lambda it: it.conversation_id == group)
    arrived = await member_client.hears("participant.joined")
    assert [it["userId"] for it in arrived.data["participants"]] == [newcomer.id]
    assert member_client.news(group)[-1] == "participants.added"

    await member_client.chat.send(group, "welcome")
    await newcomer_client.reads("welcome")
    await newcomer_client.chat.send(group, "hello all")
    await owner_client.reads("hello all")
    assert newcomer_client.contents(group) == ["welcome", "hello all"]
    assert texts(await history(newcomer, group)) == ["welcome", "hello all"]
    assert texts(await history(member, group)) == ["before", "welcome", "hello all"]
    with pytest.raises(Refused) as refused:
        await newcomer.rest.get("conversations", group, "messages", 2)
    assert refused.value.code == "message_not_found"


async def test_who_is_removed_hears_that_and_nothing_after(
    stage: Stage, trio: list[Person]
) -> None:
    owner, member, _ = trio
    owner_client, member_client = await stage.connect_all(owner, member)
    group = await stage.group(owner, member)
    await member_client.hears("conversation.joined", lambda it: it.conversation_id == group)
    await owner_client.chat.send(group, "together")
    await member_client.reads("together")

    await owner.rest.delete("conversations", group, "participants", member.id)
    await member_client.hears("conversation.left", lambda it: it.conversation_id == group)
    assert member_client.news(group)[-1] == "participant.removed"
    gone = await owner_client.hears("participant.left")
    assert gone.data["userIds"] == [member.id]
    with pytest.raises(Refused) as refused:
        await member_client.chat.send(group, "wait!")
    assert refused.value.code == "not_a_participant"
    await assert_receives_nothing(owner_client, group, member_client)
    assert texts(await history(member, group)) == ["together"]


async def test_the_log_of_a_leaver_ends_where_they_left(stage: Stage, trio: list[Person]) -> None:
    owner, member, _ = trio
    owner_client, member_client = await stage.connect_all(owner, member)
    group = await stage.group(owner, member)
    await member_client.hears("conversation.joined", lambda it: it.conversation_id == group)
    kept = (await owner_client.chat.send(group, "to be edited"))["seq"]
    lost = (await owner_client.chat.send(group, "to be deleted"))["seq"]
    await member.rest.post("conversations", group, "leave")
    await member_client.hears("conversation.left", lambda it: it.conversation_id == group)
    assert member_client.news(group)[-1] == "participant.left"

    await owner_client.chat.edit(group, kept, "rewritten")
    await owner_client.chat.react(group, kept, "🎉")
    await owner_client.chat.delete(group, lost)
    await assert_receives_nothing(owner_client, group, member_client)
    seen = await history(member, group)
    assert texts(seen) == ["to be edited", ""]
    assert seen[-1]["meta"]["event"] == "participant.left"
    assert not any(message["reactions"] for message in seen)

    await owner.rest.post("conversations", group, "participants", body={"memberIds": [member.id]})
    await owner_client.chat.send(group, "welcome back")
    assert (await member_client.reads("welcome back")).conversation_id == group
    assert texts(await history(member, group)) == ["to be edited", "", "welcome back"]


async def test_roles_names_and_elevation_are_told_live(stage: Stage, trio: list[Person]) -> None:
    owner, member, outsider = trio
    owner_client, member_client = await stage.connect_all(owner, member)
    group = await stage.group(owner, member, name="Small")
    await member_client.hears("conversation.joined", lambda it: it.conversation_id == group)

    with pytest.raises(Refused) as refused:
        await member.rest.patch("conversations", group, body={"name": "Mine"})
    assert (refused.value.code, refused.value.status) == ("admin_right_missing", 403)
    with pytest.raises(Refused) as refused:
        await outsider.rest.patch("conversations", group, body={"name": "Mine"})
    assert (refused.value.code, refused.value.status) == ("conversation_not_found", 404)

    await owner.rest.patch(
        "conversations", group, "participants", member.id, body={"role": "admin"}
    )
    promoted = await member_client.hears("participant.updated")
    assert promoted.data["participants"][0]["role"] == "admin"
    await member.rest.patch("conversations", group, body={"name": "Large"})
    await owner_client.hears(
        "conversation.updated", lambda it: it.data["conversation"]["name"] == "Large"
    )
    await owner.rest.patch("conversations", group, body={"kind": "public"})
    await member_client.hears(
        "conversation.updated", lambda it: it.data["conversation"]["kind"] == "public"
    )
    assert member_client.news(group)[-3:] == [
        "participant.role_changed",
        "conversation.renamed",
        "conversation.elevated",
    ]


async def test_coming_and_going_while_away_is_told_on_return(
    stage: Stage, cable: Cable, trio: list[Person]
) -> None:
    owner, member, _ = trio
    (owner_client,) = await stage.connect_all(owner)
    old = await stage.group(owner, member, name="Old")
    member_client = await stage.connect(member, url=cable.url)
    await owner_client.chat.send(old, "still here?")
    await member_client.reads("still here?")

    cable.is_out = True
    cable.cut()
    await owner_client.chat.send(old, "the last you read")
    await owner.rest.delete("conversations", old, "participants", member.id)
    await owner_client.chat.send(old, "not for you")
    new = await stage.group(owner, member, name="New")
    cable.is_out = False

    await member_client.hears("conversation.left", lambda it: it.conversation_id == old)
    await member_client.hears("conversation.joined", lambda it: it.conversation_id == new)
    assert member_client.contents(old) == ["still here?", "the last you read"]
    assert member_client.news(old)[-1] == "participant.removed"
    await owner_client.chat.send(new, "welcome")
    await member_client.reads("welcome")


async def test_only_admins_post_in_a_broadcast(stage: Stage, trio: list[Person]) -> None:
    owner, reader, _ = trio
    channel = await stage.group(owner, reader, kind="broadcast")
    owner_client, reader_client = await stage.connect_all(owner, reader)
    with pytest.raises(Refused) as refused:
        await reader_client.chat.send(channel, "me too")
    assert refused.value.code == "posting_right_missing"
    await owner_client.chat.send(channel, "news")
    await reader_client.reads("news")
