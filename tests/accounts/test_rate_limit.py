"""Rate limits on log-in and registration: by account and address together, and by each alone."""

from typing import Any

import pytest
from django.db import connection
from rest_framework.response import Response

from accounts.auth.rate_limits import LIMITS, count_attempt
from accounts.models import Attempt, User
from chatproject.core.errors import RateLimited
from tests.accounts.scene import (
    PASSWORD,
    in_parallel,
    is_refused,
    nobody,
    person_with_password,
)

pytestmark = pytest.mark.django_db
LIMIT = 10
HOME, AWAY = "203.0.113.1", "203.0.113.2"


@pytest.fixture
def ann(cheap_hashes: None) -> User:
    return person_with_password("Ann", email="ann@example.org")


def log_in(email: str = "ann@example.org", password: str = "wrong", **extra: Any) -> Response:
    extra.setdefault("REMOTE_ADDR", HOME)
    body = {"email": email, "password": password}
    return nobody().post("/v1/users/login", body, format="json", **extra)


def statuses(times: int, **fields: Any) -> list[int]:
    return [log_in(**fields).status_code for _ in range(times)]


def is_let_through(account: str = "ann@example.org", address: str = HOME) -> bool:
    try:
        count_attempt(what="log-in", account=account, address=address)
    except RateLimited:
        return False
    return True


def let_a_minute_pass() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_attempt SET window_ends_at = window_ends_at - interval '61 s'"
        )


def test_the_eleventh_try_in_a_minute_is_refused_even_if_right(ann: User) -> None:
    assert statuses(LIMIT) == [401] * LIMIT

    answer = log_in(password=PASSWORD)

    assert is_refused(answer, 429, "rate_limited")
    assert 0 < int(answer["Retry-After"]) <= 60
    let_a_minute_pass()
    assert log_in(password=PASSWORD).status_code == 200


def test_right_tries_count_too(ann: User) -> None:
    assert statuses(LIMIT, password=PASSWORD) == [200] * LIMIT
    assert log_in(password=PASSWORD).status_code == 429


def test_nobody_can_lock_another_out(ann: User) -> None:
    person_with_password("Bob", email="bob@example.org")
    statuses(LIMIT + 1)

    assert log_in(password=PASSWORD, REMOTE_ADDR=AWAY).status_code == 200
    assert log_in("bob@example.org", PASSWORD).status_code == 200
    assert log_in(password=PASSWORD).status_code == 429


def test_another_spelling_is_the_same_account(ann: User) -> None:
    statuses(LIMIT)
    assert log_in(" ANN@example.org").status_code == 429


@pytest.mark.usefixtures("cheap_hashes")
def test_an_unknown_account_is_limited_alike() -> None:
    assert statuses(LIMIT + 1) == [*[401] * LIMIT, 429]


def test_a_rotating_header_does_not_help(ann: User) -> None:
    tries = [log_in(HTTP_X_FORWARDED_FOR=f"198.51.100.{n}") for n in range(LIMIT + 1)]
    assert [answer.status_code for answer in tries] == [*[401] * LIMIT, 429]


def test_behind_a_trusted_proxy_neither(ann: User, settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    tries = [
        log_in(REMOTE_ADDR="10.1.2.3", HTTP_X_FORWARDED_FOR=f"198.51.100.{n}, {HOME}")
        for n in range(LIMIT + 1)
    ]
    assert [answer.status_code for answer in tries] == [*[401] * LIMIT, 429]

    other = log_in(REMOTE_ADDR="10.1.2.3", HTTP_X_FORWARDED_FOR=AWAY)
    assert other.status_code == 401


def test_registration_is_limited() -> None:
    def register(name: str = "a\u202eb", **extra: Any) -> Response:
        body = {"name": name, "email": "ann@example.org", "password": PASSWORD}
        return nobody().post("/v1/users/register", body, format="json", **extra)

    assert [register().status_code for _ in range(LIMIT)] == [400] * LIMIT
    assert is_refused(register("Ann"), 429, "rate_limited")
    assert not User.objects.exists()
    assert register("Ann", REMOTE_ADDR=AWAY).status_code == 201


def test_off_means_off(ann: User, settings: Any) -> None:
    settings.RATE_LIMITS = False
    assert statuses(LIMIT + 2) == [401] * (LIMIT + 2)
    assert not Attempt.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_200_parallel_tries_exactly_the_limit_passes() -> None:
    passed = in_parallel(is_let_through, 200)
    assert (len(passed), sum(passed)) == (200, LIMIT)


@pytest.mark.django_db(transaction=True)
def test_of_200_parallel_requests_exactly_the_limit_passes(ann: User) -> None:
    answers = in_parallel(lambda: log_in().status_code, 200)
    assert (answers.count(401), answers.count(429)) == (LIMIT, 200 - LIMIT)


@pytest.mark.django_db(transaction=True)
def test_a_window_that_ended_begins_anew_once() -> None:
    in_parallel(is_let_through, 20)
    let_a_minute_pass()
    assert sum(in_parallel(is_let_through, 200)) == LIMIT


def test_a_refused_try_costs_no_hash(ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(LIMIT):
        is_let_through()
    monkeypatch.setattr("accounts.auth.log_in.is_right_password", None)
    assert log_in().status_code == 429


def test_the_count_does_not_grow_for_ever() -> None:
    most = max(limit.tries for limit in LIMITS["log-in"].values())
    for _ in range(most + 20):
        is_let_through()
    assert {attempt.count for attempt in Attempt.objects.all()} == {most + 1}


def test_old_counters_are_cleared_away() -> None:
    for number in range(15):
        is_let_through(account=f"{number}@example.org")
    let_a_minute_pass()
    for number in range(4):
        is_let_through(account=f"new{number}@example.org")

    # Of each account two, of the address one that goes on.
    assert Attempt.objects.count() == 4 * 2 + 1


def test_a_line_of_ipv6_counts_as_one_place() -> None:
    passed = [is_let_through(address=f"2001:db8:1:2::{n:x}") for n in range(LIMIT + 1)]
    assert passed == [*[True] * LIMIT, False]
    assert is_let_through(address="2001:db8:1:3::1")
