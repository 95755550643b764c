"""What others see as one short text holds no controls and does not turn the text around it."""

from typing import Any

import pytest

from chatproject.core.plain_text import without_controls
from conversations.models import Ban, Conversation
from messaging.moderation.models import Report
from tests.cast import api, make_conversation, make_person, say
from tests.messaging.moderation.scene import MODERATOR, act, make_worker, window

pytestmark = pytest.mark.django_db

BAD = ["\x07", "\x1b[2J", "\u202e", "\u2066", "\u2028", "\x85"]


def refused(answer: Any, field: str) -> None:
    assert answer.status_code == 400
    assert [(it["field"], it["code"]) for it in answer.json()["errors"]] == [
        (field, "control_character")
    ]


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("field", ["name", "topic"])
def test_titles_and_topics_of_new_conversations(field: str, bad: str) -> None:
    body = {"kind": "group", "name": "Plans", "topic": "None", field: f"a{bad}b"}
    refused(api(make_person()).post("/v1/conversations", body, format="json"), field)
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("field", ["name", "topic"])
def test_titles_and_topics_of_present_ones(field: str, bad: str) -> None:
    ann = make_person("Ann")
    group = make_conversation(ann, title="Plans")
    answer = api(ann).patch(f"/v1/conversations/{group.pk}", {field: f"a{bad}b"}, format="json")
    refused(answer, field)
    group.refresh_from_db()
    assert (group.title, group.topic, group.last_rev) == ("Plans", "", 0)


def test_a_topic_may_have_lines() -> None:
    ann = make_person("Ann")
    group = make_conversation(ann)
    answer = api(ann).patch(f"/v1/conversations/{group.pk}", {"topic": "one\ntwo"}, format="json")
    assert (answer.status_code, answer.json()["topic"]) == (200, "one\ntwo")


@pytest.mark.parametrize("field", ["name", "about"])
def test_names_and_abouts(field: str) -> None:
    ann = make_person("Ann")
    refused(api(ann).patch("/v1/users/me", {field: "a\u202eb"}, format="json"), field)


def test_nicknames() -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    body = {"userId": str(ben.pk), "nickname": "a\u202eb"}
    refused(api(ann).post("/v1/contacts", body, format="json"), "nickname")


def test_reasons_of_bans() -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = make_conversation(ann, ben)
    body = {"userId": str(ben.pk), "reason": "a\u202eb"}
    refused(api(ann).post(f"/v1/conversations/{group.pk}/bans", body, format="json"), "reason")
    assert not Ban.objects.exists()


def test_comments_of_reports() -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = make_conversation(ann, ben)
    say(group, ben)
    body = {"conversationId": str(group.pk), "seq": 1, "reason": "spam", "comment": "a\x1b[2Jb"}
    refused(api(ann).post("/v1/reports", body, format="json"), "comment")
    assert not Report.objects.exists()


def test_reasons_of_moderators() -> None:
    troll = make_person("Troll")
    client = window(make_worker("Mora", MODERATOR))
    answer = act(client, "accounts_user", "suspend", troll, reason="a\u202eb")
    assert b"Control characters" in answer.content
    troll.refresh_from_db()
    assert troll.is_active


def test_imported_texts_lose_them() -> None:
    assert without_controls("a\u202eb\x1bc\nd e") == "abc d e"
    assert without_controls("Grüße 👩\u200d🚀") == "Grüße 👩\u200d🚀"
