"""What the client library does by REST, method by method, against the running server."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chatproject.client import ChatClient, Refused
from tests.journeys.stage import Person, RecordingClient, Stage, holds


async def two(stage: Stage) -> tuple[Person, ChatClient, ChatClient, str]:
    """Mia, the clients of Olga, who owns the group, and of Mia, and the group."""
    olga, mia = await stage.people("Olga", "Mia")
    group = await stage.group(olga, mia, name="Garden")
    clients: list[RecordingClient] = await stage.connect_all(olga, mia)
    return mia, clients[0].chat, clients[1].chat, group


async def every(results: Any) -> list[Any]:
    return [each async for each in results]


async def test_messages_pins_versions_and_threads(stage: Stage) -> None:
    _, olga, mia, group = await two(stage)
    seq = (await olga.send(group, "first"))["seq"]
    await olga.edit(group, seq, "second")
    assert (await mia.message(group, seq))["content"] == "second"
    versions = await olga.revisions(group, seq)
    assert [each["content"] for each in versions] == ["first", "second"]
    assert (await olga.pin(group, seq))["pinnedAt"]
    assert [each["seq"] for each in await every(mia.pins(group))] == [seq]
    assert (await olga.unpin(group, seq))["pinnedAt"] is None
    reply = await mia.send(group, "a reply", thread=seq)
    page = await olga.thread(group, seq)
    assert [each["seq"] for each in page["results"]] == [reply["seq"]]
    assert [each["seq"] for each in await every(mia.threads())] == [seq]
    await olga.unfollow_thread(group, seq)
    await olga.follow_thread(group, seq)
    assert len(await every(olga.threads(unread=True))) <= 1


async def test_polls(stage: Stage) -> None:
    _, olga, mia, group = await two(stage)
    ends = datetime.now(UTC) + timedelta(days=1)
    asked = await olga.ask_poll(
        group, "Where to?", ["North", "South"], several=True, closes_at=ends
    )
    voted = await mia.vote(group, asked["seq"], [0, 1])
    assert [each["count"] for each in voted["poll"]["choices"]] == [1, 1]
    assert (await mia.vote(group, asked["seq"], []))["poll"]["voterCount"] == 0
    assert (await olga.close_poll(group, asked["seq"]))["poll"]["closedAt"]
    with pytest.raises(Refused) as refused:
        await mia.vote(group, asked["seq"], [0])
    assert refused.value.code == "poll_closed"
    with pytest.raises(ValueError, match="time zone"):
        await olga.ask_poll(group, "When?", ["a", "b"], closes_at=datetime(2030, 1, 1))  # noqa: DTZ001


async def test_drafts(stage: Stage) -> None:
    _, olga, _, group = await two(stage)
    seq = (await olga.send(group, "a root"))["seq"]
    assert (await olga.save_draft(group, "I was going to"))["content"] == "I was going to"
    await olga.save_draft(group, "in the thread", thread=seq)
    assert {each["threadSeq"] for each in await olga.drafts()} == {None, seq}
    await olga.delete_draft(group, thread=seq)
    assert await olga.draft(group, thread=seq) is None
    assert (await olga.draft(group) or {})["content"] == "I was going to"
    await olga.delete_draft(group)
    assert await olga.drafts() == []


async def test_later(stage: Stage) -> None:
    _, olga, mia, group = await two(stage)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    root = (await olga.send(group, "a root"))["seq"]
    first = await olga.schedule(group, "later", at=tomorrow, thread=root)
    second = await olga.schedule(group, "never", at=tomorrow)
    moved = await olga.reschedule(group, first["id"], content="now", at=tomorrow)
    assert moved["content"] == "now"
    await olga.unschedule(group, second["id"])
    assert [each["id"] for each in await every(olga.scheduled())] == [first["id"]]
    sent = await olga.send_scheduled(group, first["id"])
    assert (sent["content"], sent["threadSeq"]) == ("now", root)

    kept = await mia.save(group, root, remind_at=tomorrow)
    assert [each["id"] for each in await every(mia.saved())] == [kept["id"]]
    await mia.mark_done(kept["id"])
    assert [each["id"] for each in await every(mia.saved("done"))] == [kept["id"]]
    await mia.mark_done(kept["id"], done=False)
    await mia.unsave(kept["id"])
    assert await every(mia.saved()) == []


async def test_forwarding_and_search(stage: Stage) -> None:
    _, olga, _, group = await two(stage)
    other = await olga.create_conversation("Kitchen")
    seq = (await olga.send(group, "ripe tomatoes"))["seq"]
    (sent,) = await olga.forward(group, seq, [other["id"]])
    assert sent["message"]["meta"] == {"forwarded": True}

    async def are_found() -> bool:
        hits = await every(olga.search("tomatoes"))
        return {each["conversation"]["id"] for each in hits} == {group, other["id"]}

    await holds(are_found)
    titles = await every(olga.search("kitch", kind="conversations"))
    assert [each["conversation"]["id"] for each in titles] == [other["id"]]


async def test_people(stage: Stage) -> None:
    mia, olga, _, group = await two(stage)
    assert (await olga.change_profile(about="I garden"))["about"] == "I garden"
    assert (await olga.me())["about"] == "I garden"
    told = await olga.set_status_text("away", emoji="🌴")
    assert (told["status"]["text"], told["status"]["emoji"]) == ("away", "🌴")
    assert (await olga.set_status_text())["status"] is None
    card = await olga.profile(mia.id)
    assert card["person"]["name"] == "Mia"
    assert [each["id"] for each in card["inCommon"]["conversations"]] == [group]
    assert mia.id in [each["id"] for each in await every(olga.find_people("Mia"))]


async def test_programs(stage: Stage) -> None:
    _, olga, mia, group = await two(stage)
    bot = await olga.create_bot("Robo", about="helps")
    assert [each["id"] for each in await olga.bots()] == [bot["id"]]
    token = await olga.create_bot_token(
        bot["id"], "t", ["messages:write"], conversation_ids=[group]
    )
    assert token["token"].startswith("chat_")
    await olga.revoke_bot_token(bot["id"], token["id"])
    own = await olga.create_token(
        "script", ["history:read"], expires_at=datetime.now(UTC) + timedelta(days=1)
    )
    assert [each["id"] for each in await olga.tokens()] == [own["id"]]
    await olga.revoke_token(own["id"])

    hook = await olga.create_webhook(group, "CI")
    assert "/hooks/" in hook["url"]
    assert [each["id"] for each in await olga.webhooks(group)] == [hook["id"]]
    await olga.end_webhook(group, hook["id"])
    out = await olga.create_outgoing_webhook(group, "CI", "https://ci.example/", words=["deploy"])
    assert out["secret"]
    assert [each["id"] for each in await olga.outgoing_webhooks(group)] == [out["id"]]
    await olga.end_outgoing_webhook(group, out["id"])

    await olga.rest.post("conversations", group, "participants", body={"memberIds": [bot["id"]]})
    command = await olga.create_command(group, "deploy", bot_id=bot["id"], description="Deploys")
    assert [each["name"] for each in await mia.commands(group)] == ["deploy"]
    await mia.call_command(group, "deploy", "now")
    with pytest.raises(Refused) as refused:
        await mia.end_command(group, command["id"])
    assert refused.value.status == 403
    await olga.end_command(group, command["id"])
    await olga.close_bot(bot["id"])
    assert await olga.bots() == []
