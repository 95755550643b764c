"""DELETE /v1/users/me"""

from typing import Any

import pytest
from rest_framework.response import Response
from rest_framework.test import APIClient

from accounts.errors import PersonNotFound
from accounts.events import account_closing
from accounts.models import User
from accounts.people.accounts import close_account
from tests.accounts.scene import (
    PASSWORD,
    Outlet,
    bearer,
    browser,
    is_refused,
    nobody,
    person_with_password,
    program,
    sign_in,
    with_csrf,
)
from tests.cast import make_person

pytestmark = pytest.mark.django_db
ME = "/v1/users/me"


@pytest.fixture
def ann() -> User:
    return person_with_password("Ann", email="ann@example.org")


def close(client: APIClient, password: object = PASSWORD, **extra: Any) -> Response:
    return client.delete(ME, {"password": password}, format="json", **extra)


def is_open(user: User) -> bool:
    user.refresh_from_db()
    assert user.is_active == (user.deactivated_at is None)
    return user.is_active


def test_ends_everything(
    ann: User, outlet: Outlet, django_capture_on_commit_callbacks: Any
) -> None:
    this, other = sign_in(ann), sign_in(ann)

    with django_capture_on_commit_callbacks(execute=True):
        answer = close(bearer(this.access))

    assert answer.status_code == 204
    assert not is_open(ann)
    assert bearer(this.access).get(ME).status_code == 401
    assert bearer(other.access).get(ME).status_code == 401
    body = {"email": "ann@example.org", "password": PASSWORD}
    log_in = nobody().post("/v1/users/login", body, format="json")
    assert is_refused(log_in, 401, "invalid_credentials")
    assert outlet.signed_out(ann) == [None]


def test_a_browser_is_logged_out(ann: User) -> None:
    window = browser(ann)

    assert close(window, headers=with_csrf(window)).status_code == 204
    assert window.get(ME).status_code == 401
    assert window.cookies["sessionid"].value == ""


def test_who_is_gone_is_not_found_by_name_or_email(ann: User) -> None:
    client = program(make_person("Bob"))
    close_account(user=ann)

    for query in ("Ann", "ann@example.org"):
        assert client.get("/v1/users", {"q": query}).json()["results"] == []


def test_other_apps_hear_of_it_before(ann: User) -> None:
    heard: list[tuple[User, bool]] = []

    def listen(user: User, **kwargs: Any) -> None:
        heard.append((user, User.objects.get(pk=user.pk).is_active))

    account_closing.connect(listen)
    try:
        close_account(user=ann)
    finally:
        account_closing.disconnect(listen)
    assert heard == [(ann, True)]


def test_what_fails_elsewhere_keeps_it_open(ann: User) -> None:
    pair = sign_in(ann)

    def fail(**kwargs: Any) -> None:
        User.objects.filter(pk=ann.pk).update(name="half done")
        raise RuntimeError

    account_closing.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            close_account(user=ann)
    finally:
        account_closing.disconnect(fail)

    assert is_open(ann)
    assert ann.name == "Ann"
    assert bearer(pair.access).get(ME).status_code == 200


def test_a_wrong_password_is_refused(ann: User) -> None:
    client = program(ann)
    assert is_refused(close(client, "wrong"), 403, "wrong_password")
    assert is_refused(close(client, 7), 400, "invalid_input", "password")
    assert is_refused(client.delete(ME), 400, "invalid_input", "password")
    assert is_open(ann)


def test_guessing_is_limited(cheap_hashes: None) -> None:
    ann = person_with_password("Ann")
    client = program(ann)
    for _ in range(10):
        close(client, "wrong")
    assert is_refused(close(client), 429, "rate_limited")
    assert is_open(ann)


def test_a_closed_account_is_not_closed_again(ann: User) -> None:
    close_account(user=ann)
    with pytest.raises(PersonNotFound):
        close_account(user=ann)


def test_nobody_closes_accounts() -> None:
    assert is_refused(close(nobody()), 401, "not_authenticated")
