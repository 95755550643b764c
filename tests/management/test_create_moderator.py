"""`manage.py create_moderator`: a role for whoever is there, an account for whoever is not."""

import io
import sys

import pytest
from django.contrib.auth import authenticate

from accounts.models import User
from tests.cast import make_person
from tests.management.running import entries, run

pytestmark = pytest.mark.django_db
GOOD = "a-quiet-harbour-9"


@pytest.fixture(autouse=True)
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing on standard input, unless a test puts something there."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))


def test_who_has_an_account_gets_the_role() -> None:
    ann = make_person("Ann")

    code, report = run("create_moderator", str(ann.email))

    ann.refresh_from_db()
    assert (code, report["isNew"], report["hadRole"]) == (0, False, False)
    assert [group.name for group in ann.groups.all()] == ["Moderator"]
    assert ann.is_staff
    assert not ann.is_superuser


def test_a_new_account_gets_the_password_that_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{GOOD}\n"))

    code, report = run("create_moderator", "New@Example.org", "--name", "New", "--operator")

    assert code == 0
    assert "password" not in report
    person = authenticate(username="new@example.org", password=GOOD)
    assert isinstance(person, User)
    assert [group.name for group in person.groups.all()] == ["Operator"]


def test_without_one_a_password_is_made_up_and_told_once() -> None:
    _, report = run("create_moderator", "new@example.org", "--name", "New")

    assert authenticate(username="new@example.org", password=report["password"]) is not None
    assert "password" not in run("create_moderator", "new@example.org")[1]


def test_again_changes_nothing_and_writes_nothing_down() -> None:
    ann = make_person("Ann")
    run("create_moderator", str(ann.email))

    code, report = run("create_moderator", str(ann.email))

    assert (code, report["hadRole"]) == (0, True)
    assert len(entries("role.given")) == 1


def test_a_dry_run_changes_nothing() -> None:
    ann = make_person("Ann")

    assert run("create_moderator", str(ann.email), "--dry-run")[0] == 0
    assert run("create_moderator", "new@example.org", "--name", "New", "--dry-run")[0] == 0

    ann.refresh_from_db()
    assert not ann.is_staff
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "wrong", [("new@example.org",), ("no address", "--name", "New"), ("a@b.org", "--name", " ")]
)
def test_a_wrong_argument_is_refused(wrong: tuple[str, ...]) -> None:
    assert run("create_moderator", *wrong)[0] == 2
    assert not User.objects.exists()


def test_a_weak_password_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("12345678\n"))
    assert run("create_moderator", "new@example.org", "--name", "New")[0] == 1
    assert not User.objects.exists()


def test_a_closed_account_is_refused() -> None:
    ann = make_person("Ann", is_active=False)
    assert run("create_moderator", str(ann.email))[0] == 1
