"""The frames of a real server are as docs/asyncapi.yaml says, each kind of them seen."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from websockets.sync.client import connect

from tests.asyncapi import faults_of, messages_of
from tests.servers import ServerProcess

PASSWORD = "correct horse battery staple"
PATIENCE = 20.0  # seconds until a frame that does not come is missed

# Only told of very many people; `tests/messaging/membership` hears it from the bus.
TOLD_OF_CROWDS = {"participants.changed"}


class Person:
    """Somebody with a REST client and a socket, whose every frame is held against the document."""

    def __init__(self, server: ServerProcess, id: str, token: str) -> None:
        self.id, self.token = id, token
        headers = {"Authorization": f"Bearer {token}"}
        self.rest = httpx.Client(
            base_url=f"{server.base_url}/v1", timeout=PATIENCE, headers=headers
        )
        self.seen: list[dict[str, Any]] = []
        self.asked: set[str] = set()
        self._url = server.ws_url

    def ask(self, method: str, path: str, **body: Any) -> Any:
        answer = self.rest.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    @contextmanager
    def connected(self, *, by_frame: bool = False) -> Iterator[None]:
        headers = {} if by_frame else {"Authorization": f"Bearer {self.token}"}
        with connect(self._url, additional_headers=headers) as self.socket:
            if by_frame:
                self.send({"type": "auth", "token": self.token})
            self.wait_for("hello")
            yield

    def send(self, frame: dict[str, Any]) -> None:
        assert faults_of("ask", frame) == []
        self.asked.add(frame["type"])
        self.socket.send(json.dumps(frame))

    def call(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Sends the frame and waits for its answer."""
        ref = f"{kind} {len(self.seen)}"
        self.send({"type": kind, "ref": ref, **fields})
        return self.wait_for(lambda frame: frame.get("ref") == ref)

    def wait_for(self, wanted: str | Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next frame that is of this type, or of which `wanted` holds."""
        fits = (lambda frame: frame["type"] == wanted) if isinstance(wanted, str) else wanted
        deadline = time.monotonic() + PATIENCE
        while True:
            frame = json.loads(self.socket.recv(timeout=deadline - time.monotonic()))
            assert faults_of("tell", frame) == []
            self.seen.append(frame)
            if fits(frame):
                return frame

    @property
    def event_types(self) -> set[str]:
        return {frame["type"] for frame in self.seen}


def registered(server: ServerProcess, name: str) -> Person:
    login = {"email": f"{name.lower()}@example.org", "password": PASSWORD}
    with httpx.Client(base_url=f"{server.base_url}/v1/users", timeout=PATIENCE) as visitor:
        person = visitor.post("/register", json={"name": name, **login}).raise_for_status()
        token = visitor.post("/login", json=login).raise_for_status().json()["access"]
    return Person(server, person.json()["id"], token)


def bot_of(owner: Person, server: ServerProcess) -> Person:
    bot = owner.ask("post", "/bots", name="Robo")
    scopes = ["messages:write", "history:read"]
    token = owner.ask("post", f"/bots/{bot['id']}/tokens", name="t", scopes=scopes)["token"]
    return Person(server, bot["id"], token)


def test_every_frame_is_as_documented(server: ServerProcess) -> None:
    ann, bob, eve = (registered(server, name) for name in ("Ann", "Bob", "Eve"))
    group = ann.ask("post", "/conversations", name="Talk", isGroup=True, memberIds=[bob.id])["id"]
    robo = bot_of(ann, server)

    with ann.connected(), bob.connected(by_frame=True), eve.connected():
        _talk(ann, bob, group)
        _reply(ann, bob, group)
        _prepare(ann, group)
        _whisper(ann, bob, group)
        _vote(ann, bob, group)
        _command(ann, robo, group)
        _attend(ann, bob, group)
        _come_and_go(ann, bob, eve, group)
        _look_in(ann, eve)

    assert ann.asked | bob.asked | eve.asked == set(messages_of("ask"))
    assert (
        ann.event_types | bob.event_types | eve.event_types | robo.event_types
        == set(messages_of("tell")) - TOLD_OF_CROWDS
    )


def _talk(ann: Person, bob: Person, group: str) -> None:
    """Everything that is done with messages."""
    ack = ann.call(
        "message.send",
        conversationId=group,
        clientId="01900000-0000-7000-8000-00000000000a",
        content="hello",
    )
    place = {"conversationId": group, "seq": ack["message"]["seq"]}
    assert bob.wait_for("message.created")["message"] == ack["message"]
    assert bob.call("receipt.delivered", **place)["lastDeliveredSeq"] == place["seq"]
    assert bob.call("receipt.read", **place)["lastReadSeq"] == place["seq"]
    assert ann.wait_for("receipt.advanced")["userId"] == bob.id
    bob.call("reaction.add", **place, emoji="👍")
    assert ann.wait_for("message.updated")["message"]["reactions"][0]["count"] == 1
    bob.call("reaction.remove", **place, emoji="👍")
    assert ann.call("message.edit", **place, content="hello all")["message"]["editedAt"]
    news = bob.call("sync", conversations={group: 0})["conversations"][group]
    assert news["results"][-1]["content"] == "hello all"
    assert bob.call("sync", conversations={})["joined"] == [group]
    assert ann.call("message.delete", **place)["message"]["content"] == ""
    bob.wait_for("message.deleted")
    refused = bob.call("message.edit", **place, content="mine")
    assert (refused["type"], refused["code"]) == ("error", "message_deleted")
    assert ann.call("ping")["type"] == "pong"


def _reply(ann: Person, bob: Person, group: str) -> None:
    """Replies that stay in a thread."""
    root = ann.call("message.send", conversationId=group, content="a root")["message"]["seq"]
    reply = bob.call("message.send", conversationId=group, content="a reply", threadSeq=root)
    assert ann.wait_for("thread.updated")["thread"]["replyCount"] == 1
    place = {"conversationId": group, "threadSeq": root, "seq": reply["message"]["seq"]}
    assert bob.call("thread.read", **place)["thread"]["unread"] == 0


def _prepare(ann: Person, group: str) -> None:
    """What she keeps for later is told to her own devices."""
    seq = ann.call("message.send", conversationId=group, content="to be kept")["message"]["seq"]
    ann.ask("put", f"/conversations/{group}/draft", content="I was going to")
    assert ann.wait_for("draft.changed")["draft"]["content"] == "I was going to"
    ann.ask("post", "/saved", conversationId=group, seq=seq)
    ann.wait_for("saved.changed")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    ann.ask("post", f"/conversations/{group}/scheduled", content="later", sendAt=tomorrow)
    ann.wait_for("scheduled.changed")


def _whisper(ann: Person, bob: Person, group: str) -> None:
    """As a program does, by Slack's Web API."""
    scopes = ["messages:write"]
    token = ann.ask("post", "/users/me/tokens", name="robo", scopes=scopes)["token"]
    given = {"channel": group, "user": bob.id, "text": "psst"}
    headers = {"Authorization": f"Bearer {token}"}
    address = str(ann.rest.base_url).replace("/v1/", "/api/chat.postEphemeral")
    answer = httpx.post(address, json=given, headers=headers)
    assert answer.json()["ok"] is True, answer.text
    bob.wait_for("message.ephemeral")


def _vote(ann: Person, bob: Person, group: str) -> None:
    poll = {"question": "Where to?", "choices": ["North", "South"]}
    seq = ann.ask("post", f"/conversations/{group}/polls", **poll)["seq"]
    bob.ask("put", f"/conversations/{group}/messages/{seq}/vote", choices=[1])
    assert bob.wait_for("poll.voted")["choices"] == [1]
    ann.wait_for("message.updated")


def _command(ann: Person, bot: Person, group: str) -> None:
    """As an app on Socket Mode is told of it."""
    ann.ask("post", f"/conversations/{group}/participants", memberIds=[bot.id])
    ann.ask("post", f"/conversations/{group}/commands", name="deploy", botId=bot.id)
    with bot.connected():
        ann.ask("post", f"/conversations/{group}/commands/calls", name="deploy", text="now")
        assert bot.wait_for("command.called")["form"]["text"] == "now"
        _press(ann, bot, group)


def _press(ann: Person, bot: Person, group: str) -> None:
    """A button of a message that the bot has sent by Slack's Web API."""
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    blocks = [{"type": "actions", "elements": [button]}]
    given = {"channel": group, "text": "Shall I?", "blocks": blocks}
    headers = {"Authorization": f"Bearer {bot.token}"}
    address = str(ann.rest.base_url).replace("/v1/", "/api/chat.postMessage")
    assert httpx.post(address, json=given, headers=headers).json()["ok"] is True
    sent = ann.wait_for(lambda frame: frame.get("message", {}).get("content") == "Shall I?")
    (shown,) = sent["message"]["meta"]["buttons"]
    path = f"/conversations/{group}/messages/{sent['message']['seq']}/actions"
    ann.ask("post", path, buttonId=shown["id"])
    assert bot.wait_for("button.pressed")["actionId"] == "go"


def _attend(ann: Person, bob: Person, group: str) -> None:
    """Everything that is told and never stored."""
    assert bob.call("presence.set", status="online")["status"] == "online"
    (seen,) = ann.call("presence.watch", userIds=[bob.id])["people"]
    assert seen["userId"] == bob.id
    bob.call("presence.set", status="away")
    away = {"userId": bob.id, "status": "away", "lastSeenAt": None}
    assert ann.wait_for(lambda frame: away in frame.get("people", []))["type"] == "presence.changed"
    ann.call("conversation.open", conversationId=group)
    assert bob.call("typing.start", conversationId=group)["conversationId"] == group
    assert ann.wait_for("typing.started")["userId"] == bob.id
    assert ann.call("conversation.close", conversationId=group)["conversationId"] == group


def _come_and_go(ann: Person, bob: Person, eve: Person, group: str) -> None:
    """Everything that is done with people and with the conversation."""
    seq = ann.call("message.send", conversationId=group, content="before Eve")["message"]["seq"]
    ann.ask("post", f"/conversations/{group}/participants", memberIds=[eve.id])
    eve.wait_for("conversation.joined")
    bob.wait_for("participant.joined")
    ann.call("message.edit", conversationId=group, seq=seq, content="unseen by Eve")
    eve.wait_for("conversation.rev")
    ann.ask("patch", f"/conversations/{group}/participants/{bob.id}", role="admin")
    eve.wait_for("participant.updated")
    ann.ask("patch", f"/conversations/{group}", name="Talks")
    eve.wait_for("conversation.updated")
    bob.ask("post", f"/conversations/{group}/mute")
    bob.wait_for("state.changed")
    ann.ask("delete", f"/conversations/{group}/participants/{eve.id}")
    assert eve.wait_for("conversation.left")["conversationId"] == group
    bob.wait_for("participant.left")


def _look_in(ann: Person, eve: Person) -> None:
    """A public conversation, heard by somebody who is not in it."""
    square = ann.ask("post", "/conversations", name="Square", kind="public", memberIds=[])["id"]
    assert eve.call("conversation.open", conversationId=square)["conversationId"] == square
    ann.wait_for("conversation.joined")
    ann.call("message.send", conversationId=square, content="hear, hear")
    assert eve.wait_for("message.created")["conversationId"] == square
