"""Times in lists of the admin are short, name the month, and sort as before."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from accounts.auth.api_tokens import create_api_token
from accounts.auth.scopes import Scope
from accounts.models import Contact, Mute, SignIn, User
from chatproject.core.admin.lists import PlainAdmin
from chatproject.core.admin.times import short_time
from tests.cast import make_person

AT = datetime(2026, 11, 30, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "30 Nov 2026, 01:15"),
        ("de", "30. Nov. 2026, 01:15"),
        ("de-at", "30. Nov. 2026, 01:15"),
    ],
)
def test_a_time_is_short_and_names_the_month(language: str, shown: str) -> None:
    with translation.override(language):
        assert f">{shown}</time>" in str(short_time(AT))


def test_it_is_in_the_zone_of_the_reader_and_exact_for_programs() -> None:
    with timezone.override("Europe/Berlin"), translation.override("en"):
        assert short_time(AT) == (
            '<time datetime="2026-11-30T01:15:00+00:00">30 Nov 2026, 02:15</time>'
        )
    assert short_time(None) is None


@pytest.fixture
def lists(db: None) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(make_person("Ann", is_staff=True, is_superuser=True))
    return client


def listed(client: Client, **query: str) -> Any:
    return client.get(reverse("admin:accounts_contact_changelist"), query)


def test_lists_show_it_and_sort_by_it(lists: Client) -> None:
    owner, person, other = make_person("Olga"), make_person("Paul"), make_person("Quentin")
    Contact.objects.create(owner=owner, person=person, created_at=AT)
    Contact.objects.create(owner=owner, person=other, created_at=AT.replace(year=2027))

    for direction, people in (("3", [person, other]), ("-3", [other, person])):
        page = listed(lists, o=direction)
        assert [row.person for row in page.context["cl"].result_list] == people
    assert "30 Nov 2026, 01:15</time>" in page.content.decode()
    assert 'class="sortable column-created_at' in page.content.decode()


def test_a_time_that_is_not_there_is_a_dash(lists: Client) -> None:
    Mute.objects.create(user=make_person("Mo"), created_at=AT)
    page = lists.get(reverse("admin:accounts_mute_changelist")).content.decode()
    assert '<td class="field-ends_at">-</td>' in page


def test_no_list_shows_a_time_at_length(lists: Client) -> None:
    """Every list of ours: its columns of times are the short ones."""
    request = type("Request", (), {"user": None})()
    for model, page in admin.site._registry.items():
        assert isinstance(page, PlainAdmin), model
        for column in page.get_list_display(request):  # type: ignore[arg-type]
            if isinstance(column, str) and not hasattr(page, column):
                field = getattr(model, column, None)
                kind = getattr(field, "field", None)
                assert not isinstance(kind, models.DateTimeField), (model, column)


def test_the_times_of_a_token_are_short_too(lists: Client) -> None:
    ann = User.objects.get(name="Ann")
    create_api_token(user=ann, made_by=ann, name="cron", scopes=[Scope.HISTORY_READ])
    SignIn.objects.filter(kind="api").update(last_used_at=AT, expires_at=AT)
    page = lists.get(reverse("admin:accounts_apitoken_changelist")).content.decode()
    assert page.count("30 Nov 2026, 01:15</time>") == 2
