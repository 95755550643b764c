"""A public conversation: found by its title, read from outside, joined, and closed by a ban."""

import pytest

from chatproject.client import Refused
from tests.journeys.cable import Cable
from tests.journeys.stage import Stage, history, texts


async def test_found_read_joined_and_shut(stage: Stage) -> None:
    owner, reader = await stage.people("Owner", "Reader")
    owner_hears, reader_hears = await stage.connect_all(owner, reader)
    square = await stage.group(owner, name="Bicycle repair", kind="public")
    private = await stage.group(owner, name="Bicycle theft")
    await owner_hears.hears("conversation.joined", lambda it: it.conversation_id == square)
    await owner_hears.chat.send(square, "ask anything")

    found = await reader.rest.get("conversations", kind="public", q="CYCLE rep")
    assert [(it["id"], it["joined"]) for it in found["results"]] == [(square, False)]
    assert texts(await history(reader, square)) == ["ask anything"]
    with pytest.raises(Refused) as refused:
        await history(reader, private)
    assert (refused.value.code, refused.value.status) == ("conversation_not_found", 404)

    await reader_hears.chat.open(square)
    await owner_hears.chat.send(square, "anybody there?")
    await reader_hears.reads("anybody there?")
    with pytest.raises(Refused) as refused:
        await reader_hears.chat.send(square, "me!")
    assert refused.value.code == "not_a_participant"

    joined = await reader.rest.post("conversations", square, "join")
    assert joined["role"] == "member"
    await reader_hears.hears("conversation.joined", lambda it: it.conversation_id == square)
    await reader_hears.chat.send(square, "me!")
    await owner_hears.reads("me!")

    await owner.rest.post("conversations", square, "bans", body={"userId": reader.id})
    await reader_hears.hears("conversation.left", lambda it: it.conversation_id == square)
    assert reader_hears.news(square)[-1] == "participant.banned"
    await owner_hears.chat.send(square, "gone?")
    await owner_hears.reads("gone?")
    for attempt in (
        reader.rest.post("conversations", square, "join"),
        reader_hears.chat.open(square),
        reader_hears.chat.send(square, "let me back"),
    ):
        with pytest.raises(Refused):
            await attempt
    assert texts(await history(reader, square)) == ["ask anything", "anybody there?", "me!"]
    assert (await reader.rest.get("conversations", kind="public", q="cycle rep"))["results"] == []
    assert "gone?" not in reader_hears.contents()

    await owner.rest.delete("conversations", square, "bans", reader.id)
    await reader.rest.post("conversations", square, "join")
    await owner_hears.chat.send(square, "welcome back")
    await reader_hears.reads("welcome back")
    assert "gone?" in texts(await history(reader, square))


async def test_a_ban_closes_it_to_who_only_reads(stage: Stage) -> None:
    owner, reader = await stage.people("Owner", "Reader")
    owner_hears, reader_hears = await stage.connect_all(owner, reader)
    square = await stage.group(owner, kind="public")
    await owner_hears.hears("conversation.joined", lambda it: it.conversation_id == square)
    await reader_hears.chat.open(square)
    await owner_hears.chat.send(square, "for all")
    await reader_hears.reads("for all")

    await owner.rest.post("conversations", square, "bans", body={"userId": reader.id})
    await reader_hears.hears("conversation.left", lambda it: it.conversation_id == square)
    for attempt in (history(reader, square), reader_hears.chat.open(square)):
        with pytest.raises(Refused) as refused:
            await attempt
        assert refused.value.code == "conversation_not_found"
    await owner_hears.chat.send(square, "without you")
    await owner_hears.reads("without you")
    assert reader_hears.contents(square) == ["for all"]


async def test_an_opened_conversation_is_gone_on_with_after_a_loss(
    stage: Stage, cable: Cable
) -> None:
    owner, reader = await stage.people("Owner", "Reader")
    (owner_hears,) = await stage.connect_all(owner)
    reader_hears = await stage.connect(reader, url=cable.url)
    square = await stage.group(owner, kind="public")
    await owner_hears.hears("conversation.joined", lambda it: it.conversation_id == square)
    await reader_hears.chat.open(square)
    cable.cut()
    await owner_hears.chat.send(square, "in the gap")
    await reader_hears.reads("in the gap")
    await owner_hears.chat.send(square, "live again")
    await reader_hears.reads("live again")
    assert reader_hears.contents(square) == ["in the gap", "live again"]
