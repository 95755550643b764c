"""A changed word filter is announced to every process, which then has the list before a send."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from chatproject.realtime.control import Command
from messaging.moderation import word_filters
from messaging.moderation.models import WordFilter
from messaging.moderation.word_filters import WORD_FILTERS_CHANGED
from tests.accounts.scene import Outlet
from tests.cast import make_person

pytestmark = pytest.mark.django_db

TOLD = [Command(WORD_FILTERS_CHANGED, {})]


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    outlet = Outlet()
    yield outlet
    outlet.close()


@pytest.fixture
def admin() -> Client:
    person = make_person("Root")
    User.objects.filter(pk=person.pk).update(is_staff=True, is_superuser=True)
    person.refresh_from_db()
    client = Client()
    client.force_login(person)
    return client


def test_the_admin_announces_what_it_adds_changes_and_deletes(
    admin: Client, outlet: Outlet, django_capture_on_commit_callbacks: Any
) -> None:
    def post(name: str, *args: Any, **fields: str) -> list[Command]:
        outlet.commands.clear()
        with django_capture_on_commit_callbacks(execute=True):
            answer = admin.post(reverse(f"admin:messaging_wordfilter_{name}", args=args), fields)
        assert answer.status_code == 302
        return outlet.commands

    assert post("add", word="spam", act="refuse") == TOLD
    added = WordFilter.objects.get(word="spam")
    assert post("change", added.pk, word="spam", act="flag") == TOLD
    assert post("delete", added.pk, post="yes") == TOLD


def test_a_refused_change_announces_nothing(
    admin: Client, outlet: Outlet, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = admin.post(
            reverse("admin:messaging_wordfilter_add"), {"word": "!!", "act": "refuse"}
        )
    assert answer.status_code == 200
    assert outlet.commands == []


def test_the_list_is_read_anew_only_when_it_has_changed(django_assert_num_queries: Any) -> None:
    WordFilter.objects.create(word="spam", act="refuse")
    word_filters.refresh()
    assert word_filters.held().refused == {"spam"}
    with django_assert_num_queries(1):  # the revision
        word_filters.refresh()
