"""POST /v1/users/logout"""

from typing import Any

import pytest

from accounts.models import SignIn, User
from tests.accounts.scene import (
    Outlet,
    bearer,
    browser,
    is_refused,
    last_sign_in,
    nobody,
    sign_in,
    with_csrf,
)
from tests.cast import make_person

pytestmark = pytest.mark.django_db
URL = "/v1/users/logout"
ME = "/v1/users/me"


@pytest.fixture
def ann() -> User:
    return make_person("Ann")


def refresh_status(token: str) -> int:
    body = {"refresh": token}
    return int(nobody().post("/v1/users/refresh", body, format="json").status_code)


def test_ends_this_sign_in_and_no_other(
    ann: User, outlet: Outlet, django_capture_on_commit_callbacks: Any
) -> None:
    this, other = sign_in(ann), sign_in(ann)

    with django_capture_on_commit_callbacks(execute=True):
        answer = bearer(this.access).post(URL)

    assert (answer.status_code, answer.content) == (204, b"")
    assert is_refused(bearer(this.access).get(ME), 401, "signed_out")
    assert refresh_status(this.refresh) == 401
    assert bearer(other.access).get(ME).status_code == 200
    assert outlet.signed_out(ann) == [str(this.sign_in.pk)]


def test_everywhere_ends_all_of_ones_own(
    ann: User, outlet: Outlet, django_capture_on_commit_callbacks: Any
) -> None:
    bob = make_person("Bob")
    this, other, foreign = sign_in(ann), sign_in(ann), sign_in(bob)
    window = browser(ann)

    with django_capture_on_commit_callbacks(execute=True):
        answer = bearer(this.access).post(URL, {"everywhere": True}, format="json")

    assert answer.status_code == 204
    assert bearer(this.access).get(ME).status_code == 401
    assert bearer(other.access).get(ME).status_code == 401
    assert window.get(ME).status_code == 401
    assert refresh_status(other.refresh) == 401
    assert bearer(foreign.access).get(ME).status_code == 200
    assert outlet.signed_out(ann) == [None]
    assert outlet.of(bob) == []


def test_ends_a_browsers_session(ann: User) -> None:
    window = browser(ann)
    assert window.get(ME).status_code == 200

    answer = window.post(URL, headers=with_csrf(window))

    assert answer.status_code == 204
    assert window.get(ME).status_code == 401
    assert last_sign_in(ann).ended_at is not None


def test_nobody_cannot_log_out() -> None:
    assert is_refused(nobody().post(URL), 401, "not_authenticated")


@pytest.mark.parametrize("value", [1, "yes", "true", []])
def test_everywhere_must_be_a_flag(ann: User, value: object) -> None:
    client = bearer(sign_in(ann).access)

    answer = client.post(URL, {"everywhere": value}, format="json")

    assert is_refused(answer, 400, "invalid_input", "everywhere")
    assert client.get(ME).status_code == 200


def test_a_second_time_is_refused(ann: User) -> None:
    client = bearer(sign_in(ann).access)
    client.post(URL)
    assert is_refused(client.post(URL), 401, "signed_out")
    assert SignIn.objects.count() == 1
