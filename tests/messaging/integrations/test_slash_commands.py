"""Slash commands: who makes and calls them, and what their programs answer."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.test import Client
from slack_sdk.signature import SignatureVerifier

from accounts.models import User
from conversations.models import Conversation
from messaging.integrations import slash_commands
from messaging.integrations.response_urls import RESPONSES
from messaging.integrations.slash_commands import call_program
from messaging.models import Message, SlashCommand
from tests.accounts.scene import is_refused, nobody
from tests.cast import api, leave, make_conversation, make_person
from tests.core.test_outbound import Server, reply

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(settings: Any) -> Iterator[Server]:
    server = Server()
    settings.OUTBOUND_HOSTS = [server.host]
    server.answer = lambda it: reply(it, 200, b"")
    yield server
    server.close()


@pytest.fixture
def owner() -> User:
    return make_person("Olga")


@pytest.fixture
def member() -> User:
    return make_person("Mia")


@pytest.fixture
def group(owner: User, member: User) -> Conversation:
    return make_conversation(owner, member, title="ops")


def path(group: Conversation, *rest: object) -> str:
    return "/".join([f"/v1/conversations/{group.pk}/commands", *map(str, rest)])


def made(group: Conversation, by: User, url: str, name: str = "deploy") -> dict[str, Any]:
    answer = api(by).post(path(group), {"name": name, "url": url}, format="json")
    assert answer.status_code == 201, answer.content
    command: dict[str, Any] = answer.json()
    return command


def call(command: dict[str, Any], person: User, text: str = "") -> None:
    call_program(command["id"], person.pk, text)


def says(program: Server, **payload: Any) -> None:
    kind = {"Content-Type": "application/json"}
    program.answer = lambda it: reply(it, 200, json.dumps(payload).encode(), **kind)


def heard_by(published: Any) -> list[dict[str, Any]]:
    events = (json.loads(each.frame) for each in published.publications)
    return [event for event in events if event["type"] == "message.ephemeral"]


def test_admins_make_and_end_them_and_members_see_them(
    group: Conversation, owner: User, member: User, program: Server
) -> None:
    command = made(group, owner, program.url, "/Deploy")
    assert (command["name"], len(command["secret"])) == ("deploy", 64)
    (listed,) = api(member).get(path(group)).json()["results"]
    assert set(listed) == {"id", "name", "description"}
    body = {"name": "deploy", "url": program.url}
    assert is_refused(api(owner).post(path(group), body, format="json"), 409, "command_taken")
    assert api(owner).delete(path(group, command["id"])).status_code == 204
    assert is_refused(api(owner).delete(path(group, command["id"])), 404, "command_not_found")
    made(group, owner, program.url)


def test_nobody_else_does(group: Conversation, owner: User, member: User, program: Server) -> None:
    command = made(group, owner, program.url)
    body = {"name": "x", "url": program.url}
    for client, status, code in (
        (api(member), 403, "admin_right_missing"),
        (api(make_person("Otto")), 404, "conversation_not_found"),
        (nobody(), 401, "not_authenticated"),
    ):
        assert is_refused(client.post(path(group), body, format="json"), status, code)
        assert is_refused(client.delete(path(group, command["id"])), status, code)
    for client, status, code in (
        (api(make_person("Otto")), 404, "conversation_not_found"),
        (nobody(), 401, "not_authenticated"),
    ):
        assert is_refused(client.get(path(group)), status, code)
        answer = client.post(path(group, "calls"), {"name": "deploy"}, format="json")
        assert is_refused(answer, status, code)
    leave(group, member)
    answer = api(member).post(path(group, "calls"), {"name": "deploy"}, format="json")
    assert is_refused(answer, 403, "not_a_participant")


@pytest.mark.parametrize("name", ["", "/", "a b", "ä", "x" * 33, "-x"])
def test_names_are_plain(group: Conversation, owner: User, name: str) -> None:
    body = {"name": name, "url": "https://example.org"}
    answer = api(owner).post(path(group), body, format="json")
    assert is_refused(answer, 400, "invalid_input", "name")


@pytest.mark.parametrize("name", ["topic", "/Mute", "me"])
def test_the_chats_own_commands_are_reserved(group: Conversation, owner: User, name: str) -> None:
    body = {"name": name, "url": "https://example.org"}
    answer = api(owner).post(path(group), body, format="json")
    assert is_refused(answer, 400, "invalid_input", "name")
    assert not SlashCommand.objects.exists()


def test_a_call_is_taken_and_an_unknown_one_refused(
    group: Conversation, owner: User, member: User, program: Server
) -> None:
    made(group, owner, program.url)
    calls = path(group, "calls")
    taken = api(member).post(calls, {"name": "Deploy", "text": "now"}, format="json")
    assert taken.status_code == 204
    refused = api(member).post(calls, {"name": "nothing"}, format="json")
    assert is_refused(refused, 404, "command_not_found")
    Conversation.objects.filter(pk=group.pk).update(locked_at=group.created_at)
    refused = api(member).post(calls, {"name": "deploy"}, format="json")
    assert is_refused(refused, 403, "conversation_locked")


def test_the_program_gets_slacks_form_signed(
    group: Conversation, owner: User, member: User, program: Server
) -> None:
    command = made(group, owner, f"{program.url}/cmd")
    call(command, member, "to prod & back")
    ((_, headers, body),) = program.asked
    form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    assert (form["command"], form["text"]) == ("/deploy", "to prod & back")
    assert (form["user_id"], form["user_name"]) == (str(member.pk), "Mia")
    assert (form["channel_id"], form["channel_name"]) == (str(group.pk), "ops")
    assert SignatureVerifier(command["secret"]).is_valid_request(body, headers)
    assert not Message.objects.filter(conversation=group).exists()


def test_an_answer_is_for_the_caller_or_for_all(
    group: Conversation, owner: User, member: User, program: Server, listening: Any
) -> None:
    command = made(group, owner, program.url)
    says(program, text="*only* you")
    with listening() as published:
        call(command, member)
    (event,) = heard_by(published)
    assert event["content"] == "**only** you"
    assert not Message.objects.filter(conversation=group).exists()

    says(program, response_type="in_channel", text="all of you")
    call(command, member)
    assert Message.objects.get(conversation=group).body == "all of you"

    program.answer = lambda it: reply(it, 200, b"plain", **{"Content-Type": "text/plain"})
    with listening() as published:
        call(command, member)
    assert heard_by(published)[0]["content"] == "plain"

    program.answer = lambda it: reply(it, 500, b"")
    with listening() as published:
        call(command, member)
    assert "It answered 500" in heard_by(published)[0]["content"]


def test_a_program_answers_later(
    group: Conversation, owner: User, member: User, program: Server, listening: Any
) -> None:
    command = made(group, owner, program.url)
    call(command, member)
    form = parse_qs(program.asked[0][2].decode())
    url = urlsplit(form["response_url"][0]).path

    def respond(**payload: Any) -> tuple[int, str]:
        client = Client(enforce_csrf_checks=True)
        answer = client.post(url, payload, content_type="application/json")
        return answer.status_code, answer.content.decode()

    with listening() as published:
        assert respond(text="done") == (200, "ok")
    assert heard_by(published)[0]["content"] == "done"
    assert respond(response_type="in_channel", text="for all") == (200, "ok")
    assert Message.objects.get(conversation=group).body == "for all"
    assert respond() == (400, "no_text")
    while respond(text="more") == (200, "ok"):
        pass
    assert respond(text="more") == (404, "used_url")
    assert RESPONSES.tries == 5

    other = Client().post("/hooks/respond/forged", {"text": "x"}, content_type="application/json")
    assert (other.status_code, other.content) == (404, b"expired_url")
    api(owner).delete(path(group, command["id"]))
    assert respond(text="x") == (404, "expired_url")


def test_private_addresses_are_not_asked(
    group: Conversation, owner: User, member: User, listening: Any
) -> None:
    command = made(group, owner, "http://169.254.169.254/latest")
    with listening() as published:
        call(command, member)
    assert "public internet" in heard_by(published)[0]["content"]


def test_limits(
    group: Conversation, owner: User, program: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slash_commands, "MAX_COMMANDS", 1)
    made(group, owner, program.url)
    body = {"name": "another", "url": program.url}
    assert is_refused(api(owner).post(path(group), body, format="json"), 409, "too_many_commands")
    missing = api(owner).delete(path(group, uuid4()))
    assert is_refused(missing, 404, "command_not_found")
