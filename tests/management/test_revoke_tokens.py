"""`manage.py revoke_tokens`: what was signed in is out, and only that."""

import pytest
from rest_framework.test import APIClient

from accounts.auth.client_address import Client
from accounts.auth.sign_ins import start_token_sign_in
from accounts.models import SignIn, User
from tests.cast import make_person
from tests.management.running import entries, run

CLIENT = Client(address="127.0.0.1", user_agent="test")


def asks(person: User) -> APIClient:
    """A client that is signed in as the person."""
    client = APIClient()
    token = start_token_sign_in(user=person, client=CLIENT).access
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    assert client.get("/v1/users/me").status_code == 200
    return client


@pytest.fixture
def ann(db: None) -> User:
    return make_person("Ann")


@pytest.fixture
def ben(db: None) -> User:
    return make_person("Ben")


def test_one_person_is_signed_out_everywhere(ann: User, ben: User) -> None:
    phone, laptop, other = asks(ann), asks(ann), asks(ben)

    assert run("revoke_tokens", str(ann.email)) == (0, {"signInsEnded": 2, "dryRun": False})

    assert phone.get("/v1/users/me").status_code == 401
    assert laptop.get("/v1/users/me").status_code == 401
    assert other.get("/v1/users/me").status_code == 200


def test_everybody_is_signed_out(ann: User, ben: User) -> None:
    clients = [asks(ann), asks(ben)]

    assert run("revoke_tokens", "--all")[1]["signInsEnded"] == 2

    assert [client.get("/v1/users/me").status_code for client in clients] == [401, 401]


def test_again_there_is_nothing_to_end(ann: User) -> None:
    asks(ann)
    run("revoke_tokens", str(ann.pk))
    ended_at = SignIn.objects.get().ended_at

    assert run("revoke_tokens", str(ann.pk)) == (0, {"signInsEnded": 0, "dryRun": False})
    assert SignIn.objects.get().ended_at == ended_at


def test_a_dry_run_only_counts(ann: User) -> None:
    client = asks(ann)

    for who in (str(ann.pk), "--all"):
        assert run("revoke_tokens", who, "--dry-run") == (0, {"signInsEnded": 1, "dryRun": True})

    assert client.get("/v1/users/me").status_code == 200
    assert not entries("tokens.revoked")


def test_it_is_written_down(ann: User) -> None:
    run("revoke_tokens", str(ann.pk), "--as", "Kim", "--reason", "lost phone")

    (entry,) = entries("tokens.revoked")
    assert (entry.operator, entry.reason) == ("Kim: revoke_tokens", "lost phone")
    assert (entry.person_id, entry.by_id) == (ann.pk, None)


@pytest.mark.parametrize("wrong", [(), ("--all", "x@example.org"), ("nobody@example.org",)])
def test_a_wrong_argument_is_refused(db: None, wrong: tuple[str, ...]) -> None:
    assert run("revoke_tokens", *wrong)[0] == 2
