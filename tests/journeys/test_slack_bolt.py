"""A real app of slack_bolt on Socket Mode, unchanged, against the running server."""

import asyncio
from typing import Any

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from websockets.asyncio.client import connect

from accounts.auth.scopes import Scope
from tests.journeys.stage import Check, Person, Stage, holds

SECONDS = 20


async def make_bot(stage: Stage, owner: Person, *scopes: Scope) -> tuple[str, str]:
    """Its id and a token. Who has no conversation makes no bots."""
    await stage.group(owner)
    bot = await owner.rest.post("bots", body={"name": "Bolt"})
    body = {"name": "t", "scopes": scopes or list(Scope)}
    token = await owner.rest.post("bots", bot["id"], "tokens", body=body)
    return bot["id"], token["token"]


def start(token: str, base_url: str, heard: list[Any]) -> SocketModeHandler:
    """The app, as its author would write it for Slack."""
    client = WebClient(token, base_url=f"{base_url}/api/")
    app = App(client=client)

    @app.message("hello")
    def greet(message: dict[str, Any], say: Any) -> None:
        say(f"Hey <@{message['user']}>")

    @app.event("app_mention")
    def mention(event: dict[str, Any], say: Any) -> None:
        say(text="you called", thread_ts=event["ts"])

    @app.event("reaction_added")
    def reaction(event: dict[str, Any]) -> None:
        heard.append(event)

    @app.event("message")
    def other(event: dict[str, Any]) -> None:
        heard.append(event)

    @app.command("/deploy")
    def deploy(ack: Any, respond: Any, command: dict[str, Any]) -> None:
        ack(f"deploying {command['text']}")
        respond(text="*deployed*", response_type="in_channel")

    @app.command("/ask")
    def ask(ack: Any, say: Any) -> None:
        ack()
        answers = [button(name) for name in ("approve", "later", "withdraw")]
        say(blocks=[section("*Deploy?*"), {"type": "actions", "elements": answers}], text="Deploy?")

    @app.action("approve")
    def approve(ack: Any, body: dict[str, Any], client: WebClient, action: dict[str, Any]) -> None:
        ack()
        client.chat_update(
            channel=body["channel"]["id"],
            ts=body["message"]["ts"],
            text="approved",
            blocks=[
                body["message"]["blocks"][0],
                section(f"{action['value']}d by <@{body['user']['id']}>"),
                {"type": "actions", "elements": [button("withdraw")]},
            ],
        )

    @app.action("withdraw")
    def withdraw(ack: Any, respond: Any) -> None:
        ack()
        respond(text="withdrawn", replace_original=True)

    @app.action("later")
    def later(ack: Any, respond: Any) -> None:
        ack()
        respond("I shall ask again")

    handler = SocketModeHandler(app, app_token=token)
    handler.connect()
    return handler


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(name: str) -> dict[str, Any]:
    text = {"type": "plain_text", "text": name.title()}
    return {"type": "button", "action_id": name, "value": name, "text": text}


async def test_a_press_reaches_the_app_and_it_answers(stage: Stage) -> None:
    olga, mia = await stage.people("Olga", "Mia")
    bot_id, token = await make_bot(stage, olga)
    group = await stage.group(olga, mia)
    await olga.rest.post("conversations", group, "participants", body={"memberIds": [bot_id]})
    command = {"name": "ask", "botId": bot_id}
    await olga.rest.post("conversations", group, "commands", body=command)
    listener = await stage.connect(mia)
    handler = await asyncio.to_thread(start, token, stage.server.base_url, [])
    try:
        await mia.rest.post("conversations", group, "commands", "calls", body={"name": "ask"})
        asked = (await listener.reads("**Deploy?**")).data["message"]
        buttons = {each["label"]: each["id"] for each in asked["meta"]["buttons"]}
        assert list(buttons) == ["Approve", "Later", "Withdraw"]
        actions = ("conversations", group, "messages", str(asked["seq"]), "actions")

        await mia.rest.post(*actions, body={"buttonId": buttons["Later"]})
        note = await listener.hears("message.ephemeral")
        assert (note.data["content"], note.data["senderId"]) == ("I shall ask again", bot_id)

        await mia.rest.post(*actions, body={"buttonId": buttons["Approve"]})

        def says(content: str) -> Check:
            return lambda event: event.data["message"]["content"] == content

        text = f"**Deploy?**\napproved by <@{mia.id}>"
        updated = (await listener.hears("message.updated", says(text))).data["message"]
        (left,) = updated["meta"]["buttons"]
        assert left["label"] == "Withdraw"
        await mia.rest.post(*actions, body={"buttonId": left["id"]})

        withdrawn = await listener.hears("message.updated", says("withdrawn"))
        assert withdrawn.data["message"]["meta"] is None
    finally:
        await asyncio.to_thread(handler.close)


