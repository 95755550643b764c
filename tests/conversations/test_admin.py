"""Conversations in the admin: shown and found without a full count, and changed by no form."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chatproject.core.admin.lists import LISTED
from conversations.models import Ban, Conversation
from tests.cast import make_direct, make_person
from tests.messaging.actions.scene import Scene, make_scene

TABLES = ["conversation", "participant", "ban"]


@pytest.fixture
def scene(db: None) -> Scene:
    scene = make_scene()
    Ban.objects.create(conversation=scene.conversation, user=scene.outsider, banned_by=scene.owner)
    return scene


def sign_in(**rights: bool) -> Client:
    client = Client()
    client.force_login(make_person("Mod", **rights))
    return client


@pytest.fixture
def moderator(scene: Scene) -> Client:
    return sign_in(is_staff=True, is_superuser=True)


def listed(client: Client, table: str, **query: Any) -> Any:
    return client.get(reverse(f"admin:conversations_{table}_changelist") + "?" + urlencode(query))


def rows(client: Client, table: str, **query: Any) -> list[Any]:
    return list(listed(client, table, **query).context["cl"].result_list)


@pytest.mark.parametrize("table", TABLES)
def test_each_table_is_listed_and_each_row_is_shown(moderator: Client, table: str) -> None:
    row = rows(moderator, table)[0]

    shown = moderator.get(reverse(f"admin:conversations_{table}_change", args=[row.pk]))

    assert shown.status_code == 200
    assert b'name="_save"' not in shown.content
    assert moderator.get(reverse(f"admin:conversations_{table}_add")).status_code == 403
    delete = reverse(f"admin:conversations_{table}_delete", args=[row.pk])
    assert moderator.post(delete, {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("table", TABLES)
def test_no_list_counts_its_whole_table(moderator: Client, table: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        listed(moderator, table)

    counts = [q["sql"] for q in queries.captured_queries if "COUNT(" in q["sql"]]
    assert counts
    assert all(f"LIMIT {LISTED}" in sql for sql in counts)


def test_a_conversation_is_found_by_id_and_title(moderator: Client, scene: Scene) -> None:
    title = scene.conversation.title

    assert rows(moderator, "conversation", q=str(scene.id)) == [scene.conversation]
    assert rows(moderator, "conversation", q=title.lower()) == [scene.conversation]
    assert rows(moderator, "conversation", q="zzz") == []


def test_the_list_names_a_conversation_that_has_no_title(moderator: Client, scene: Scene) -> None:
    direct = make_direct(scene.owner, scene.member)
    page = listed(moderator, "conversation").content.decode()
    assert f">{scene.conversation.title}</a>" in page
    assert f">direct {str(direct.pk)[:8]}…</a>" in page.lower()


def test_memberships_are_found_by_conversation_and_person(moderator: Client, scene: Scene) -> None:
    assert len(rows(moderator, "participant", q=str(scene.id))) == 4
    for term in (str(scene.member.pk), str(scene.member.email).upper()):
        assert [row.user for row in rows(moderator, "participant", q=term)] == [scene.member]
    assert [row.user for row in rows(moderator, "ban", q=str(scene.outsider.pk))] == [
        scene.outsider
    ]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("q", ["nobody", "0" * 32, "%_'\"", "x" * 5000])
def test_a_search_for_nothing_finds_nothing(moderator: Client, table: str, q: str) -> None:
    answer = listed(moderator, table, q=q)

    assert answer.status_code == 200
    assert list(answer.context["cl"].result_list) == []


def test_no_form_changes_a_conversation(moderator: Client, scene: Scene) -> None:
    change = reverse("admin:conversations_conversation_change", args=[scene.id])
    form = {
        "locked_at_0": "2026-01-31",
        "locked_at_1": "09:30:00",
        "title": "Mine now",
        "kind": "public",
        "last_seq": "99",
    }

    assert moderator.post(change, form).status_code == 403

    after = Conversation.objects.get(pk=scene.id)
    assert after.locked_at is None
    assert (after.title, after.kind, after.last_seq) == (scene.conversation.title, "group", 0)


@pytest.mark.parametrize("table", TABLES)
def test_others_see_nothing_of_it(scene: Scene, table: str) -> None:
    assert listed(sign_in(is_staff=True), table).status_code == 403
    assert listed(sign_in(), table).status_code == 302
