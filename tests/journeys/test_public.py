"""A public conversation: found by its title, read from outside, joined, and closed by a ban."""

import pytest

from chatproject.client import Refused
from tests.journeys.cable import Cable
from tests.journeys.stage import Stage, history, texts


async def test_found_read_joined_and_shut(stage: Stage) -> None:
    owner, reader = await stage.people("Owner", "Reader")
    owner_client, reader_client = await stage.connect_all(owner, reader)
    square = await stage.group(owner, name="Bicycle repair", kind="public")
    private = await stage.group(owner, name="Bicycle theft")
    await owner_client.hears("conversation.joined", lambda it: it.conversation_id == square)
    await owner_client.chat.send(square, "ask anything")

    found = await reader.rest.get("conversations", kind="public", q="CYCLE rep")
    assert [(it["id"], it["joined"]) for it in found["results"]] == [(square, False)]
    assert texts(await history(reader, square)) == ["ask anything"]
    with pytest.raises(Refused) as refused:
        await history(reader, private)
    assert (refused.value.code, refused.value.status) == ("conversation_not_found", 404)

    await reader_client.chat.open(square)
    await owner_client.chat.send(square, "anybody there?")
    await reader_client.reads("anybody there?")
    with pytest.raises(Refused) as refused:
        await reader_client.chat.send(square, "me!")
    assert refused.value.code == "not_a_participant"

    joined = await reader.rest.post("conversations", square, "join")
    assert joined["role"] == "member"
    await reader_client.hears("conversation.joined", lambda it: it.conversation_id == square)
    await reader_client.chat.send(square, "me!")
    await owner_client.reads("me!")

    await owner.rest.post("conversations", square, "bans", body={"userId": reader.id})
    await reader_client.hears("conversation.left", lambda it: it.conversation_id == square)
    assert reader_client.news(square)[-1] == "participant.banned"
    await owner_client.chat.send(square, "gone?")
    await owner_client.reads("gone?")
    for attempt in (
        reader.rest.post("conversations", square, "join"),
        reader_client.chat.open(square),
        reader_client.chat.send(square, "let me back"),
    ):
        with pytest.raises(Refused):
            await attempt
    assert texts(await history(reader, square)) == ["ask anything", "anybody there?", "me!"]
    assert (await reader.rest.get("conversations", kind="public", q="cycle rep"))["results"] == []
    assert "gone?" not in reader_client.contents()

    await owner.rest.delete("conversations", square, "bans", reader.id)
    await reader.rest.post("conversations", square, "join")
    await owner_client.chat.send(square, "welcome back")
    await reader_client.reads("welcome back")
    assert "gone?" in texts(await history(reader, square))


async def test_a_ban_closes_it_to_who_only_reads(stage: Stage) -> None:
    owner, reader = await stage.people("Owner", "Reader")
    owner_client, reader_client = await stage.connect_all(owner, reader)
    square = await stage.group(owner, kind="public")
    await owner_client.hears("conversation.joined", lambda it: it.conversation_id == square)
    await reader_client.chat.open(square)
    await owner_client.chat.send(square, "for all")
    await reader_client.reads("for all")

    await owner.rest.post("conversations", square, "bans", body={"userId": reader.id})
    await reader_client.hears("conversation.left", lambda it: it.conversation_id == square)
    for attempt in (history(reader, square), reader_client.chat.open(square)):
        with pytest.raises(Refused) as refused:
            await attempt
        assert refused.value.code == "conversation_not_found"
    await owner_client.chat.send(square, "without you")
    await owner_client.reads("without you")
    assert reader_client.contents(square) == ["for all"]


async def test_an_opened_conversation_is_gone_on_with_after_a_loss(
    stage: Stage, cable: Cable
) -> None:
    owner, reader = await stage.people("Owner", "Reader")
    (owner_client,) = await stage.connect_all(owner)
    reader_client = await stage.connect(reader, url=cable.url)
    square = await stage.group(owner, kind="public")
    await owner_client.hears("conversation.joined", lambda it: it.conversation_id == square)
    await reader_client.chat.open(square)
    cable.cut()
    await owner_client.chat.send(square, "in the gap")
    await reader_client.reads("in the gap")
    await owner_client.chat.send(square, "live again")
    await reader_client.reads("live again")
    assert reader_client.contents(square) == ["in the gap", "live again"]
