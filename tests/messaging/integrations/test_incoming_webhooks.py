"""/v1/conversations/{id}/hooks for admins, and /hooks/{token} for programs."""

import json
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from conversations.models import Conversation
from messaging.integrations.models import IncomingWebhook
from messaging.models import Mention, Message
from messaging.text import MAX_LENGTH
from tests.accounts.scene import is_refused, nobody
from tests.cast import api, leave, make_conversation, make_direct, make_person, say
from tests.messaging.integrations import slack_payloads

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return make_person("Olga")


@pytest.fixture
def member() -> User:
    return make_person("Mia")


@pytest.fixture
def group(owner: User, member: User) -> Conversation:
    return make_conversation(owner, member)


def made(group: Conversation, by: User, **fields: Any) -> dict[str, Any]:
    url = f"/v1/conversations/{group.pk}/hooks"
    answer = api(by).post(url, {"name": "CI", **fields}, format="json")
    assert answer.status_code == 201, answer.content
    body: dict[str, Any] = answer.json()
    return body


def path_of(webhook: dict[str, Any]) -> str:
    return "/hooks/" + webhook["url"].rpartition("/")[2]


@pytest.fixture
def path(group: Conversation, owner: User) -> str:
    return path_of(made(group, owner))


def post(path: str, payload: object) -> HttpResponse:
    return Client(enforce_csrf_checks=True).post(path, payload, content_type="application/json")


def said(answer: HttpResponse) -> tuple[int, str]:
    assert answer["Content-Type"].startswith("text/plain")
    return answer.status_code, answer.content.decode()


def last(group: Conversation) -> Message:
    return Message.objects.filter(conversation=group).latest("seq")


# -- who makes them


def test_admins_make_list_and_end_them(group: Conversation, owner: User) -> None:
    webhook = made(group, owner)
    assert set(webhook) == {"id", "name", "anyConversation", "createdAt", "lastUsedAt", "url"}
    url = f"/v1/conversations/{group.pk}/hooks"
    (listed,) = api(owner).get(url).json()["results"]
    assert listed == {name: webhook[name] for name in listed}
    assert "url" not in listed
    assert said(post(path_of(webhook), {"text": "hi"})) == (200, "ok")
    assert api(owner).get(url).json()["results"][0]["lastUsedAt"]

    assert api(owner).delete(f"{url}/{webhook['id']}").status_code == 204
    assert said(post(path_of(webhook), {"text": "hi"})) == (404, "no_service")
    assert api(owner).get(url).json()["results"] == []
    assert is_refused(api(owner).delete(f"{url}/{webhook['id']}"), 404, "webhook_not_found")


def test_nobody_else_does(group: Conversation, owner: User, member: User) -> None:
    outsider, left = make_person("Otto"), make_person("Lea")
    webhook = made(group, owner)
    leave(make_conversation(owner, left), left)
    url = f"/v1/conversations/{group.pk}/hooks"
    refusals = [
        (api(member), 403, "admin_right_missing"),
        (api(outsider), 404, "conversation_not_found"),
        (nobody(), 401, "not_authenticated"),
    ]
    for client, status, code in refusals:
        assert is_refused(client.get(url), status, code)
        assert is_refused(client.post(url, {"name": "x"}, format="json"), status, code)
        assert is_refused(client.delete(f"{url}/{webhook['id']}"), status, code)
    assert IncomingWebhook.objects.get().ended_at is None
    direct = make_direct(owner, member)
    answer = api(owner).post(f"/v1/conversations/{direct.pk}/hooks", {"name": "x"}, format="json")
    assert is_refused(answer, 409, "direct_is_fixed")
    answer = api(owner).post(f"/v1/conversations/{uuid4()}/hooks", {"name": "x"}, format="json")
    assert is_refused(answer, 404, "conversation_not_found")
    assert is_refused(
        api(owner).post(url, {"name": " "}, format="json"), 400, "invalid_input", "name"
    )


# -- what is shown


def test_a_message_is_that_of_a_bot_of_its_name(
    group: Conversation, owner: User, member: User, path: str
) -> None:
    payload = {"text": "done", "username": "Builder\u202e", "icon_emoji": ":robot_face:"}
    assert said(post(path, payload)) == (200, "ok")
    page = api(member).get(f"/v1/conversations/{group.pk}/messages").json()
    message = page["results"][-1]
    assert message["content"] == "done"
    assert message["meta"] == {"author": {"name": "Builder", "emoji": "🤖"}}
    (sender,) = (each for each in page["people"] if each["id"] == message["senderId"])
    assert (sender["name"], sender["isBot"]) == ("CI", True)


