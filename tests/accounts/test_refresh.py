"""POST /v1/users/refresh: a refresh token works once, and its reuse ends the sign-in."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.response import Response
from rest_framework_simplejwt.tokens import RefreshToken as PlainRefreshToken

from accounts.auth.sign_ins import end_sign_in
from accounts.auth.token_refresh import refresh_tokens
from accounts.auth.tokens import AccessToken, RefreshToken
from accounts.models import SignIn, User
from tests.accounts.scene import (
    Outlet,
    bearer,
    expire,
    in_parallel,
    is_refused,
    last_sign_in,
    nobody,
    sign_in,
)
from tests.cast import make_person
from tests.waiting import eventually

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> User:
    return make_person("Ann")


def refresh(token: object) -> Response:
    return nobody().post("/v1/users/refresh", {"refresh": token}, format="json")


def is_welcome(access: str) -> bool:
    return bool(bearer(access).get("/v1/users/me").status_code == 200)


def test_gives_a_new_pair(ann: User) -> None:
    first = sign_in(ann)

    answer = refresh(first.refresh)

    body = answer.json()
    assert answer.status_code == 200
    assert body["user"]["id"] == str(ann.pk)
    assert body["refresh"] != first.refresh
    assert is_welcome(body["access"])
    assert SignIn.objects.count() == 1


def test_prolongs_the_sign_in(ann: User) -> None:
    pair = sign_in(ann)
    SignIn.objects.update(
        expires_at=timezone.now() + timedelta(minutes=5), last_used_at="2026-01-01T00:00:00Z"
    )

    refresh(pair.refresh)

    kept = last_sign_in(ann)
    assert timedelta(days=29) < kept.expires_at - timezone.now() <= timedelta(days=30)
    assert timezone.now() - kept.last_used_at < timedelta(minutes=1)


def test_goes_on_from_one_to_the_next(ann: User) -> None:
    token = sign_in(ann).refresh
    for _ in range(5):
        token = refresh(token).json()["refresh"]
    assert is_welcome(refresh(token).json()["access"])


def test_reuse_ends_the_sign_in_with_all_its_tokens(
    ann: User, outlet: Outlet, django_capture_on_commit_callbacks: Any
) -> None:
    stolen = sign_in(ann)
    other = sign_in(ann)
    current = refresh(stolen.refresh).json()

    with django_capture_on_commit_callbacks(execute=True):
        answer = refresh(stolen.refresh)

    assert is_refused(answer, 401, "refresh_token_reused")
    assert not is_welcome(stolen.access)
    assert not is_welcome(current["access"])
    assert is_refused(refresh(current["refresh"]), 401, "signed_out")
    assert is_welcome(other.access)
    assert outlet.signed_out(ann) == [str(stolen.sign_in.pk)]


@pytest.mark.django_db(transaction=True)
def test_of_eight_parallel_uses_one_goes_through(ann: User) -> None:
    for _ in range(5):
        pair = sign_in(ann)

        answers = in_parallel(lambda pair=pair: refresh(pair.refresh), 8, threads=8)

        assert sorted(answer.status_code for answer in answers) == [200, *[401] * 7]
        winner = next(answer for answer in answers if answer.status_code == 200).json()
        assert not is_welcome(winner["access"])
        assert refresh(winner["refresh"]).status_code == 401


def somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid"
        )
        return cursor.rowcount > 0


@pytest.mark.django_db(transaction=True)
def test_a_use_that_waited_for_another_is_refused(ann: User) -> None:
    pair = sign_in(ann)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            refresh_tokens(refresh=pair.refresh)
            second = pool.submit(in_parallel, lambda: refresh(pair.refresh), 1, threads=1)
            eventually(somebody_waits_for_us)
        (answer,) = second.result()

    assert is_refused(answer, 401, "refresh_token_reused")


def test_after_a_log_out_it_is_refused(ann: User) -> None:
    pair = sign_in(ann)
    end_sign_in(user_id=ann.pk, sign_in_id=pair.sign_in.pk)

    assert is_refused(refresh(pair.refresh), 401, "signed_out")


def test_for_a_closed_account_it_is_refused(ann: User) -> None:
    pair = sign_in(ann)
    User.objects.update(is_active=False)

    assert refresh(pair.refresh).status_code == 401


def test_for_an_expired_sign_in_it_is_refused(ann: User) -> None:
    pair = sign_in(ann)
    expire(last_sign_in(ann))

    assert refresh(pair.refresh).status_code == 401


def test_a_token_past_its_time_is_refused(ann: User) -> None:
    pair = sign_in(ann)
    token = RefreshToken()
    token["sub"], token["sid"], token["jti"] = str(ann.pk), str(pair.sign_in.pk), uuid4().hex
    token.set_exp(lifetime=-timedelta(seconds=1))

    assert is_refused(refresh(str(token)), 401, "token_expired")
    assert is_welcome(pair.access)


def test_a_foreign_token_is_refused(ann: User) -> None:
    pair = sign_in(ann)
    claims: dict[str, Any] = jwt.decode(pair.refresh, options={"verify_signature": False})
    plain = PlainRefreshToken()  # signed with the bare SECRET_KEY
    plain.payload = claims
    unnamed = RefreshToken()

    for foreign in (
        "rubbish",
        "",
        pair.refresh[:-2],
        pair.access,
        str(plain),
        str(unnamed),
        jwt.encode(claims, "x" * 40, algorithm="HS256"),
        jwt.encode(claims, None, algorithm="none"),
        "x" * 601,
    ):
        assert refresh(foreign).status_code in (400, 401), foreign
    assert is_welcome(pair.access)


@pytest.mark.parametrize("value", [None, 7, True, ["a"]])
def test_a_field_of_another_type_is_refused(value: object) -> None:
    assert is_refused(refresh(value), 400, "invalid_input", "refresh")


def test_an_access_token_does_not_refresh(ann: User) -> None:
    pair = sign_in(ann)
    access = AccessToken()
    access["sub"], access["sid"] = str(ann.pk), str(pair.sign_in.pk)

    assert is_refused(refresh(str(access)), 401, "invalid_token")
