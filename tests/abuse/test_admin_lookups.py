"""Addresses of the admin with values that no column can hold: a 400, never a 500."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from tests.cast import make_person

pytestmark = pytest.mark.django_db(transaction=True)

LISTS = sorted(
    f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    for model in admin.site._registry
    if model._meta.app_label in {"accounts", "attachments", "conversations", "messaging"}
)


@pytest.fixture
def staff() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(make_person("Op", is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize("name", LISTS)
def test_no_lookup_of_a_list_ends_in_an_error_of_ours(staff: Client, name: str) -> None:
    url = reverse(name)
    for query in (
        {"q": "a\0b"},
        {"address": "x"},
        {"name": "a\0b"},
        {"id": "x"},
        {"pk": "\0"},
        {"created_at__gte": "never"},
        {"o": "x"},
        {"p": "9" * 40},
        {"user": "x"},
        {"user__id__exact": "\0"},
        {"conversation": "x"},
        {"state": "\0"},
        {"since": "yesterdayish"},
        {"e": "1"},
    ):
        assert staff.get(url, query).status_code in (200, 302, 400, 403), query


@pytest.mark.parametrize("name", LISTS)
def test_no_id_in_an_address_ends_in_an_error_of_ours(staff: Client, name: str) -> None:
    for key in ("x", "%00", "9" * 40, "_5F", "a%00b"):
        answer = staff.get(f"{reverse(name)}{key}/change/")
        assert answer.status_code in (200, 302, 400, 403, 404), key
