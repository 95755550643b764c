"""Outgoing webhooks: what they are told, how it is signed, and what happens to dead ones."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from slack_sdk.signature import SignatureVerifier

from accounts.models import User
from conversations.models import Conversation
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.reactions import add_reaction
from messaging.integrations import delivering
from messaging.integrations.delivering import ATTEMPTS, MAX_FAILURES, deliver_once
from messaging.integrations.models import Delivery, OutgoingWebhook
from messaging.integrations.queueing import queue_deliveries
from messaging.maintenance.erasure import erase_messages
from messaging.membership.change_conversation import change_conversation
from messaging.models import Message
from tests.accounts.scene import is_refused, nobody
from tests.cast import api, make_conversation, make_person, say
from tests.core.test_outbound import Server, reply

pytestmark = pytest.mark.django_db
EVERYTHING = [
    "message.created",
    "message.updated",
    "message.deleted",
    "reaction.added",
    "conversation.changed",
]


@pytest.fixture
def program(settings: Any) -> Iterator[Server]:
    """The program that is told."""
    server = Server()
    settings.OUTBOUND_HOSTS = [server.host]
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
    return make_conversation(owner, member)


def path(group: Conversation, *rest: object) -> str:
    return "/".join([f"/v1/conversations/{group.pk}/outgoing-hooks", *map(str, rest)])


def made(group: Conversation, by: User, url: str, **fields: Any) -> dict[str, Any]:
    body = {"name": "CI", "url": url, **fields}
    answer = api(by).post(path(group), body, format="json")
    assert answer.status_code == 201, answer.content
    webhook: dict[str, Any] = answer.json()
    return webhook


def carry_out() -> None:
    """What the follower and the tasks would do."""
    while queue_deliveries():
        pass
    for delivery in Delivery.objects.filter(state="waiting").order_by("pk"):
        deliver_once(delivery.pk)


def told(program: Server) -> list[dict[str, Any]]:
    return [json.loads(body) for _, _, body in program.asked]


# -- who makes them


def test_admins_make_list_and_end_them(group: Conversation, owner: User, program: Server) -> None:
    webhook = made(group, owner, program.url, words=["deploy"])
    assert len(webhook["secret"]) == 64
    (listed,) = api(owner).get(path(group)).json()["results"]
    assert listed == {name: webhook[name] for name in listed}
    assert "secret" not in listed
    assert api(owner).delete(path(group, webhook["id"])).status_code == 204
    assert api(owner).get(path(group)).json()["results"] == []
    say(group, owner, "deploy")
    carry_out()
    assert program.asked == []


def test_nobody_else_does(group: Conversation, owner: User, member: User, program: Server) -> None:
    webhook = made(group, owner, program.url)
    one = path(group, webhook["id"])
    body = {"name": "x", "url": program.url}
    for client, status, code in (
        (api(member), 403, "admin_right_missing"),
        (api(make_person("Otto")), 404, "conversation_not_found"),
        (nobody(), 401, "not_authenticated"),
    ):
        assert is_refused(client.get(path(group)), status, code)
        assert is_refused(client.post(path(group), body, format="json"), status, code)
        assert is_refused(client.delete(one), status, code)
        assert is_refused(client.post(f"{one}/switch-on"), status, code)
        assert is_refused(client.get(f"{one}/deliveries"), status, code)
        assert is_refused(client.post(f"{one}/deliveries/{uuid4()}/redeliver"), status, code)
    for wrong in (path(group, uuid4(), "deliveries"), f"{one}/deliveries/{uuid4()}/redeliver"):
        call = api(owner).get if wrong.endswith("deliveries") else api(owner).post
        assert call(wrong).status_code == 404


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"url": "ftp://example.org"}, "url"),
        ({"url": "https://a:b@example.org"}, "url"),
        ({"events": []}, "events"),
        ({"events": ["everything"]}, "events[0]"),
        ({"words": ["x" * 101]}, "words[0]"),
        ({"name": ""}, "name"),
    ],
)
def test_wrong_ones_are_refused(
    group: Conversation, owner: User, fields: dict[str, Any], field: str
) -> None:
    body = {"name": "x", "url": "https://example.org", **fields}
    answer = api(owner).post(path(group), body, format="json")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not OutgoingWebhook.objects.exists()


# -- what is told


def test_each_event_is_told_once_and_signed(
    group: Conversation, owner: User, member: User, program: Server
) -> None:
    say(group, owner, "before")
    webhook = made(group, owner, f"{program.url}/in", events=EVERYTHING)
    row = say(group, member, "hello")
    carry_out()
    place = {"conversation_id": group.pk, "seq": row["seq"]}
    edit_message(**place, user_id=member.pk, body="hello!")
    carry_out()
    add_reaction(**place, user_id=owner.pk, emoji="👍")
    change_conversation(conversation_id=group.pk, by=owner.pk, topic="news")
    carry_out()
    delete_message(**place, user_id=member.pk)
    carry_out()
    carry_out()

    first, second, *rest = told(program)
    assert (first["type"], first["message"]["content"]) == ("message.created", "hello")
    assert (first["senderName"], first["webhookId"]) == ("Mia", webhook["id"])
    assert (second["type"], second["message"]["content"]) == ("message.updated", "hello!")
    kinds = [each["type"] for each in rest]
    assert kinds.count("reaction.added") == kinds.count("conversation.changed") == 1
    assert kinds[-1] == "message.deleted"
    verifier = SignatureVerifier(webhook["secret"])
    for _, headers, body in program.asked:
        assert verifier.is_valid_request(body, headers)
        assert not verifier.is_valid_request(body + b" ", headers)
        assert not SignatureVerifier("other").is_valid_request(body, headers)


def test_words_choose_messages(
    group: Conversation, owner: User, member: User, program: Server
) -> None:
    made(group, owner, program.url, words=["Déploy"])
    for text in ("please DEPLOY it", "nothing", "deployment"):
        say(group, member, text)
    carry_out()
    assert [each["message"]["content"] for each in told(program)] == [
        "please DEPLOY it",
        "deployment",
    ]


def test_what_bots_write_is_not_told(group: Conversation, owner: User, program: Server) -> None:
    bot = make_person("Robo", is_bot=True)
    room = make_conversation(owner, bot)
    made(room, owner, program.url)
    say(room, bot, "beep")
    carry_out()
    assert program.asked == []


def test_an_answer_with_a_text_is_posted(
    group: Conversation, owner: User, member: User, program: Server
) -> None:
    made(group, owner, program.url, words=["build"])
    answer = {"text": "*started*", "username": "Builder"}
    kind = {"Content-Type": "application/json"}
    program.answer = lambda it: reply(it, 200, json.dumps(answer).encode(), **kind)
    say(group, member, "build")
    carry_out()
    carry_out()
    posted = Message.objects.filter(conversation=group).latest("seq")
    assert (posted.body, posted.meta) == ("**started**", {"author": {"name": "Builder"}})
    assert len(program.asked) == 1


# -- failures


def test_an_address_that_may_not_be_asked_is_given_up_at_once(
    group: Conversation, owner: User, member: User, settings: Any
) -> None:
    settings.OUTBOUND_HOSTS = []
    made(group, owner, "http://127.0.0.1:9/told")
    say(group, member, "hello")
    carry_out()
    (delivery,) = Delivery.objects.all()
    assert (delivery.state, delivery.attempts) == ("failed", 1)
    assert "public internet" in delivery.error


def test_a_failed_delivery_is_tried_again_and_logged(
    group: Conversation, owner: User, member: User, program: Server
) -> None:
    webhook = made(group, owner, program.url)
    program.answer = lambda it: reply(it, 500, b"no")
    say(group, member)
    carry_out()
    log = path(group, webhook["id"], "deliveries")
    (entry,) = api(owner).get(log).json()["results"]
    assert (entry["state"], entry["attempts"], entry["status"]) == ("waiting", 1, 500)
    program.answer = lambda it: reply(it, 204, b"")
    carry_out()
    (entry,) = api(owner).get(log).json()["results"]
    assert (entry["state"], entry["attempts"], entry["status"]) == ("delivered", 2, 204)

    again = api(owner).post(f"{log}/{entry['id']}/redeliver")
    assert again.status_code == 202
    carry_out()
    assert len(program.asked) == 3
    assert len({each["id"] for each in told(program)}) == 1


def test_dead_ones_are_switched_off_and_said_so(
    group: Conversation, owner: User, member: User, program: Server
) -> None:
    webhook = made(group, owner, program.url)
    program.answer = lambda it: reply(it, 503, b"")
    for _ in range(MAX_FAILURES):
        say(group, member)
    for _ in range(ATTEMPTS):
        carry_out()
    (listed,) = api(owner).get(path(group)).json()["results"]
    assert listed["switchedOffAt"]
    said = Message.objects.filter(conversation=group).latest("seq")
    assert "switched off" in said.body
    assert "503" in said.body
    tries = len(program.asked)
    say(group, member)
    carry_out()
    assert len(program.asked) == tries

    program.answer = lambda it: reply(it, 200, b"")
    on = api(owner).post(path(group, webhook["id"], "switch-on"))
    assert on.json()["switchedOffAt"] is None
    say(group, member, "after")
    carry_out()
    assert told(program)[-1]["message"]["content"] == "after"


def test_gone_is_gone_at_once(
    group: Conversation, owner: User, member: User, program: Server
) -> None:
    made(group, owner, program.url)
    program.answer = lambda it: reply(it, 410, b"")
    say(group, member)
    carry_out()
    assert OutgoingWebhook.objects.get().switched_off_at


def test_private_addresses_are_not_asked(group: Conversation, owner: User, member: User) -> None:
    made(group, owner, "http://127.0.0.1:9/")
    say(group, member)
    carry_out()
    delivery = Delivery.objects.get()
    assert "public internet" in delivery.error


# -- what is kept


def test_deliveries_go_with_their_message_and_after_a_week(
    group: Conversation, owner: User, member: User, program: Server, settings: Any
) -> None:
    made(group, owner, program.url)
    first, second = say(group, member, "secret"), say(group, owner, "secret")
    third = say(group, owner, "third")
    carry_out()
    delete_message(conversation_id=group.pk, user_id=owner.pk, seq=second["seq"])
    for _ in erase_messages(user_id=member.pk, conversation_id=group.pk):
        pass
    assert set(Delivery.objects.values_list("seq", flat=True)) == {third["seq"]}
    assert first["seq"] != third["seq"]
    Delivery.objects.update(created_at=group.created_at - delivering.KEPT)
    assert delivering.prune_deliveries() == 1
