"""Slack's API under /api/: what it makes of odd requests, and who may call it how."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.auth.api_tokens import create_api_token
from accounts.auth.scopes import Access, Scope
from accounts.models import User
from messaging.api.slack.edge import METHODS
from messaging.api.slack.method import SlackError
from messaging.api.slack.shapes import moment_of, ts_of
from messaging.integrations.slack_text import to_slack
from messaging.models import Mention, Message
from messaging.text import MAX_LENGTH
from tests.cast import make_conversation, make_person, say

pytestmark = pytest.mark.django_db

NAMED = {
    "auth.test",
    "chat.postMessage",
    "chat.update",
    "chat.delete",
    "chat.postEphemeral",
    "chat.getPermalink",
    "conversations.list",
    "conversations.info",
    "conversations.history",
    "conversations.replies",
    "conversations.members",
    "conversations.open",
    "conversations.join",
    "conversations.leave",
    "conversations.create",
    "conversations.invite",
    "conversations.setTopic",
    "users.list",
    "users.info",
    "users.lookupByEmail",
    "reactions.add",
    "reactions.remove",
    "reactions.get",
    "pins.add",
    "pins.remove",
    "pins.list",
    "files.getUploadURLExternal",
    "files.completeUploadExternal",
    "search.messages",
}


@pytest.fixture
def ann() -> User:
    return make_person("Ann")


@pytest.fixture
def token(ann: User) -> str:
    return create_api_token(user=ann, made_by=ann, name="t", scopes=list(Scope)).text


def call(method: str, token: str, body: Any = "", kind: str = "application/json") -> HttpResponse:
    client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {token}"})
    return client.post(f"/api/{method}", body, content_type=kind)


def error(answer: HttpResponse) -> str:
    assert answer.status_code == 200
    told = json.loads(answer.content)
    assert told["ok"] is False
    code: str = told["error"]
    return code


def test_every_method_is_there_with_its_scope() -> None:
    assert METHODS.keys() >= NAMED
    for name, method in METHODS.items():
        assert isinstance(method.scope, Scope) or method.scope is Access.ANY, name


def test_arguments_come_as_json_form_or_query(ann: User, token: str) -> None:
    conversation = str(make_conversation(ann).pk)
    as_json = call("chat.postMessage", token, {"channel": conversation, "text": "a"})
    form = f"channel={conversation}&text=b&token={token}"
    by_form = Client().post(
        "/api/chat.postMessage", form, content_type="application/x-www-form-urlencoded"
    )
    by_query = Client().get("/api/conversations.info", {"channel": conversation, "token": token})
    for answer in (as_json, by_form, by_query):
        assert json.loads(answer.content)["ok"] is True, answer.content


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "invalid_json"),
        ("[]", "invalid_json"),
        ('{"blocks": ' + "[" * 64 + "]" * 64 + "}", "invalid_json"),
        ('{"text": "a\\u0000b"}', "invalid_json"),
        ("{}", "channel_not_found"),
        ('{"channel": {}}', "channel_not_found"),
        ('{"channel": "x"}', "channel_not_found"),
        ('{"channel": "CHANNEL"}', "no_text"),
        ('{"channel": "CHANNEL", "text": {}}', "no_text"),
        ('{"channel": "CHANNEL", "blocks": "[["}', "invalid_arguments"),
        ('{"channel": "CHANNEL", "blocks": 7}', "invalid_blocks"),
        ('{"channel": "CHANNEL", "text": "x", "thread_ts": "y"}', "thread_not_found"),
        ('{"channel": "CHANNEL", "text": "x", "thread_ts": "99999999999.1"}', "thread_not_found"),
    ],
)
def test_odd_bodies_send_nothing(ann: User, token: str, body: str, code: str) -> None:
    conversation = make_conversation(ann)
    sent = body.replace("CHANNEL", str(conversation.pk))
    assert error(call("chat.postMessage", token, sent)) == code
    conversation.refresh_from_db()
    assert conversation.last_seq == 0


@pytest.mark.parametrize(
    ("method", "arguments", "code"),
    [
        ("conversations.list", {"types": "secret"}, "invalid_types"),
        ("conversations.list", {"cursor": "!"}, "invalid_cursor"),
        ("conversations.list", {"limit": "many"}, "invalid_arguments"),
        ("conversations.create", {"name": " "}, "invalid_name_required"),
        ("conversations.create", {"name": "x" * 201}, "invalid_name_maxlength"),
        ("conversations.open", {}, "users_list_not_supplied"),
        ("conversations.open", {"users": "U1"}, "user_not_found"),
        ("conversations.history", {"channel": "CHANNEL", "oldest": "x"}, "invalid_ts_oldest"),
        ("conversations.invite", {"channel": "CHANNEL"}, "no_user"),
        ("users.lookupByEmail", {"email": "Ann"}, "users_not_found"),
        ("reactions.add", {"channel": "CHANNEL", "name": "x"}, "no_item_specified"),
        ("search.messages", {}, "no_query"),
        ("files.getUploadURLExternal", {"filename": "x", "length": "-1"}, "missing_argument"),
        ("files.completeUploadExternal", {"files": "[]"}, "invalid_arguments"),
        (
            "files.completeUploadExternal",
            {"files": [{"id": "00000000-0000-0000-0000-000000000000"}]},
            "file_not_found",
        ),
        ("nothing.at.all", {}, "unknown_method"),
    ],
)
def test_slacks_own_codes(
    ann: User, token: str, method: str, arguments: dict[str, Any], code: str
) -> None:
    conversation = str(make_conversation(ann).pk)
    given = {name: conversation if it == "CHANNEL" else it for name, it in arguments.items()}
    assert error(call(method, token, given)) == code


def test_too_many_calls(ann: User, token: str, settings: Any) -> None:
    settings.TOKEN_REQUESTS_PER_SECOND = 1
    answers = [call("api.test", token) for _ in range(15)]
    assert answers[-1].status_code == 429
    assert json.loads(answers[-1].content) == {"ok": False, "error": "ratelimited"}
    assert answers[-1]["Retry-After"] == "1"


def test_an_upload_needs_its_ticket() -> None:
    for url in ("/api/files.upload", "/api/files.upload?ticket=x"):
        answer = Client().post(url, b"x", content_type="application/octet-stream")
        assert answer.status_code == 401


@pytest.fixture
def bot_token(ann: User) -> str:
    bot = make_person("Robo", is_bot=True)
    return create_api_token(user=bot, made_by=ann, name="b", scopes=list(Scope)).text


def nested(levels: int, kind: str) -> Any:
    value: Any = {"type": "button", "text": {"type": "plain_text", "text": "x"}}
    for _ in range(levels):
        value = {"type": kind, "elements": [value], "accessory": value, "text": {"text": "x"}}
    return value


@pytest.mark.parametrize("kind", ["section", "actions", "rich_text", "rich_text_list", "of_mars"])
def test_deep_and_unknown_blocks_say_what_can_be_read(ann: User, token: str, kind: str) -> None:
    conversation = str(make_conversation(ann).pk)
    # Doubled at each level in memory, so few of them; a chain of 60 beside it.
    chain: Any = "x"
    for _ in range(28):
        chain = {"type": kind, "elements": [chain]}
    blocks = [nested(4, kind), chain, {"type": "of_venus"}, 7, None, "x"]
    body = {"channel": conversation, "text": "as a text", "blocks": blocks}
    answer = json.loads(call("chat.postMessage", token, body).content)
    assert answer["ok"] is True, answer
    assert Message.objects.get(conversation=conversation).body


def test_a_megabyte_is_cut_and_more_is_refused(ann: User, token: str) -> None:
    conversation = str(make_conversation(ann).pk)
    body = {"channel": conversation, "text": "word " * 200_000}
    assert json.loads(call("chat.postMessage", token, body).content)["ok"] is True
    message = Message.objects.get(conversation=conversation)
    assert MAX_LENGTH - 20 < len(message.body) <= MAX_LENGTH
    large = {"channel": conversation, "text": "x" * (3 * 2**20)}
    assert error(call("chat.postMessage", token, large)) == "request_too_large"
    assert Message.objects.filter(conversation=conversation).count() == 1


def test_a_storm_of_mentions_calls_each_once(ann: User, token: str) -> None:
    people = [make_person(f"P{number}") for number in range(30)]
    conversation = make_conversation(ann, *people)
    mentions = "".join(f"<@{person.pk}>" for person in people)
    storm = (mentions + "<!channel><@U404><!subteam^S1>") * 500
    body = {"channel": str(conversation.pk), "text": storm}
    assert json.loads(call("chat.postMessage", token, body).content)["ok"] is True
    rows = Mention.objects.filter(conversation=conversation)
    assert rows.count() <= len(people) + 1
    assert rows.count() == rows.values("user").distinct().count()


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update", "chat.postEphemeral"])
def test_blocks_of_wrong_types_send_nothing_of_a_bot(
    ann: User, bot_token: str, method: str
) -> None:
    bot = User.objects.get(is_bot=True)
    conversation = make_conversation(ann, bot)
    place = {"channel": str(conversation.pk), "text": "x", "user": str(ann.pk)}
    ts = json.loads(call("chat.postMessage", bot_token, place).content)["ts"]
    wrong: list[Any] = [7, "x", {}, [{"type": "actions", "elements": [{"type": "button"}]}]]
    for blocks in wrong if method != "chat.postEphemeral" else wrong[:1]:
        body = {**place, "ts": ts, "blocks": blocks}
        assert error(call(method, bot_token, body)) in ("invalid_blocks", "invalid_arguments")
    many = [{"type": "divider"}] * 51
    assert error(call(method, bot_token, {**place, "ts": ts, "blocks": many})) == "invalid_blocks"
    assert list(Message.objects.values_list("body", flat=True)) == ["x"]


def test_ts_is_the_time_of_a_message(ann: User) -> None:
    row = say(make_conversation(ann), ann)
    ts = ts_of(row["created_at"].isoformat())
    assert moment_of(ts) == row["created_at"]
    for wrong in ("", "x", "1.2.3", "-1", "1e9", "٣"):
        with pytest.raises(SlackError):
            moment_of(wrong)


@pytest.mark.parametrize(
    ("ours", "slack"),
    [
        ("**bold** *soft* ~~gone~~ `a<b`", "*bold* _soft_ ~gone~ `a&lt;b`"),
        ("[label](https://a.example/?x=1&y=2)", "<https://a.example/?x=1&amp;y=2|label>"),
        ("see https://a.example", "see <https://a.example>"),
        ("@all and <@0190a4d0-5f3a-7cc1-8b1e-6f1d2c3b4a59>",
         "<!channel> and <@0190a4d0-5f3a-7cc1-8b1e-6f1d2c3b4a59>"),
        ("1 < 2 & 3", "1 &lt; 2 &amp; 3"),
        ("> quoted", "&gt; quoted"),
        ("```\ncode <x>\n```", "```\ncode &lt;x&gt;\n```"),
    ],
)  # fmt: skip
def test_our_markdown_in_slacks_markup(ours: str, slack: str) -> None:
    assert to_slack(ours) == slack
