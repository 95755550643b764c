"""GET /v1/users: by name, by the exact email, by ids"""

import base64
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from rest_framework.test import APIClient

from accounts.models import User
from accounts.people.names import name_errors
from accounts.people.search import find_people
from chatproject.core.db.fold_name import FoldName
from chatproject.core.db.seek_pagination import Position
from tests.accounts.scene import is_refused, nobody, program
from tests.cast import make_person
from tests.vectors import load

pytestmark = pytest.mark.django_db
URL = "/v1/users"


@pytest.fixture
def client() -> APIClient:
    return program(make_person("Zed", email="zed@example.org"))


def names(client: APIClient, **query: Any) -> list[str]:
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    return [person["name"] for person in answer.json()["results"]]


def test_a_part_of_the_name_in_any_case_prefixes_first(client: APIClient) -> None:
    for name in ("Joanna", "ANNA", "annette", "Bob", "Éanna"):
        make_person(name)

    assert names(client, q="ann") == ["ANNA", "annette", "Joanna", "Éanna"]
    assert names(client, q="ÉAN") == ["Éanna"]
    assert names(client, q=" nobody ") == []


def test_signs_of_patterns_stand_for_themselves(client: APIClient) -> None:
    for name in ("100%", "a_b", "back\\slash", "plain"):
        make_person(name)

    assert names(client, q="%") == ["100%"]
    assert names(client, q="_") == ["a_b"]
    assert names(client, q="\\") == ["back\\slash"]


def test_without_a_query_everybody_by_name(client: APIClient) -> None:
    make_person("bob")
    make_person("Ann")
    make_person("Gone", is_active=False)

    assert names(client) == names(client, q="") == ["Ann", "bob", "Zed"]


def test_an_email_is_only_found_whole(client: APIClient) -> None:
    make_person("Ann", email="ann@example.org")

    assert names(client, q="ANN@example.org") == ["Ann"]
    assert names(client, q="ann@example") == []
    assert names(client, q="@") == []
    assert names(client, q="example.org") == []


def test_emails_are_shown_to_nobody(client: APIClient) -> None:
    make_person("Ann", email="ann@example.org")

    for query in ({"q": "ann@example.org"}, {"q": "Ann"}, {}):
        assert b"ann@" not in client.get(URL, query).content


def test_closed_accounts_are_not_found(client: APIClient) -> None:
    make_person("Ann", email="ann@example.org", is_active=False)

    assert names(client, q="Ann") == names(client, q="ann@example.org") == []


def test_ids_are_looked_up_even_of_closed_accounts(client: APIClient) -> None:
    ann, gone = make_person("Ann"), make_person("Gone", is_active=False)
    make_person("Bob")

    answer = client.get(URL, {"ids": f"{ann.pk},{gone.pk},{uuid4()}"}).json()

    assert {person["id"] for person in answer["results"]} == {str(ann.pk), str(gone.pk)}
    assert (answer["next"], answer["previous"]) == (None, None)


def test_ids_are_refused_when_too_many_or_none(client: APIClient) -> None:
    too_many = ",".join(str(uuid4()) for _ in range(101))
    for ids in (too_many, "x", "a,b", f"{uuid4()},"):
        assert is_refused(client.get(URL, {"ids": ids}), 400, "invalid_input", "ids")


@pytest.mark.parametrize(("name", "value"), [("q", "x" * 1_000), ("limit", "0")])
def test_what_is_wrong_beside_ids_is_refused(client: APIClient, name: str, value: str) -> None:
    answer = client.get(URL, {"ids": str(make_person("Ann").pk), name: value})
    assert is_refused(answer, 400, "invalid_input", name)


def test_a_page_takes_two_queries(client: APIClient, django_assert_num_queries: Any) -> None:
    for number in range(5):
        make_person(f"Ann {number}")
    with django_assert_num_queries(2):  # one of them for the token
        client.get(URL, {"q": "ann", "limit": 3})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "1000000000"),
        ("limit", "many"),
        ("limit", "9" * 5000),
        ("q", "x" * 201),
        ("q", "a\0b"),
        ("cursor", "rubbish"),
        ("cursor", "a\0b"),
        ("cursor", base64.urlsafe_b64encode(b"[true,0,1,2]").decode()),
        ("cursor", base64.urlsafe_b64encode(b'[true,0,"a","no-uuid"]').decode()),
        ("cursor", base64.urlsafe_b64encode(b'[true,"a"]').decode()),
        ("cursor", base64.urlsafe_b64encode(b"[" * 1200).decode()),
    ],
)
def test_a_bad_parameter_is_refused(client: APIClient, name: str, value: str) -> None:
    answer = client.get(URL, {"q": "ann", name: value})
    assert is_refused(answer, 400, "invalid_input", name)


def test_a_cursor_of_another_list_is_refused(client: APIClient) -> None:
    for number in range(3):
        make_person(f"Ann {number}")
    cursor = client.get(URL, {"q": "ann", "limit": 1}).json()["next"]

    assert is_refused(client.get(URL, {"cursor": cursor}), 400, "invalid_input", "cursor")


def test_a_cursor_with_a_huge_number_does_no_harm(client: APIClient) -> None:
    key = orjson.dumps([True, 2**63, "a", str(uuid4())])
    cursor = base64.urlsafe_b64encode(key).decode()
    assert names(client, q="ann", cursor=cursor) == []


def test_nobody_finds_people() -> None:
    assert is_refused(nobody().get(URL), 401, "not_authenticated")


class TestPages(TestCase):
    """Pages joined equal the whole, forwards and backwards, whatever the names are."""

    @settings(max_examples=40)
    @given(
        st.lists(st.sampled_from(["ab", "AB", "xab", "abx", "xabx", "Éab"]), max_size=9),
        st.integers(1, 4),
    )
    def test_joined_equal_the_whole(self, names: list[str], limit: int) -> None:
        User.objects.all().delete()
        for name in names:
            make_person(name)
        whole = find_people(query="ab", position=None, limit=100).rows
        assert len(whole) == len(names)

        pages = [find_people(query="ab", position=None, limit=limit)]
        while pages[-1].next:
            pages.append(find_people(query="ab", position=pages[-1].next, limit=limit))
        assert [row for page in pages for row in page.rows] == whole
        assert pages[0].previous is None

        position: Position | None = pages[-1].previous
        back = list(pages[-1].rows)
        while position:
            page = find_people(query="ab", position=position, limit=limit)
            back = [*page.rows, *back]
            position = page.previous
        assert back == whole


def test_a_part_of_a_name_is_found_by_the_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO accounts_user (id, name, password, about, created_at,
                   is_bot, is_active, is_staff, is_superuser)
               SELECT gen_random_uuid(), md5(n::text), '', '', now(), false, true, false, false
               FROM generate_series(1, 20000) n"""
        )
        cursor.execute("ANALYZE accounts_user")
    people = User.objects.active().alias(folded_name=FoldName("name"))
    found = people.filter(folded_name__contains="abcdef")
    assert "user_by_folded_name" in found.explain()


NAMES = [case for case in load("folding") if not name_errors(case["text"])]


@pytest.mark.parametrize("case", NAMES, ids=lambda case: case["name"])
def test_names_are_folded(client: APIClient, case: dict[str, Any]) -> None:
    make_person(case["text"])
    make_person("Somebody else")

    assert names(client, q=case["folded"]) == [case["text"]]
    assert names(client, q=case["text"]) == [case["text"]]
