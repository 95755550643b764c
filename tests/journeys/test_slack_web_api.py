"""Slack's Web API with Slack's own client, unchanged, against the running server."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from accounts.auth.scopes import Scope
from tests.journeys.stage import Person, Stage, history, holds

ALL = list(Scope)


class Bot:
    """A bot of somebody, and the client by which it works."""

    def __init__(self, bot_id: str, token: str, base_url: str) -> None:
        self.id = bot_id
        self.client = WebClient(token, base_url=f"{base_url}/api/")

    async def does(self, call: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
        answer = await asyncio.to_thread(call, **arguments)
        assert answer["ok"] is True
        data: dict[str, Any] = answer.data
        return data

    async def is_refused(self, code: str, call: Callable[..., Any], **arguments: Any) -> None:
        with pytest.raises(SlackApiError) as refused:
            await asyncio.to_thread(call, **arguments)
        assert refused.value.response["error"] == code


async def bot_of(stage: Stage, owner: Person, *scopes: Scope, **fields: Any) -> Bot:
    bot = await owner.rest.post("bots", body={"name": "Robo"})
    body = {"name": "t", "scopes": scopes or ALL, **fields}
    token = await owner.rest.post("bots", bot["id"], "tokens", body=body)
    return Bot(bot["id"], token["token"], stage.server.base_url)


async def with_bot(stage: Stage) -> tuple[Person, Person, str, Bot]:
    """An owner, a member, their group, and the owner's bot in it."""
    olga, mia = await stage.people("Olga", "Mia")
    group = await stage.group(olga, mia, name="ops")
    bot = await bot_of(stage, olga)
    added = {"memberIds": [bot.id]}
    await olga.rest.post("conversations", group, "participants", body=added)
    return olga, mia, group, bot


async def test_a_message_lives(stage: Stage) -> None:
    _, mia, group, bot = await with_bot(stage)
    slack = bot.client
    me = await bot.does(slack.auth_test)
    assert (me["user_id"], me["bot_id"]) == (bot.id, bot.id)

    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": f"*hi* <@{mia.id}>"}}]
    sent = await bot.does(
        slack.chat_postMessage, channel=group, text="hi", blocks=blocks, username="Night shift"
    )
    assert sent["message"]["text"] == f"*hi* <@{mia.id}>"
    (seen,) = [each for each in await history(mia, group) if each["senderId"] == bot.id]
    assert seen["content"] == f"**hi** <@{mia.id}>"
    assert seen["meta"] == {"author": {"name": "Night shift"}}

    place = {"channel": group, "ts": sent["ts"]}
    assert (await bot.does(slack.chat_update, **place, text="<https://a.example|b>"))["text"]
    link = await bot.does(slack.chat_getPermalink, channel=group, message_ts=sent["ts"])
    assert link["permalink"].endswith(f"/c/{group}/{seen['seq']}")
    reply = await bot.does(
        slack.chat_postMessage, channel="#ops", text="in a thread", thread_ts=sent["ts"]
    )
    thread = await bot.does(slack.conversations_replies, **place)
    assert [each["ts"] for each in thread["messages"]] == [sent["ts"], reply["ts"]]
    assert {each["thread_ts"] for each in thread["messages"]} == {sent["ts"]}

    await bot.does(slack.chat_delete, **place)
    await bot.is_refused("message_not_found", slack.chat_delete, **place)
    await bot.is_refused("no_text", slack.chat_postMessage, channel=group, text=" ")
    await bot.is_refused("thread_not_found", slack.conversations_replies, channel=group, ts="1.5")


