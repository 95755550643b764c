"""POST /v1/users/me/password"""

from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.response import Response
from rest_framework.test import APIClient

from accounts.errors import WrongPassword
from accounts.models import User
from accounts.people.accounts import change_password
from tests.accounts.scene import (
    HERE,
    PASSWORD,
    Outlet,
    bearer,
    browser,
    error_codes,
    in_parallel,
    is_refused,
    last_sign_in,
    nobody,
    person_with_password,
    sign_in,
    with_csrf,
)
from tests.cast import make_person

pytestmark = pytest.mark.django_db
URL = "/v1/users/me/password"
ME = "/v1/users/me"
NEW = "another long secret"


@pytest.fixture
def ann() -> User:
    return person_with_password("Ann")


def change(
    client: APIClient, current: object = PASSWORD, new: object = NEW, **extra: Any
) -> Response:
    body = {"currentPassword": current, "newPassword": new}
    return client.post(URL, body, format="json", **extra)


def test_ends_all_sign_ins_and_begins_a_new_one(
    ann: User, outlet: Outlet, django_capture_on_commit_callbacks: Any
) -> None:
    this, other, foreign = sign_in(ann), sign_in(ann), sign_in(make_person("Bob"))
    window = browser(ann)

    with django_capture_on_commit_callbacks(execute=True):
        answer = change(bearer(this.access))

    body = answer.json()
    assert (answer.status_code, body["user"]["id"]) == (200, str(ann.pk))
    for access in (this.access, other.access):
        assert is_refused(bearer(access).get(ME), 401, "signed_out")
    assert window.get(ME).status_code == 401
    assert bearer(body["access"]).get(ME).status_code == 200
    assert bearer(foreign.access).get(ME).status_code == 200
    fresh = nobody().post("/v1/users/refresh", {"refresh": body["refresh"]}, format="json")
    assert fresh.status_code == 200
    assert outlet.signed_out(ann) == [None]
    ann.refresh_from_db()
    assert ann.check_password(NEW)


def test_a_browser_goes_on_with_a_new_session(ann: User) -> None:
    window, other = browser(ann), browser(ann)
    before = last_sign_in(ann), window.cookies["sessionid"].value

    answer = change(window, headers=with_csrf(window))

    assert answer.json() == {"access": None, "refresh": None, "user": answer.json()["user"]}
    assert window.get(ME).status_code == 200
    assert other.get(ME).status_code == 401
    assert (last_sign_in(ann), window.cookies["sessionid"].value) != before
    assert last_sign_in(ann).kind == "browser"


def test_a_wrong_current_password_is_refused(ann: User) -> None:
    client = bearer(sign_in(ann).access)

    assert is_refused(change(client, current="wrong"), 403, "wrong_password")
    assert client.get(ME).status_code == 200
    ann.refresh_from_db()
    assert ann.check_password(PASSWORD)


def test_a_weak_new_password_is_refused(ann: User) -> None:
    client = bearer(sign_in(ann).access)

    answer = change(client, new="12345678")

    assert is_refused(answer, 400, "invalid_input", *["newPassword"] * len(error_codes(answer)))
    assert "password_entirely_numeric" in error_codes(answer)
    assert client.get(ME).status_code == 200


def test_fields_are_needed_and_texts(ann: User) -> None:
    client = bearer(sign_in(ann).access)
    both = ("currentPassword", "newPassword")
    assert is_refused(client.post(URL, {}, format="json"), 400, "invalid_input", *both)
    assert is_refused(change(client, current=7, new=True), 400, "invalid_input", *both)


def test_who_has_no_password_cannot_change_it() -> None:
    client = bearer(sign_in(make_person("Bot")).access)
    assert is_refused(change(client), 403, "wrong_password")


def test_nobody_changes_passwords() -> None:
    assert is_refused(change(nobody()), 401, "not_authenticated")


def test_guessing_is_limited(cheap_hashes: None) -> None:
    ann = person_with_password("Ann")
    client = bearer(sign_in(ann).access)
    for _ in range(10):
        assert change(client, current="wrong").status_code == 403
    answer = change(client)
    assert is_refused(answer, 429, "rate_limited")
    assert int(answer["Retry-After"]) > 0


@pytest.mark.django_db(transaction=True)
def test_of_parallel_changes_one_wins(ann: User) -> None:
    def attempt() -> str:
        mine = User.objects.get(pk=ann.pk)
        try:
            change_password(user=mine, current=PASSWORD, new=NEW, client=HERE)
        except WrongPassword:
            return "refused"
        return "changed"

    assert sorted(in_parallel(attempt, 3, threads=3)) == ["changed", "refused", "refused"]


def test_a_password_set_by_an_operator_ends_sign_ins_too(
    ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = sign_in(ann)

    def type_it(prompt: str) -> str:
        return NEW

    monkeypatch.setattr("getpass.getpass", type_it)
    call_command("changepassword", ann.email, verbosity=0)

    assert is_refused(bearer(pair.access).get(ME), 401, "signed_out")


def test_saving_a_person_otherwise_ends_nothing(ann: User) -> None:
    pair = sign_in(ann)
    fresh = User.objects.get(pk=ann.pk)
    fresh.name = "Anna"
    fresh.save()
    assert fresh.check_password(PASSWORD)
    fresh.save()

    assert bearer(pair.access).get(ME).status_code == 200
