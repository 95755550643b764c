"""The log in the admin: found without counting, changed by nothing but the real deletion."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chatproject.core.admin.lists import LISTED, NewestPaginator
from messaging.actions.edit import edit_message
from messaging.actions.hides import hide_message
from messaging.actions.reactions import add_reaction
from messaging.actions.receipts import mark_read
from messaging.log import writing
from messaging.models import Message, MessageLinkPreview
from tests.cast import make_conversation, make_person, say

TABLES = ["message", "revision", "reaction", "mention", "receipt", "hide", "messagelinkpreview"]


def sign_in(**rights: bool) -> Client:
    client = Client()
    client.force_login(make_person("Mod", **rights))
    return client


@pytest.fixture
def moderator(db: None) -> Client:
    return sign_in(is_staff=True, is_superuser=True)


@pytest.fixture
def talk(db: None) -> Any:
    """A conversation that has a row in each of the tables."""
    ann, bob = make_person("Ann"), make_person("Bob")
    group = make_conversation(ann, bob, title="Talk")
    place = {"conversation_id": group.pk, "seq": say(group, ann, f"hello <@{bob.pk}>")["seq"]}
    edit_message(**place, user_id=ann.pk, body=f"hello again <@{bob.pk}>")
    add_reaction(**place, user_id=bob.pk, emoji="👍")
    mark_read(**place, user_id=bob.pk)
    hide_message(**place, user_id=bob.pk)
    MessageLinkPreview.objects.create(**place, url_hash=bytes(32), preview_id=uuid4())
    return group, ann, bob


def changelist(client: Client, table: str, **query: Any) -> Any:
    return client.get(reverse(f"admin:messaging_{table}_changelist") + "?" + urlencode(query))


@pytest.mark.parametrize("table", TABLES)
def test_each_table_is_listed_and_each_row_is_shown(
    moderator: Client, talk: Any, table: str
) -> None:
    listed = changelist(moderator, table)

    assert listed.status_code == 200
    rows = listed.context["cl"].result_list
    assert len(rows) >= 1
    shown = moderator.get(reverse(f"admin:messaging_{table}_change", args=[rows[0].pk]))
    assert shown.status_code == 200
    assert b'name="_save"' not in shown.content


@pytest.mark.parametrize("table", TABLES)
def test_nothing_is_added_or_deleted_row_by_row(moderator: Client, talk: Any, table: str) -> None:
    row = changelist(moderator, table).context["cl"].result_list[0]

    assert moderator.get(reverse(f"admin:messaging_{table}_add")).status_code == 403
    gone = moderator.post(
        reverse(f"admin:messaging_{table}_delete", args=[row.pk]), {"post": "yes"}
    )
    assert gone.status_code == 403


@pytest.mark.parametrize("table", TABLES)
def test_no_list_counts_its_whole_table(moderator: Client, talk: Any, table: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        changelist(moderator, table)

    counts = [q["sql"] for q in queries.captured_queries if "COUNT(" in q["sql"]]
    assert counts
    assert all(f"LIMIT {LISTED}" in sql for sql in counts)
    # Two of them write down a look into a private conversation; one reads whom texts mention.
    assert len(queries) <= (10 if table == "message" else 9)


def test_a_list_ends_where_the_newest_do(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = make_person("Ann")
    group = make_conversation(ann)
    for _ in range(5):
        say(group, ann)
    monkeypatch.setattr("chatproject.core.admin.lists.LISTED", 3)

    pages = NewestPaginator(Message.objects.order_by("-id"), 2)

    assert (pages.count, pages.num_pages) == (3, 2)


@pytest.mark.parametrize("table", TABLES)
def test_rows_are_found_by_their_conversation(moderator: Client, talk: Any, table: str) -> None:
    group, ann, _ = talk
    say(make_conversation(ann), ann, "elsewhere")

    found = changelist(moderator, table, q=str(group.pk)).context["cl"].result_list

    assert found
    assert {row.conversation_id for row in found} == {group.pk}


@pytest.mark.parametrize("by", [lambda p: str(p.pk), lambda p: p.email.upper(), lambda p: p.name])
def test_messages_are_found_by_their_sender(
    moderator: Client, talk: Any, by: Callable[[Any], str]
) -> None:
    group, ann, bob = talk
    say(group, bob, "by another")

    found = changelist(moderator, "message", q=by(ann)).context["cl"].result_list

    assert [row.sender_id for row in found] == [ann.pk]


def test_a_message_is_found_by_its_id(moderator: Client, talk: Any) -> None:
    group, ann, _ = talk
    sent = say(group, ann, "this one")

    found = changelist(moderator, "message", q=str(sent["id"])).context["cl"].result_list

    assert [row.body for row in found] == ["this one"]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("q", ["nobody", "0" * 32, "%_'\"", "x" * 5000])
def test_a_search_for_nothing_finds_nothing(
    moderator: Client, talk: Any, table: str, q: str
) -> None:
    answer = changelist(moderator, table, q=q)

    assert answer.status_code == 200
    assert list(answer.context["cl"].result_list) == []


def test_a_search_that_cannot_be_asked_is_answered(moderator: Client, talk: Any) -> None:
    answer = changelist(moderator, "message", q="a\0b")

    assert answer.status_code == 200
    assert "Null characters are not allowed" in answer.content.decode()


def delete(client: Client, *ids: Any) -> Any:
    form = {
        "action": "delete_for_everyone",
        "_selected_action": list(map(str, ids)),
        "confirmed": "yes",
        "reason": "spam",
    }
    return client.post(reverse("admin:messaging_message_changelist"), form, follow=True)


def test_a_moderator_deletes_for_everyone(moderator: Client, talk: Any) -> None:
    group, ann, _ = talk
    with writing(group.pk) as log:
        log.append_system("conversation.renamed", by=ann.pk, title="x")
    ids = Message.objects.filter(conversation=group).values_list("pk", flat=True)

    answer = delete(moderator, *ids)

    assert "Delete for everyone: 1 done" in answer.content.decode()
    assert "A system message cannot be changed" in answer.content.decode()
    first = Message.objects.get(conversation=group, seq=1)
    assert first.body == ""
    assert first.deleted_by is not None
    assert first.deleted_by.name == "Mod"


def test_who_may_only_look_deletes_nothing(talk: Any) -> None:
    client = Client()
    viewer = make_person("Viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_message"))
    client.force_login(viewer)
    assert changelist(client, "message").status_code == 200

    delete(client, *Message.objects.values_list("pk", flat=True))

    assert Message.objects.get(seq=1).deleted_at is None


@pytest.mark.parametrize(("rights", "status"), [({}, 302), ({"is_staff": True}, 403)])
@pytest.mark.parametrize("table", TABLES)
def test_without_the_right_nothing_is_shown(
    talk: Any, table: str, rights: dict[str, bool], status: int
) -> None:
    assert changelist(sign_in(**rights), table).status_code == status