async def test_an_app_hears_answers_and_is_called(stage: Stage) -> None:
    olga, mia = await stage.people("Olga", "Mia")
    bot_id, token = await make_bot(stage, olga)
    group = await stage.group(olga, mia)
    await olga.rest.post("conversations", group, "participants", body={"memberIds": [bot_id]})
    command = {"name": "deploy", "botId": bot_id}
    await olga.rest.post("conversations", group, "commands", body=command)
    listener = await stage.connect(mia)
    heard: list[Any] = []
    handler = await asyncio.to_thread(start, token, stage.server.base_url, heard)
    try:
        messages = ("conversations", group, "messages")
        sent = await mia.rest.post(*messages, body={"content": "hello there"})
        await listener.reads(f"Hey <@{mia.id}>")
        await mia.rest.post(*messages, body={"content": f"<@{bot_id}> are you there?"})
        answer = (await listener.reads("you called")).data["message"]
        assert answer["threadSeq"]
        reactions = (*messages, str(sent["seq"]), "reactions")
        await mia.rest.post(*reactions, body={"emoji": "👍"})

        async def has_reaction() -> bool:
            return any(each["type"] == "reaction_added" for each in heard)

        await holds(has_reaction)
        (reaction,) = [each for each in heard if each["type"] == "reaction_added"]
        assert (reaction["user"], reaction["item"]["channel"]) == (mia.id, group)
        call = {"name": "deploy", "text": "now"}
        await mia.rest.post("conversations", group, "commands", "calls", body=call)
        note = await listener.hears("message.ephemeral")
        assert note.data["content"] == "deploying now"
        await listener.reads("**deployed**")
    finally:
        await asyncio.to_thread(handler.close)


async def test_without_a_ticket_there_is_no_socket(stage: Stage) -> None:
    olga = await stage.person("Olga")
    url = stage.server.ws_url.replace("/v1/ws", "/v1/slack/socket")
    for ticket in ("", "?ticket=x"):
        async with connect(url + ticket) as socket:
            assert "invalid_ticket" in await asyncio.wait_for(socket.recv(), SECONDS)
            await asyncio.wait_for(socket.wait_closed(), SECONDS)
            assert socket.close_code == 4500
    _, writer = await make_bot(stage, olga, Scope.MESSAGES_WRITE)
    client = WebClient(writer, base_url=f"{stage.server.base_url}/api/")
    with pytest.raises(Exception, match="missing_scope"):
        await asyncio.to_thread(client.apps_connections_open, app_token=writer)


async def test_a_revoked_token_closes_the_socket(stage: Stage) -> None:
    olga = await stage.person("Olga")
    bot_id, token = await make_bot(stage, olga)
    client = WebClient(token, base_url=f"{stage.server.base_url}/api/")
    opened = await asyncio.to_thread(client.apps_connections_open, app_token=token)
    async with connect(opened["url"]) as socket:
        assert '"hello"' in await asyncio.wait_for(socket.recv(), SECONDS)
        await socket.send("nonsense")
        await socket.send('{"envelope_id": "unknown", "payload": {"text": "x"}}')
        await olga.rest.delete("bots", bot_id)
        await asyncio.wait_for(socket.wait_closed(), SECONDS)
        assert socket.close_code == 4501
    async with connect(opened["url"]) as socket:
        assert "invalid_ticket" in await asyncio.wait_for(socket.recv(), SECONDS)
