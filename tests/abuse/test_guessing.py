"""Guessing passwords and emails: slowed down whatever is varied, and nobody else is shut out."""

from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from rest_framework.response import Response

from accounts.auth.rate_limits import LIMITS, Scope
from accounts.models import User
from tests.accounts.conftest import cheap_hashes
from tests.accounts.scene import PASSWORD, error_codes, is_refused, nobody, person_with_password

__all__ = ["cheap_hashes"]
pytestmark = pytest.mark.django_db
HERE, ELSEWHERE = "203.0.113.1", "203.0.113.2"
BY_ADDRESS = LIMITS["log-in"][Scope.ADDRESS].tries
BY_ACCOUNT = LIMITS["log-in"][Scope.ACCOUNT].tries


@pytest.fixture(autouse=True)
def cheap(cheap_hashes: None) -> None: ...


def log_in(email: str, password: str = "wrong", address: str = HERE) -> int:
    body = {"email": email, "password": password}
    answer = nobody().post("/v1/users/login", body, format="json", REMOTE_ADDR=address)
    status: int = answer.status_code
    return status


def register(email: str, address: str = HERE, **fields: Any) -> Response:
    body = {"name": "Ann", "email": email, "password": PASSWORD, **fields}
    answer: Response = nobody().post("/v1/users/register", body, format="json", REMOTE_ADDR=address)
    return answer


def test_many_accounts_guessed_once_each_from_one_address() -> None:
    guesses = [log_in(f"{n}@example.org") for n in range(BY_ADDRESS + 5)]
    assert guesses == [401] * BY_ADDRESS + [429] * 5
    assert log_in("0@example.org", address=ELSEWHERE) == 401


def test_log_ins_that_are_right_do_not_count_against_their_address() -> None:
    people = [person_with_password(f"P{n}", email=f"p{n}@example.org") for n in range(3)]
    for _ in range(BY_ADDRESS // 3 + 2):
        assert [log_in(person.email, PASSWORD) for person in people] == [200] * 3


def test_one_account_guessed_from_many_addresses() -> None:
    person_with_password("Ann", email="ann@example.org")
    guesses = [log_in("ann@example.org", address=f"198.51.100.{n}") for n in range(BY_ACCOUNT + 5)]
    assert guesses == [401] * BY_ACCOUNT + [429] * 5
    assert log_in("bob@example.org", address="198.51.100.250") == 401


def test_its_owner_is_let_in_from_where_they_have_been_meanwhile() -> None:
    person_with_password("Ann", email="ann@example.org")
    assert log_in("ann@example.org", PASSWORD, address=HERE) == 200
    for n in range(BY_ACCOUNT + 5):
        log_in("ann@example.org", address=f"198.51.100.{n}")

    assert log_in("ann@example.org", PASSWORD, address=HERE) == 200
    assert log_in("ann@example.org", PASSWORD, address=ELSEWHERE) == 429
    assert log_in("ann@example.org", address=HERE) == 401


def test_registering_many_addresses_from_one() -> None:
    most = LIMITS["registration"][Scope.ADDRESS].tries
    answers = [register(f"{n}@example.org", password="short") for n in range(most + 5)]
    assert [answer.status_code for answer in answers] == [400] * most + [429] * 5


def test_a_taken_address_is_not_told_to_who_offers_no_whole_registration() -> None:
    person_with_password("Ann", email="ann@example.org")
    for wrong in ({"password": "short"}, {"name": ""}):
        taken, free = register("ann@example.org", **wrong), register("new@example.org", **wrong)
        assert taken.status_code == free.status_code == 400
        assert taken.json() == free.json()
    assert is_refused(register("ann@example.org"), 400, "invalid_input", "email")
    assert error_codes(register("ann@example.org")) == ["email_taken"]
    assert User.objects.count() == 1


def test_telling_that_an_address_is_taken_costs_a_hash_as_taking_it_does(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    person_with_password("Ann", email="ann@example.org")
    settings.PASSWORD_HASHERS = ["accounts.auth.passwords.BoundedArgon2Hasher"]
    hashed = []
    encode = Argon2PasswordHasher.encode
    monkeypatch.setattr(
        Argon2PasswordHasher,
        "encode",
        lambda self, *given: hashed.append(1) or encode(self, *given),
    )

    register("ann@example.org")
    taken = len(hashed)
    assert register("new@example.org").status_code == 201

    assert taken == len(hashed) - taken == 1
