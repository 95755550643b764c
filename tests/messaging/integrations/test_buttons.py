"""Buttons under a bot's message: who makes them, who presses them, and what the bot's app says."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.auth.api_tokens import create_api_token, revoke_api_token
from accounts.auth.scopes import Scope
from accounts.models import User
from chatproject.realtime.bus import user_topic
from conversations.models import Conversation
from messaging.actions.delete import delete_message
from messaging.api.slack.interactions import block_actions
from messaging.buttons import MAX_BUTTONS
from messaging.exports.slack.messages import ExportedLog
from messaging.integrations.buttons import PRESSES
from messaging.maintenance.erasure import erase_messages
from messaging.models import Message, Revision
from messaging.reads.messages import get_message
from tests.accounts.scene import is_refused
from tests.cast import api, leave, make_conversation, make_person, say

pytestmark = pytest.mark.django_db

YES = {
    "type": "button",
    "action_id": "approve",
    "value": "42",
    "style": "primary",
    "text": {"type": "plain_text", "text": "Approve"},
}
NO = {
    "type": "button",
    "action_id": "deny",
    "style": "danger",
    "text": {"type": "plain_text", "text": "Deny"},
    "confirm": {
        "title": {"type": "plain_text", "text": "Sure?"},
        "text": {"type": "mrkdwn", "text": "It cannot be undone."},
        "confirm": {"type": "plain_text", "text": "Deny it"},
        "deny": {"type": "plain_text", "text": "Keep it"},
    },
}
LINK = {
    "type": "button",
    "url": "https://ci.example/7?a=b",
    "text": {"type": "plain_text", "text": "Look"},
}
SAID = {"type": "mrkdwn", "text": "*Deploy* 7?"}
BLOCKS = [
    {"type": "section", "text": SAID, "accessory": LINK},
    {"type": "actions", "block_id": "answers", "elements": [YES, NO, {"type": "datepicker"}]},
]


@pytest.fixture
def owner() -> User:
    return make_person("Olga")


@pytest.fixture
def member() -> User:
    return make_person("Mia")


@pytest.fixture
def bot() -> User:
    return make_person("Robo", is_bot=True, email=None)


@pytest.fixture
def group(owner: User, member: User, bot: User) -> Conversation:
    return make_conversation(owner, member, bot, title="ops")


def token_of(account: User, made_by: User, *scopes: Scope) -> Any:
    return create_api_token(
        user=account, made_by=made_by, name="t", scopes=list(scopes or Scope), conversation_ids=[]
    )


@pytest.fixture
def token(bot: User, owner: User) -> str:
    return token_of(bot, owner).text


def slack(method: str, token: str, **body: Any) -> dict[str, Any]:
    client = Client(headers={"Authorization": f"Bearer {token}"})
    answer = client.post(f"/api/{method}", body, content_type="application/json")
    told: dict[str, Any] = json.loads(answer.content)
    return told


def posted(group: Conversation, token: str, blocks: Any = None, **fields: Any) -> dict[str, Any]:
    """What the API tells of the sent message."""
    blocks = BLOCKS if blocks is None else blocks
    answer = slack("chat.postMessage", token, channel=str(group.pk), blocks=blocks, **fields)
    assert answer["ok"] is True, answer
    return answer


def last(group: Conversation) -> Message:
    message = Message.objects.filter(conversation=group).order_by("seq").last()
    assert message is not None
    return message


def seen(group: Conversation, person: User, seq: int) -> Any:
    return get_message(conversation_id=group.pk, viewer_id=person.pk, seq=seq)


def id_of(group: Conversation, label: str) -> str:
    (found,) = [it["id"] for it in last(group).meta["buttons"] if it["label"] == label]
    return str(found)


def press(group: Conversation, person: User, button_id: str, seq: int | None = None) -> Any:
    path = f"/v1/conversations/{group.pk}/messages/{seq or last(group).seq}/actions"
    return api(person).post(path, {"buttonId": button_id}, format="json")


def pressed(group: Conversation, person: User, label: str, listening: Any) -> dict[str, Any]:
    """The event of a press."""
    with listening() as published:
        assert press(group, person, id_of(group, label)).status_code == 204
    assert published.types == ["button.pressed"]
    event: dict[str, Any] = published.events[0]
    return event


def respond(url: str, **payload: Any) -> HttpResponse:
    client = Client(enforce_csrf_checks=True)
    return client.post(urlsplit(url).path, payload, content_type="application/json")


def test_a_bot_sends_them_and_everybody_sees_them(
    group: Conversation, member: User, token: str
) -> None:
    answer = posted(group, token, username="CI")
    message = seen(group, member, last(group).seq)
    assert message["content"] == "**Deploy** 7?"
    assert message["meta"]["author"] == {"name": "CI"}
    shown = [
        {key: value for key, value in each.items() if key != "id"}
        for each in message["meta"]["buttons"]
    ]
    blank = {"style": None, "value": None, "url": None, "confirm": None}
    answers = {"blockId": "answers"}
    confirm = {
        "title": "Sure?",
        "text": "It cannot be undone.",
        "confirm": "Deny it",
        "deny": "Keep it",
    }
    look = {"blockId": "block-1", "actionId": "action-1", "label": "Look", "url": LINK["url"]}
    approve = {"actionId": "approve", "label": "Approve", "style": "primary", "value": "42"}
    deny = {"actionId": "deny", "label": "Deny", "style": "danger", "confirm": confirm}
    assert shown == [blank | look, blank | answers | approve, blank | answers | deny]
    section, link, actions = answer["message"]["blocks"]
    assert section["text"]["text"] == "*Deploy* 7?"
    assert link["elements"][0]["url"] == LINK["url"]
    assert actions["block_id"] == "answers"
    assert [each["action_id"] for each in actions["elements"]] == ["approve", "deny"]
    assert actions["elements"][1]["confirm"]["deny"]["text"] == "Keep it"
    read = slack("conversations.history", token, channel=str(group.pk))
    assert read["messages"][0]["blocks"] == answer["message"]["blocks"]


def test_a_person_makes_none(group: Conversation, owner: User) -> None:
    own = token_of(owner, owner).text
    assert "blocks" not in posted(group, own)["message"]
    assert last(group).meta is None
    body = {"content": "x", "meta": {"buttons": [{"label": "x"}]}}
    answer = api(owner).post(f"/v1/conversations/{group.pk}/messages", body, format="json")
    assert answer.json()["meta"] is None


LONG = "x" * 2001


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"text": None}, "invalid_blocks"),
        ({"text": {"type": "plain_text", "text": " "}}, "invalid_blocks"),
        ({"text": {"type": "plain_text", "text": "x" * 76}}, "invalid_blocks"),
        ({"text": {"type": "plain_text", "text": ["x"]}}, "invalid_blocks"),
        ({"action_id": 7}, "invalid_blocks"),
        ({"action_id": "x" * 256}, "invalid_blocks"),
        ({"value": LONG}, "invalid_blocks"),
        ({"value": {}}, "invalid_blocks"),
        ({"style": "huge"}, "invalid_blocks"),
        ({"style": ["primary"]}, "invalid_blocks"),
        ({"url": "javascript:alert(1)"}, "invalid_blocks"),
        ({"url": "data:text/html,x"}, "invalid_blocks"),
        ({"url": "https://a b"}, "invalid_blocks"),
        ({"url": 'https://a"onclick='}, "invalid_blocks"),
        ({"url": "https://a/" + "x" * 3000}, "invalid_blocks"),
        ({"url": 7}, "invalid_blocks"),
        ({"confirm": {}}, "invalid_blocks"),
        ({"confirm": "sure?"}, "invalid_blocks"),
        ({"confirm": NO["confirm"] | {"text": {"text": "x" * 301}}}, "invalid_blocks"),
    ],
)
def test_wrong_buttons_are_refused(
    group: Conversation, token: str, change: dict[str, Any], code: str
) -> None:
    blocks = [BLOCKS[0], {"type": "actions", "elements": [YES | change]}]
    answer = slack("chat.postMessage", token, channel=str(group.pk), blocks=blocks)
    assert (answer["ok"], answer["error"]) == (False, code)
    assert not Message.objects.filter(conversation=group).exists()


def test_too_many_too_large_and_twice_the_same_are_refused(group: Conversation, token: str) -> None:
    def code(*elements: Any) -> Any:
        blocks = [BLOCKS[0], {"type": "actions", "elements": elements}]
        return slack("chat.postMessage", token, channel=str(group.pk), blocks=blocks).get("error")

    many = [YES | {"action_id": f"a{number}"} for number in range(MAX_BUTTONS)]
    assert code(*many) == "msg_blocks_too_long"  # the link beside the section is one more
    large = [YES | {"action_id": f"a{number}", "value": "x" * 2000} for number in range(9)]
    assert code(*large) == "msg_blocks_too_long"
    assert code(YES, YES) == "invalid_blocks"
    assert code(*many[:-1]) is None


def test_a_press_is_told_to_the_bot_alone(
    group: Conversation, member: User, bot: User, token: str, listening: Any
) -> None:
    ts = posted(group, token)["ts"]
    with listening() as published:
        assert press(group, member, id_of(group, "Approve")).status_code == 204
    assert published.topics == [user_topic(bot.pk)]
    (event,) = published.events
    payload = block_actions(event, bot.pk)
    assert payload["type"] == "block_actions"
    assert (payload["user"]["id"], payload["user"]["name"]) == (str(member.pk), "Mia")
    assert payload["channel"] == {"id": str(group.pk), "name": "ops"}
    assert payload["container"]["message_ts"] == payload["message"]["ts"] == ts
    assert payload["message"]["blocks"][-1]["block_id"] == "answers"
    (action,) = payload["actions"]
    place = (action["block_id"], action["action_id"], action["value"], action["type"])
    assert place == ("answers", "approve", "42", "button")
    assert payload["trigger_id"]
    assert payload["response_url"] == event["responseUrl"]
    group.refresh_from_db()
    assert group.last_rev == last(group).rev  # a press changes nothing itself


def test_who_may_press(
    group: Conversation, owner: User, member: User, token: str, listening: Any
) -> None:
    leaver, outsider = make_person("Leo"), make_person("Otto")
    api(owner).post(
        f"/v1/conversations/{group.pk}/participants", {"memberIds": [str(leaver.pk)]}, format="json"
    )
    posted(group, token)
    seq, button = last(group).seq, id_of(group, "Approve")
    leave(group, leaver)
    with listening() as published:
        is_refused(press(group, leaver, button, seq), 403, "not_a_participant")
        is_refused(press(group, outsider, button, seq), 404, "conversation_not_found")
        is_refused(press(group, member, "0" * 16, seq), 404, "button_not_found")
        is_refused(press(group, member, button, seq + 99), 404, "message_not_found")
    assert published.types == []
    assert press(group, owner, button, seq).status_code == 204
    assert "buttons" not in (seen(group, leaver, seq)["meta"] or {})
    path = f"/v1/conversations/{group.pk}/messages/{seq}/actions"
    is_refused(api(member).post(path, {}, format="json"), 400, "invalid_input", "buttonId")
    answer = api(member).post(path, {"buttonId": 7}, format="json")
    is_refused(answer, 400, "invalid_input", "buttonId")


def test_a_token_needs_the_scope(group: Conversation, member: User, token: str) -> None:
    posted(group, token)
    path = f"/v1/conversations/{group.pk}/messages/{last(group).seq}/actions"
    body = {"buttonId": id_of(group, "Approve")}

    def answer(own: Any) -> int:
        client = Client(headers={"Authorization": f"Bearer {own.text}"})
        return client.post(path, body, content_type="application/json").status_code

    reader, writer = (
        token_of(member, member, scope) for scope in (Scope.HISTORY_READ, Scope.MESSAGES_WRITE)
    )
    assert answer(reader) == 403
    assert answer(writer) == 204
    revoke_api_token(user_id=member.pk, token_id=writer.token.pk)
    assert answer(writer) == 401


def test_a_deleted_message_a_locked_conversation_and_a_bot_that_left(
    group: Conversation, owner: User, member: User, bot: User, token: str
) -> None:
    posted(group, token)
    button, seq = id_of(group, "Approve"), last(group).seq
    leave(group, bot)
    is_refused(press(group, member, button, seq), 409, "bot_gone")
    delete_message(conversation_id=group.pk, user_id=owner.pk, seq=seq)
    is_refused(press(group, member, button, seq), 409, "message_deleted")
    assert Message.objects.get(conversation=group, seq=seq).meta is None
    ordinary = say(group, owner)["seq"]
    is_refused(press(group, member, button, ordinary), 404, "button_not_found")


def test_in_a_locked_conversation_nobody_presses(
    group: Conversation, member: User, token: str
) -> None:
    posted(group, token)
    Conversation.objects.filter(pk=group.pk).update(locked_at=group.created_at)
    answer = press(group, member, id_of(group, "Approve"))
    is_refused(answer, 403, "conversation_locked")


def test_presses_are_limited(group: Conversation, member: User, token: str, settings: Any) -> None:
    settings.RATE_LIMITS = True
    posted(group, token)
    button = id_of(group, "Approve")
    answers = [press(group, member, button).status_code for _ in range(PRESSES.tries + 1)]
    assert answers == [204] * PRESSES.tries + [429]


def test_update_replaces_them_and_a_text_alone_takes_them_off(
    group: Conversation, member: User, token: str, listening: Any
) -> None:
    ts = posted(group, token)["ts"]
    old = id_of(group, "Approve")
    place = {"channel": str(group.pk), "ts": ts}
    again = [BLOCKS[0], {"type": "actions", "block_id": "answers", "elements": [NO]}]
    with listening() as published:
        assert slack("chat.update", token, **place, blocks=again)["ok"] is True
    assert published.types == ["message.updated"]
    labels = [each["label"] for each in published.events[0]["message"]["meta"]["buttons"]]
    assert labels == ["Look", "Deny"]
    assert not Revision.objects.filter(conversation=group).exists()  # the same text
    is_refused(press(group, member, old), 404, "button_not_found")
    with listening() as published:
        assert slack("chat.update", token, **place, blocks=again)["ok"] is True
    assert published.types == []
    updated = slack("chat.update", token, **place, text="*Done*")
    assert "blocks" not in updated["message"]
    assert (last(group).body, last(group).meta) == ("**Done**", None)


def test_an_edit_of_the_text_keeps_them(group: Conversation, bot: User, token: str) -> None:
    posted(group, token)
    path = f"/v1/conversations/{group.pk}/messages/{last(group).seq}"
    assert api(bot).patch(path, {"content": "now?"}, format="json").status_code == 200
    assert len(last(group).meta["buttons"]) == 3


def test_the_app_replaces_deletes_and_answers(
    group: Conversation, member: User, bot: User, token: str, listening: Any
) -> None:
    posted(group, token)
    url, other = (pressed(group, member, "Approve", listening)["responseUrl"] for _ in range(2))
    seq = last(group).seq

    with listening() as published:
        assert respond(url, text="only you").content == b"ok"
    assert published.topics == [user_topic(member.pk)]
    assert published.events[0]["content"] == "only you"

    assert respond(url, text="*all*", response_type="in_channel").status_code == 200
    assert (last(group).body, last(group).sender_id) == ("**all**", bot.pk)

    replaced = {"replace_original": True, "text": "approved"}
    assert respond(url, **replaced, blocks=[BLOCKS[1]]).status_code == 200
    assert seen(group, member, seq)["content"] == "approved"
    assert len(seen(group, member, seq)["meta"]["buttons"]) == 2
    assert respond(url, **replaced).status_code == 200
    assert seen(group, member, seq)["meta"] is None

    assert respond(other, delete_original=True).status_code == 200
    assert seen(group, member, seq)["deletedAt"]
    gone = respond(other, **replaced)
    assert (gone.status_code, gone.content) == (409, b"message_deleted")


def test_a_response_url_is_bounded_and_ends_with_the_tokens(
    group: Conversation, owner: User, member: User, bot: User, listening: Any, settings: Any
) -> None:
    settings.RATE_LIMITS = True
    made = token_of(bot, owner)
    posted(group, made.text)
    url = pressed(group, member, "Approve", listening)["responseUrl"]
    assert respond(url).content == b"no_text"
    wrong = [{"type": "actions", "elements": [{"type": "button"}]}]
    assert respond(url, text="x", blocks=wrong).content == b"invalid_blocks"
    for _ in range(3):
        assert respond(url, text="x").status_code == 200
    assert respond(url, text="x").content == b"used_url"
    assert respond(url[:-1] + "!", text="x").content == b"expired_url"
    other = pressed(group, member, "Approve", listening)["responseUrl"]
    revoke_api_token(user_id=bot.pk, token_id=made.token.pk)
    assert respond(other, text="x").content == b"expired_url"
    token_of(bot, owner, Scope.HISTORY_READ)
    assert respond(other, text="x").content == b"expired_url"


def test_a_bot_that_left_says_nothing_at_the_response_url(
    group: Conversation, member: User, bot: User, token: str, listening: Any
) -> None:
    posted(group, token)
    url = pressed(group, member, "Approve", listening)["responseUrl"]
    leave(group, bot)
    for payload in ({}, {"response_type": "in_channel"}, {"replace_original": True}):
        answer = respond(url, text="x", **payload)
        assert (answer.status_code, answer.content) == (403, b"not_a_participant")


def test_exports_tell_them_and_erasing_takes_them(
    group: Conversation, bot: User, token: str
) -> None:
    posted(group, token)
    (_, entry) = list(ExportedLog(group).entries())[-1]
    assert entry["blocks"][-1]["elements"][0]["text"]["text"] == "Approve"
    assert sum(erase_messages(user_id=bot.pk, conversation_id=group.pk)) == 1
    assert last(group).meta is None
