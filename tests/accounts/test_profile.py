"""GET and PATCH /v1/users/me, GET /v1/users/{id}"""

from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from tests.accounts.scene import Outlet, is_refused, nobody, program
from tests.cast import make_person

pytestmark = pytest.mark.django_db
ME = "/v1/users/me"


@pytest.fixture
def ann() -> User:
    return make_person("Ann", email="ann@example.org", about="Hello")


def test_ones_own_profile(ann: User) -> None:
    body = program(ann).get(ME).json()

    assert body == {
        "id": str(ann.pk),
        "name": "Ann",
        "email": "ann@example.org",
        "about": "Hello",
        "isBot": False,
        "avatarUrl": None,
        "isActive": True,
        "status": None,
        "hidesPresence": False,
        "privacy": dict.fromkeys(("presence", "receipts", "writing", "adding"), "everyone"),
        "doNotDisturb": {"quietHours": None, "until": None},
        "timeZone": "",
        "createdAt": body["createdAt"],
    }


def test_a_slash_behind_the_path_makes_no_difference(ann: User) -> None:
    assert program(ann).get(f"{ME}/").status_code == 200


def test_others_see_the_public_part_only(ann: User) -> None:
    body = program(make_person("Bob")).get(f"/v1/users/{ann.pk}").json()

    assert body == {
        "id": str(ann.pk),
        "name": "Ann",
        "about": "Hello",
        "isBot": False,
        "avatarUrl": None,
        "isActive": True,
        "status": None,
    }


def test_changing_name_and_about(
    ann: User, outlet: Outlet, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = program(ann).patch(ME, {"name": " Anna ", "about": "Line\nline"}, format="json")

    ann.refresh_from_db()
    assert (answer.json()["name"], answer.json()["about"]) == ("Anna", "Line\nline")
    assert (ann.name, ann.about, ann.email) == ("Anna", "Line\nline", "ann@example.org")
    assert outlet.of(ann) == [{"type": "state.changed", "part": "profile"}]


def test_what_is_not_given_stays(ann: User) -> None:
    client = program(ann)
    assert client.patch(ME, {"about": ""}, format="json").json()["name"] == "Ann"
    assert client.patch(ME, {"name": "Anna"}, format="json").json()["about"] == ""
    assert client.patch(ME, {}, format="json").json()["name"] == "Anna"


def test_rights_are_not_ones_own_to_give(ann: User) -> None:
    change = {"isStaff": True, "is_staff": True, "isBot": True, "email": "x@example.org", "id": "1"}
    program(ann).patch(ME, change, format="json")

    ann.refresh_from_db()
    assert (ann.is_staff, ann.is_bot, ann.email) == (False, False, "ann@example.org")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "\u200b"),
        ("name", "a\u202eb"),
        ("name", "n" * 101),
        ("name", 7),
        ("about", "a" * 501),
        ("about", True),
        ("about", "a\0b"),
    ],
)
def test_a_bad_value_is_refused(ann: User, field: str, value: object) -> None:
    answer = program(ann).patch(ME, {field: value}, format="json")

    assert is_refused(answer, 400, "invalid_input", field)
    ann.refresh_from_db()
    assert (ann.name, ann.about) == ("Ann", "Hello")


def test_two_bad_values_are_both_named(ann: User) -> None:
    answer = program(ann).patch(ME, {"name": 7, "about": 7}, format="json")
    assert is_refused(answer, 400, "invalid_input", "name", "about")


def test_a_closed_account_keeps_its_name(ann: User) -> None:
    client = program(make_person("Bob"))
    User.objects.filter(pk=ann.pk).update(is_active=False)

    body = client.get(f"/v1/users/{ann.pk}").json()
    assert (body["name"], body["isActive"]) == ("Ann", False)


def test_an_unknown_person_is_not_there(ann: User) -> None:
    assert is_refused(program(ann).get(f"/v1/users/{uuid4()}"), 404, "person_not_found")
    assert is_refused(program(ann).get("/v1/users/someone"), 404, "not_found")


def test_nobody_sees_profiles(ann: User) -> None:
    for answer in (
        nobody().get(ME),
        nobody().patch(ME, {"name": "x"}, format="json"),
        nobody().get(f"/v1/users/{ann.pk}"),
    ):
        assert is_refused(answer, 401, "not_authenticated")
