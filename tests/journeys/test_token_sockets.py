"""API tokens at the socket: what they may send, and that it closes when they end."""

from typing import Any

from accounts.auth.scopes import Scope
from tests.journeys.stage import Person, Stage

NOT_AUTHENTICATED, SIGNED_OUT = 4500, 4501


async def token_of(person: Person, *scopes: Scope, **fields: Any) -> dict[str, Any]:
    body = {"name": "script", "scopes": scopes, **fields}
    made: dict[str, Any] = await person.rest.post("users", "me", "tokens", body=body)
    return made


def bearer(token: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {token['token']}"}


async def test_a_token_hears_and_sends_as_its_scopes_say(stage: Stage) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    group = await stage.group(ann, bob)
    token = await token_of(ann, Scope.HISTORY_READ, Scope.REACTIONS_WRITE)
    async with stage.raw(**bearer(token)) as socket:
        assert group in (await socket.next_of("hello"))["heads"]
        send = {"type": "message.send", "conversationId": group, "content": "no"}
        assert (await socket.asks(send))["code"] == "scope_missing"
        await bob.rest.post("conversations", group, "messages", body={"content": "hello"})
        message = (await socket.next_of("message.created"))["message"]
        place = {"conversationId": group, "seq": message["seq"]}
        answer = await socket.asks({"type": "reaction.add", "emoji": "👍", **place})
        assert answer["type"] == "ack"
        assert (await socket.asks({"type": "message.delete", **place}))["code"] == "scope_missing"
        await ann.rest.delete("users", "me", "tokens", token["id"])
        assert await socket.close_code() == SIGNED_OUT


async def test_without_the_right_to_read_there_is_no_socket(stage: Stage) -> None:
    ann = await stage.person()
    token = await token_of(ann, Scope.MESSAGES_WRITE)
    async with stage.raw(**bearer(token)) as socket:
        assert (await socket.next())["code"] == "scope_missing"
        assert await socket.close_code() == NOT_AUTHENTICATED
    async with stage.raw() as socket:
        await socket.send({"type": "auth", "token": "chat_" + "x" * 43})
        assert (await socket.next())["code"] == "invalid_token"


async def test_a_token_for_one_conversation_has_the_socket_of_that_one(stage: Stage) -> None:
    ann = await stage.person()
    inside, outside = await stage.group(ann), await stage.group(ann)
    token = await token_of(ann, Scope.HISTORY_READ, Scope.MESSAGES_WRITE, conversationIds=[inside])
    for path in ("", f"/conversations/{outside}"):
        async with stage.raw(path=path, **bearer(token)) as socket:
            assert (await socket.next())["code"] == "conversation_not_in_token"
    async with stage.raw(path=f"/conversations/{inside}", **bearer(token)) as socket:
        await socket.next_of("hello")
        send = {"type": "message.send", "conversationId": inside, "content": "yes"}
        assert (await socket.asks(send))["type"] == "ack"
        refused = await socket.asks(send | {"conversationId": outside})
        assert refused["code"] == "conversation_not_in_token"
        sync = {"type": "sync", "conversations": {outside: 0}}
        assert (await socket.asks(sync))["code"] == "conversation_not_in_token"
