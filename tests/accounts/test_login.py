"""POST /v1/users/login"""

from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from rest_framework.response import Response

from accounts.auth import sign_ins
from accounts.auth.log_in import check_credentials
from accounts.errors import InvalidCredentials
from accounts.models import SignIn, User
from tests.accounts.scene import (
    HERE,
    PASSWORD,
    bearer,
    is_refused,
    last_sign_in,
    nobody,
    person_with_password,
)
from tests.cast import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> User:
    return person_with_password("Ann", email="ann@example.org")


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hashing that is done, in order."""
    done: list[str] = []
    for name in ("encode", "verify"):
        real = getattr(Argon2PasswordHasher, name)

        def counted(self: Any, *args: Any, real: Any = real, name: str = name) -> Any:
            done.append(name)
            return real(self, *args)

        monkeypatch.setattr(Argon2PasswordHasher, name, counted)
    return done


def log_in(
    email: object = "ann@example.org", password: object = PASSWORD, **extra: Any
) -> Response:
    body = {"email": email, "password": password}
    return nobody().post("/v1/users/login", body, format="json", **extra)


def test_gives_tokens_and_the_person(ann: User) -> None:
    answer = log_in("ANN@example.org ")

    body = answer.json()
    assert answer.status_code == 200
    assert set(body) == {"access", "refresh", "user"}
    assert (body["user"]["id"], body["user"]["email"]) == (str(ann.pk), "ann@example.org")
    assert bearer(body["access"]).get("/v1/users/me").json() == body["user"]
    assert answer["Cache-Control"] == "no-store"


def test_keeps_where_it_came_from(ann: User) -> None:
    log_in(HTTP_USER_AGENT="bot/1.0\x07 " + "x" * 300, REMOTE_ADDR="203.0.113.9")

    sign_in = last_sign_in(ann)
    assert (sign_in.kind, sign_in.address) == ("token", "203.0.113.9")
    assert sign_in.user_agent == ("bot/1.0 " + "x" * 300)[:200]
    ann.refresh_from_db()
    assert ann.last_login is not None


def test_missing_fields_are_named(ann: User) -> None:
    answer = nobody().post("/v1/users/login", {}, format="json")
    assert is_refused(answer, 400, "invalid_input", "email", "password")


@pytest.mark.parametrize("value", [7, False, [PASSWORD], {}])
def test_a_field_of_another_type_is_refused(ann: User, value: object) -> None:
    assert is_refused(log_in(email=value), 400, "invalid_input", "email")
    assert is_refused(log_in(password=value), 400, "invalid_input", "password")


def test_bodies_that_are_no_json_objects_are_refused(ann: User) -> None:
    def post(body: str, content_type: str = "application/json") -> Response:
        return nobody().post("/v1/users/login", body, content_type=content_type)

    assert is_refused(post("{"), 400, "malformed_json")
    assert is_refused(post("[1]"), 400, "invalid_input")
    assert is_refused(post("[" * 100_000), 400, "malformed_json")
    assert is_refused(
        post("email=a", "application/x-www-form-urlencoded"), 415, "unsupported_media_type"
    )


def make_closed() -> User:
    return person_with_password("Eve", email="eve@example.org", is_active=False)


def make_passwordless() -> User:
    return make_person("Eve", email="eve@example.org")


def make_none() -> None:
    return None


@pytest.mark.parametrize("make", [make_none, make_closed, make_passwordless])
@pytest.mark.parametrize("password", [PASSWORD, "another"])
def test_one_answer_and_one_hash_whatever_is_wrong(
    make: Any, password: str, ann: User, hashes: list[str]
) -> None:
    make()
    hashes.clear()
    wrong_password = log_in(password="another")
    assert len(hashes) == 1

    answer = log_in("eve@example.org", password)

    assert len(hashes) == 2
    assert is_refused(answer, 401, "invalid_credentials")
    assert answer.content == wrong_password.content
    assert answer["WWW-Authenticate"] == "Bearer"
    assert not SignIn.objects.exists()


def test_the_right_password_takes_one_hash_too(ann: User, hashes: list[str]) -> None:
    assert log_in().status_code == 200
    assert hashes == ["verify"]


def test_the_same_queries_for_an_unknown_email(
    ann: User, django_assert_num_queries: Any, settings: Any
) -> None:
    settings.RATE_LIMITS = False
    for email in ("ann@example.org", "eve@example.org"):
        with django_assert_num_queries(1):
            log_in(email, "another")


def test_a_password_changed_meanwhile_gives_no_sign_in(ann: User) -> None:
    checked = check_credentials(email="ann@example.org", password=PASSWORD, client=HERE)
    ann.set_password("another one")
    ann.save()

    with pytest.raises(InvalidCredentials):
        sign_ins.start_token_sign_in(user=checked, client=HERE)
    assert not SignIn.objects.exists()


def test_an_account_closed_meanwhile_gives_no_sign_in(ann: User) -> None:
    checked = check_credentials(email="ann@example.org", password=PASSWORD, client=HERE)
    User.objects.update(is_active=False)

    with pytest.raises(InvalidCredentials):
        sign_ins.start_token_sign_in(user=checked, client=HERE)


def test_sign_ins_long_expired_are_cleared_away(ann: User) -> None:
    log_in()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_signin SET expires_at = now() - interval '91 days'")
    log_in()

    assert SignIn.objects.count() == 1
