"""Whatever three people do over REST and the socket, in any order: both tell the same.

The machine knows by a few lines of its own what has to come of each step. After each, everybody
who is in the group has by their socket what REST answers, and who is not in it has heard nothing.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any, ClassVar
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine
from websockets.sync.client import ClientConnection, connect

from tests.journeys.stage import PASSWORD, PATIENCE
from tests.servers import ServerProcess

EXAMPLES, STEPS = 6, 10
EMOJIS = ("👍", "🎉")
NAMES = ("owner", "member", "outsider")
REFUSED = {"not_a_participant", "conversation_not_found"}

who = st.sampled_from(NAMES)
ways = st.sampled_from(("rest", "socket"))
texts = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z", "M")), min_size=1)


class Somebody:
    """A person with a socket, and the messages as its events have told them."""

    def __init__(self, server: ServerProcess, name: str) -> None:
        self.http = httpx.Client(base_url=f"{server.base_url}/v1", timeout=PATIENCE)
        login = {"email": f"{name}{uuid4().hex}@example.org", "password": PASSWORD}
        self.id = self.http.post("/users/register", json={"name": name, **login}).json()["id"]
        token = self.http.post("/users/login", json=login).json()["access"]
        self.http.headers["Authorization"] = f"Bearer {token}"
        headers = {"Authorization": f"Bearer {token}"}
        # Its own pings would come from a thread, which nobody looks after between two steps.
        opening = connect(server.ws_url, additional_headers=headers, ping_interval=None)
        self.closing = ExitStack()
        self.socket: ClientConnection = self.closing.enter_context(opening)
        self.told: dict[tuple[str, int], Mapping[str, Any]] = {}
        self._next("hello")

    def close(self) -> None:
        self.closing.close()
        self.http.close()

    def rest(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer = self.http.request(method, path, json=body)
        return dict(answer.json()) if answer.content else {}

    def ask(self, frame: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a frame."""
        ref = uuid4().hex
        self.socket.send(json.dumps({**frame, "ref": ref}))
        while (answer := self._next()).get("ref") != ref:
            pass
        return answer

    def listen(self) -> None:
        """Takes in what has come."""
        self.ask({"type": "ping"})

    def _next(self, name: str = "") -> dict[str, Any]:
        while True:
            frame: dict[str, Any] = json.loads(self.socket.recv(timeout=PATIENCE))
            message = frame.get("message")
            if frame["type"].startswith("message.") and message:
                self.told[message["conversationId"], message["seq"]] = message
            if name in ("", frame["type"]):
                return frame