async def test_reading_by_pages(stage: Stage) -> None:
    _, mia, group, bot = await with_bot(stage)
    for number in range(7):
        await mia.rest.post("conversations", group, "messages", body={"content": f"m{number}"})
    pages = await asyncio.to_thread(
        lambda: [p.data for p in bot.client.conversations_history(channel=group, limit=3)]
    )
    texts = [each["text"] for page in pages for each in page["messages"]]
    assert texts[:7] == [f"m{number}" for number in reversed(range(7))]
    assert all(len(page["messages"]) <= 3 for page in pages)
    stamps = [each["ts"] for page in pages for each in page["messages"]]
    assert len(set(stamps)) == len(stamps)
    assert stamps == sorted(stamps, key=float, reverse=True)

    some = await bot.does(
        bot.client.conversations_history, channel=group, oldest=stamps[4], latest=stamps[1]
    )
    assert [each["ts"] for each in some["messages"]] == stamps[2:4]
    both = await bot.does(
        bot.client.conversations_history,
        channel=group,
        oldest=stamps[4],
        latest=stamps[1],
        inclusive=True,
    )
    assert [each["ts"] for each in both["messages"]] == stamps[1:5]


async def test_conversations(stage: Stage) -> None:
    olga, mia, group, bot = await with_bot(stage)
    slack = bot.client
    made = await bot.does(slack.conversations_create, name="lobby")
    lobby = made["channel"]["id"]
    listed = await bot.does(
        slack.conversations_list, types="public_channel,private_channel,im", limit=200
    )
    names = {each["id"]: each for each in listed["channels"]}
    assert (names[group]["is_private"], names[group]["is_member"]) == (True, True)
    assert names[lobby]["is_channel"]
    found = await bot.does(slack.conversations_info, channel=lobby)
    assert found["channel"]["num_members"] == 1

    invited = await bot.does(slack.conversations_invite, channel=lobby, users=[mia.id, olga.id])
    assert invited["channel"]["num_members"] == 3
    await bot.is_refused(
        "already_in_channel", slack.conversations_invite, channel=lobby, users=mia.id
    )
    members = await bot.does(slack.conversations_members, channel=lobby, limit=2)
    rest = await bot.does(
        slack.conversations_members,
        channel=lobby,
        cursor=members["response_metadata"]["next_cursor"],
    )
    assert {*members["members"], *rest["members"]} == {mia.id, olga.id, bot.id}
    topic = await bot.does(slack.conversations_setTopic, channel=lobby, topic="all sorts")
    assert topic["channel"]["topic"]["value"] == "all sorts"
    await bot.does(slack.conversations_leave, channel=lobby)
    await bot.does(slack.conversations_join, channel=lobby)
    opened = await bot.does(slack.conversations_open, users=[mia.id], return_im=True)
    assert opened["channel"]["user"] == mia.id
    direct = await bot.does(slack.chat_postMessage, channel=mia.id, text="psst")
    assert direct["channel"] == opened["channel"]["id"]
    await bot.is_refused("not_authorized", slack.conversations_setTopic, channel=group, topic="x")
    await bot.is_refused("invalid_cursor", slack.conversations_members, channel=group, cursor="x")