def test_it_counts_as_unread_and_is_in_no_list_of_people(
    group: Conversation, owner: User, member: User, path: str
) -> None:
    say(group, owner)
    post(path, {"text": "one"})
    post(path, {"text": "two"})
    (entry,) = api(owner).get("/v1/conversations").json()["results"]
    assert entry["unread"] == 2
    assert entry["memberCount"] == 2
    assert api(member).get("/v1/users?q=CI").json()["results"] == []


def test_slacks_markup_becomes_ours(group: Conversation, owner: User, member: User) -> None:
    path = path_of(made(group, owner))
    text = (
        f"*Bold* <https://a.example/?a=1&amp;b=2|a link> 1 &lt; 2 <@{member.pk}> <!channel> :tada:"
    )
    assert said(post(path, {"text": text})) == (200, "ok")
    assert last(group).body == (
        f"**Bold** [a link](https://a.example/?a=1&b=2) 1 < 2 <@{member.pk}> @all 🎉"
    )
    called = Mention.objects.filter(conversation=group).values_list("user", flat=True)
    assert set(called) == {member.pk, None}


def test_mattermosts_markdown_stays(group: Conversation, path: str) -> None:
    text = "#### Tests\n| a | b |\n|:--|--:|\n| **x** | [y](https://y.example) |\n*soft* :tada:"
    assert said(post(path, {"text": text})) == (200, "ok")
    assert last(group).body == text.replace(":tada:", "🎉")
    assert said(post(f"{path}?format=markdown", {"text": "*soft*"})) == (200, "ok")
    assert last(group).body == "*soft*"
    assert said(post(f"{path}?format=slack", {"text": "*hard*"})) == (200, "ok")
    assert last(group).body == "**hard**"


def test_a_form_is_as_good_as_json(group: Conversation, path: str) -> None:
    form = urlencode({"payload": json.dumps({"text": "by form"})})
    kind = "application/x-www-form-urlencoded"
    client = Client(enforce_csrf_checks=True)
    assert said(client.post(path, form, content_type=kind)) == (200, "ok")
    assert last(group).body == "by form"
    # As curl -d sends it.
    assert said(client.post(path, '{"text": "by curl"}', content_type=kind)) == (200, "ok")
    assert last(group).body == "by curl"
    assert said(client.post(path, "a=b", content_type=kind)) == (400, "invalid_payload")


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        (
            "GRAFANA",
            [
                "[\\[FIRING:1\\] High load (db-1 critical)](https://grafana.example.org/alerting/list)",
                "**Firing**",
                "Grafana v11.2.0",
            ],
        ),
        (
            "GITLAB",
            [
                "branch [main](https://gitlab.example.org/x/-/commits/main) of",
                "[Shop & Co / x](https://gitlab.example.org/x)",
                "Fix a **race** <again> - Ann",
            ],
        ),
        ("GITEA", ["[[o/r](https://gitea.example.org/o/r)] Pull request", "It loads less."]),
        (
            "ALERTMANAGER",
            ["InstanceDown (web)](https://prometheus", "Two instances", "severity: critical"],
        ),
        ("SENTRY", ["](https://sentry.example.org/issues/5)", "division by zero", "SHOP-5"]),
    ],
)
def test_what_programs_send_is_readable(
    group: Conversation, path: str, name: str, parts: list[str]
) -> None:
    payload = getattr(slack_payloads, name)
    assert said(post(path, payload)) == (200, "ok")
    body = last(group).body
    assert [part for part in parts if part not in body] == [], body
    author = (last(group).meta or {}).get("author", {})
    assert author.get("name") == payload.get("username")


# -- where it posts