class Chat(RuleBasedStateMachine):
    """One group of three people, of whom the outsider is not in it at first."""

    people: ClassVar[dict[str, Somebody]]

    def __init__(self) -> None:
        super().__init__()
        owner, member = self.people["owner"], self.people["member"]
        body = {"kind": "group", "name": "Group", "memberIds": [member.id]}
        self.group = owner.rest("POST", "/conversations", {**body, "history": "everything"})["id"]
        self.base = f"/conversations/{self.group}"
        self.inside = {"owner", "member"}
        self.sent: dict[int, dict[str, Any]] = {}  # by seq: by, text, key, reactions
        self.read: dict[str, int] = {}

    # -- what people do

    @rule(by=who, way=ways, text=texts)
    def send(self, by: str, way: str, text: str) -> None:
        key = str(uuid4())
        answer = self._send(by, way, text, key)
        if self._is_allowed(by, answer):
            seq = answer["message"]["seq"] if way == "socket" else answer["seq"]
            assert seq not in self.sent
            self.sent[seq] = {"by": by, "text": text, "key": key, "reactions": set()}

    @precondition(lambda self: self.sent)
    @rule(way=ways, data=st.data())
    def send_again(self, way: str, data: st.DataObject) -> None:
        """By either way it is the message that is there, for its sender, in the group or not."""
        seq = data.draw(st.sampled_from(sorted(self.sent)))
        message = self.sent[seq]
        if message["text"] is None or "first" in message:
            return  # what was changed since is answered as it is now
        answer = self._send(message["by"], way, message["text"], message["key"])
        assert (answer["message"] if way == "socket" else answer)["seq"] == seq

    @precondition(lambda self: self.sent)
    @rule(by=who, way=ways, text=texts, data=st.data())
    def edit(self, by: str, way: str, text: str, data: st.DataObject) -> None:
        seq = data.draw(st.sampled_from(sorted(self.sent)))
        message = self.sent[seq]
        if way == "rest":
            answer = self.people[by].rest("PATCH", f"{self.base}/messages/{seq}", {"content": text})
        else:
            frame = {"type": "message.edit", "conversationId": self.group, "seq": seq}
            answer = self.people[by].ask({**frame, "content": text})
        if by not in self.inside or by != message["by"] or message["text"] is None:
            assert "code" in answer
        else:
            assert "code" not in answer, answer
            if text != message["text"]:
                message |= {"text": text, "first": True}

    @precondition(lambda self: self.sent)
    @rule(way=ways, data=st.data())
    def delete(self, way: str, data: st.DataObject) -> None:
        seq = data.draw(st.sampled_from(sorted(self.sent)))
        message = self.sent[seq]
        by = message["by"]
        if way == "rest":
            answer = self.people[by].rest("DELETE", f"{self.base}/messages/{seq}")
        else:
            frame = {"type": "message.delete", "conversationId": self.group, "seq": seq}
            answer = self.people[by].ask(frame)
        if self._is_allowed(by, answer):
            message |= {"text": None, "reactions": set()}

    @precondition(lambda self: self.sent)
    @rule(by=who, way=ways, emoji=st.sampled_from(EMOJIS), data=st.data())
    def react(self, by: str, way: str, emoji: str, data: st.DataObject) -> None:
        """Twice is once."""
        seq = data.draw(st.sampled_from(sorted(self.sent)))
        message = self.sent[seq]
        if way == "rest":
            path = f"{self.base}/messages/{seq}/reactions"
            answer = self.people[by].rest("POST", path, {"emoji": emoji})
        else:
            frame = {"type": "reaction.add", "conversationId": self.group, "seq": seq}
            answer = self.people[by].ask({**frame, "emoji": emoji})
        if by not in self.inside or message["text"] is None:
            assert "code" in answer
        else:
            assert "code" not in answer, answer
            message["reactions"].add((by, emoji))

    @precondition(lambda self: self.sent)
    @rule(by=who, way=ways, data=st.data())
    def mark_read(self, by: str, way: str, data: st.DataObject) -> None:
        """The pointer never goes back."""
        seq = data.draw(st.sampled_from(sorted(self.sent)))
        if way == "rest":
            answer = self.people[by].rest("POST", f"{self.base}/read", {"seq": seq})
        else:
            frame = {"type": "receipt.read", "conversationId": self.group, "seq": seq}
            answer = self.people[by].ask(frame)
        if self._is_allowed(by, answer):
            assert answer["lastReadSeq"] >= max(seq, self.read.get(by, 0))
            self.read[by] = answer["lastReadSeq"]

    @rule(name=st.sampled_from(NAMES[1:]))
    def come_or_go(self, name: str) -> None:
        person, owner = self.people[name], self.people["owner"]
        if name in self.inside:
            person.rest("POST", f"{self.base}/leave")
            self.inside.remove(name)
        else:
            owner.rest("POST", f"{self.base}/participants", {"memberIds": [person.id]})
            self.inside.add(name)
            self._read_anew(name)

    # -- what always holds

    @invariant()
    def both_ways_tell_the_same(self) -> None:
        deadline = time.monotonic() + PATIENCE
        for name in self.inside:
            person, wanted = self.people[name], self._wanted()
            assert self._by_rest(name) == wanted
            while self._by_socket(name) != wanted:
                assert time.monotonic() < deadline, (self._by_socket(name), wanted)
                person.listen()

    @invariant()
    def who_is_not_in_it_hears_nothing(self) -> None:
        for name in set(NAMES) - self.inside:
            before = self._by_socket(name)
            self.people[name].listen()
            assert self._by_socket(name) == before

    # -- how it is asked

    def _send(self, by: str, way: str, text: str, key: str) -> dict[str, Any]:
        body = {"content": text, "clientId": key}
        if way == "rest":
            return self.people[by].rest("POST", f"{self.base}/messages", body)
        frame = {"type": "message.send", "conversationId": self.group}
        return self.people[by].ask({**frame, **body})

    def _is_allowed(self, by: str, answer: Mapping[str, Any]) -> bool:
        """Whether it was done, which has to be so for who is in the group alone."""
        if by in self.inside:
            assert "code" not in answer, answer
            return True
        assert answer["code"] in REFUSED
        return False

    def _wanted(self) -> dict[int, Any]:
        ids = {name: person.id for name, person in self.people.items()}
        return {
            seq: (
                ids[it["by"]],
                it["text"] or "",
                {(ids[by], emoji) for by, emoji in it["reactions"]},
            )
            for seq, it in self.sent.items()
        }

    def _by_rest(self, name: str) -> dict[int, Any]:
        page = self.people[name].rest("GET", f"{self.base}/messages?limit=200")
        return {it["seq"]: shown(it) for it in page["results"] if it["kind"] != "system"}

    def _by_socket(self, name: str) -> dict[int, Any]:
        return {
            seq: shown(it)
            for (group, seq), it in self.people[name].told.items()
            if group == self.group and it["kind"] != "system"
        }

    def _read_anew(self, name: str) -> None:
        """As a client does that has come into a group: what was before tells no event."""
        person = self.people[name]
        for message in person.rest("GET", f"{self.base}/messages?limit=200")["results"]:
            person.told[self.group, message["seq"]] = message
        person.ask({"type": "conversation.open", "conversationId": self.group})


def shown(message: Mapping[str, Any]) -> Any:
    """Of whom, what, and with which reactions, by REST and by an event alike."""
    reactions = {
        (user, reaction["emoji"])
        for reaction in message["reactions"]
        for user in reaction["userIds"]
    }
    return message["senderId"], message["content"] or "", reactions


@pytest.fixture
def people(server: ServerProcess) -> Iterator[dict[str, Somebody]]:
    found = {name: Somebody(server, name) for name in NAMES}
    yield found
    for person in found.values():
        person.close()


def test_rest_and_socket_agree(people: dict[str, Somebody]) -> None:
    Chat.people = people
    run_machine(
        Chat,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            # A failure is told as it is: to make it smaller takes a minute with a real server.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