async def test_people_reactions_pins_files_and_search(stage: Stage) -> None:
    olga, mia, group, bot = await with_bot(stage)
    slack = bot.client
    listed = await asyncio.to_thread(
        lambda: [user for page in slack.users_list(limit=50) for user in page["members"]]
    )
    assert {olga.id, mia.id, bot.id} <= {user["id"] for user in listed}
    info = await bot.does(slack.users_info, user=bot.id)
    assert info["user"]["is_bot"]
    by_email = await bot.does(slack.users_lookupByEmail, email=mia.email)
    assert by_email["user"]["id"] == mia.id
    await bot.is_refused("users_not_found", slack.users_lookupByEmail, email="no@example.org")
    await bot.is_refused("user_not_found", slack.users_info, user="U123")

    sent = await bot.does(slack.chat_postMessage, channel=group, text="the quarterly figures")
    target = {"channel": group, "timestamp": sent["ts"]}
    await bot.does(slack.reactions_add, **target, name="thumbsup")
    await bot.is_refused("already_reacted", slack.reactions_add, **target, name="thumbsup")
    got = await bot.does(slack.reactions_get, **target)
    (reaction,) = got["message"]["reactions"]
    assert (reaction["users"], reaction["count"]) == ([bot.id], 1)
    await bot.does(slack.reactions_remove, **target, name=reaction["name"])
    await bot.is_refused("no_reaction", slack.reactions_remove, **target, name="thumbsup")
    await bot.is_refused("invalid_name", slack.reactions_add, **target, name="Not An Emoji")

    await bot.does(slack.pins_add, **target)
    await bot.is_refused("already_pinned", slack.pins_add, **target)
    pins = await bot.does(slack.pins_list, channel=group)
    assert [each["message"]["ts"] for each in pins["items"]] == [sent["ts"]]
    await bot.does(slack.pins_remove, **target)
    await bot.is_refused("no_pin", slack.pins_remove, **target)

    # The address leads to PUBLIC_URL, which is the server's own here.
    uploaded = await bot.does(
        slack.files_upload_v2,
        channel=group,
        filename="plan.txt",
        content="a plan",
        initial_comment="read *this*",
    )
    (last,) = (await mia.rest.get("conversations", group, "messages", limit=1))["results"]
    assert last["content"] == "read **this**"
    assert [each["id"] for each in last["attachments"]] == [uploaded["files"][0]["id"]]
    assert last["attachments"][0]["name"] == "plan.txt"

    async def finds() -> bool:
        found = await bot.does(slack.search_messages, query="quarterly")
        return [each["ts"] for each in found["messages"]["matches"]] == [sent["ts"]]

    await holds(finds, "it is not found")


async def test_who_may_what(stage: Stage) -> None:
    olga, mia, group, bot = await with_bot(stage)
    outsider = await bot_of(stage, olga)
    for call, arguments in (
        (outsider.client.conversations_history, {"channel": group}),
        (outsider.client.chat_postMessage, {"channel": group, "text": "x"}),
        (outsider.client.conversations_info, {"channel": group}),
        (outsider.client.conversations_members, {"channel": group}),
        (outsider.client.pins_list, {"channel": group}),
    ):
        await outsider.is_refused("channel_not_found", call, **arguments)
    await outsider.is_refused(
        "channel_not_found", outsider.client.chat_postMessage, channel="#ops", text="x"
    )

    reader = await bot_of(stage, olga, Scope.HISTORY_READ)
    await reader.is_refused(
        "missing_scope", reader.client.chat_postMessage, channel=group, text="x"
    )
    other = await stage.group(olga)
    limited = await bot_of(stage, olga, conversationIds=[other])
    await limited.is_refused(
        "channel_not_found", limited.client.conversations_history, channel=group
    )
    await limited.is_refused("channel_not_found", limited.client.users_list)

    nobody = Bot("", "", stage.server.base_url)
    await nobody.is_refused("not_authed", nobody.client.auth_test)
    wrong = Bot("", "xoxb-1", stage.server.base_url)
    await wrong.is_refused("invalid_auth", wrong.client.auth_test)
    await bot.is_refused("unknown_method", bot.client.admin_users_list, team_id="x")
    person = Bot(mia.id, await mia.token(), stage.server.base_url)
    sent = await person.does(
        person.client.chat_postMessage, channel=group, text="x", username="Boss"
    )
    assert "username" not in sent["message"]

    await olga.rest.delete("bots", bot.id)
    await bot.is_refused("invalid_auth", bot.client.auth_test)


async def test_what_only_one_person_sees(stage: Stage) -> None:
    olga, mia, group, bot = await with_bot(stage)
    hers, his = await stage.connect_all(mia, olga)
    await bot.does(bot.client.chat_postEphemeral, channel=group, user=mia.id, text="*psst*")
    event = await hers.hears("message.ephemeral")
    assert (event.data["content"], event.data["senderId"]) == ("**psst**", bot.id)
    await bot.does(bot.client.chat_postMessage, channel=group, text="aloud")
    await his.reads("aloud")
    assert "message.ephemeral" not in his.names
    assert all("psst" not in each["content"] for each in await history(mia, group))
    stranger = await stage.person()
    await bot.is_refused(
        "user_not_in_channel",
        bot.client.chat_postEphemeral,
        channel=group,
        user=stranger.id,
        text="x",
    )