def test_another_channel_is_passed_over_unless_it_is_allowed(
    group: Conversation, owner: User, member: User
) -> None:
    other, foreign = (
        make_conversation(owner, title="ops"),
        make_conversation(member, title="foreign"),
    )
    fixed = path_of(made(group, owner))
    assert said(post(fixed, {"text": "here", "channel": "#ops"})) == (200, "ok")
    assert last(group).body == "here"

    free = path_of(made(group, owner, anyConversation=True))
    for channel in ("#ops", "ops", str(other.pk)):
        assert said(post(free, {"text": channel, "channel": channel})) == (200, "ok")
        assert last(other).body == channel
    for channel in ("#foreign", str(foreign.pk), "#nowhere"):
        answer = post(free, {"text": "x", "channel": channel})
        assert said(answer) == (404, "channel_not_found")
    assert not Message.objects.filter(conversation=foreign).exists()


def test_a_locked_conversation_takes_nothing(group: Conversation, path: str) -> None:
    Conversation.objects.filter(pk=group.pk).update(locked_at=group.created_at)
    assert said(post(path, {"text": "x"})) == (410, "channel_is_archived")


def test_only_posts_are_taken(path: str) -> None:
    assert Client().get(path).status_code == 405


# -- hostile payloads


@pytest.mark.parametrize(
    ("payload", "status", "code"),
    [
        ("", 400, "invalid_payload"),
        ("nonsense", 400, "invalid_payload"),
        ("[]", 400, "invalid_payload"),
        ('{"text": NaN}', 400, "invalid_payload"),
        ('{"text": "\\ud800"}', 400, "invalid_payload"),
        ('{"text": "a\\u0000b"}', 400, "invalid_payload"),
        ('{"text": {"a": 1}}', 400, "invalid_payload"),
        ('{"blocks": ' + "[" * 64 + "]" * 64 + "}", 400, "invalid_payload"),
        ("{}", 400, "no_text"),
        ('{"text": " \\u200b "}', 400, "no_text"),
        ('{"blocks": [{"type": "hologram"}]}', 400, "no_text"),
        ('{"blocks": "x"}', 400, "invalid_blocks"),
        ('{"attachments": {}}', 400, "invalid_attachments"),
        (json.dumps({"attachments": [{"text": "x"}] * 101}), 400, "too_many_attachments"),
        (json.dumps({"blocks": [{"type": "divider"}] * 51}), 400, "invalid_blocks"),
    ],
)
def test_what_cannot_be_read_is_refused(
    group: Conversation, path: str, payload: str, status: int, code: str
) -> None:
    assert said(post(path, payload)) == (status, code)
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "text", ["x", "*a", "`", "```", "<", "<@", "**a** ", "~a~ ", "&lt;", "[a]("]
)
def test_a_megabyte_is_cut(group: Conversation, path: str, text: str) -> None:
    assert said(post(path, {"text": text * (1_000_000 // len(text))})) == (200, "ok")
    assert len(last(group).body) <= MAX_LENGTH


def test_more_than_a_body_may_have_is_refused(path: str) -> None:
    answer = post(path, {"text": "x" * 3_000_000})
    assert said(answer) == (413, "payload_too_large")


def test_a_storm_of_mentions_calls_so_many_and_no_more(
    group: Conversation, owner: User, path: str
) -> None:
    text = " ".join(f"<@{uuid4()}>" for _ in range(900)) + f" <@{owner.pk}>" * 300
    assert said(post(path, {"text": text})) == (200, "ok")
    assert Mention.objects.filter(conversation=group).count() <= 1


def test_unknown_blocks_are_passed_over(group: Conversation, path: str) -> None:
    blocks = [
        {"type": "hologram", "text": "x"},
        {"type": ["a"]},
        7,
        {"type": "section", "text": {"type": "mrkdwn", "text": "*seen*"}},
    ]
    assert said(post(path, {"text": "", "blocks": blocks})) == (200, "ok")
    assert last(group).body == "**seen**"


def test_an_unknown_address_says_nothing(group: Conversation) -> None:
    for token in ("x", "x" * 26, "x" * 5000):
        assert said(post(f"/hooks/{token}", {"text": "x"})) == (404, "no_service")


def test_a_webhook_has_a_rate_of_its_own(
    group: Conversation, owner: User, path: str, settings: Any
) -> None:
    settings.WEBHOOK_MESSAGES_PER_SECOND = 1
    answers = [post(path, {"text": "x"}) for _ in range(15)]
    assert said(answers[-1]) == (429, "rate_limited")
    assert answers[-1]["Retry-After"] == "1"
    assert said(post(path_of(made(group, owner)), {"text": "x"})) == (200, "ok")
