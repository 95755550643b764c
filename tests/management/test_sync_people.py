"""`manage.py sync_people`: accounts as in the list, all or nothing, and the same the second time"""

from pathlib import Path
from typing import Any

import pytest

from accounts.models import AuditEntry, SignIn, Suspension, User
from accounts.people.accounts import close_account
from accounts.people.suspensions import suspend_person
from tests.accounts.scene import is_refused, nobody, program
from tests.cast import make_person
from tests.management.running import run

pytestmark = pytest.mark.django_db
HEAD = "email,name"


@pytest.fixture
def sync(tmp_path: Path) -> Any:
    def sync(*lines: str, options: tuple[str, ...] = ()) -> tuple[int, Any]:
        file = tmp_path / "people.csv"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return run("sync_people", str(file), *options)

    return sync


def counts(report: Any) -> tuple[int, ...]:
    names = ("created", "updated", "deactivated", "reactivated", "unchanged")
    return tuple(report[name] for name in names)


def test_creates_and_updates(sync: Any) -> None:
    bob = make_person("Bob", email="bob@example.org", about="Stays")
    status, report = sync(
        "Email , NAME,about,time_zone",
        'ANN@example.org, Ann Able ,"Two\nlines",Europe/Berlin',
        "bob@example.org,Robert,,",
    )
    assert (status, counts(report)) == (0, (1, 1, 0, 0, 0))
    ann = User.objects.get(email="ann@example.org")
    assert (ann.name, ann.about, ann.time_zone) == ("Ann Able", "Two\nlines", "Europe/Berlin")
    assert not ann.has_usable_password()
    bob.refresh_from_db()
    assert (bob.name, bob.about) == ("Robert", "Stays")
    actions = set(AuditEntry.objects.values_list("action", "person_id"))
    assert actions == {("person.registered", ann.pk), ("person.changed", bob.pk)}
    assert all("sync_people" in it.operator for it in AuditEntry.objects.all())


def test_the_second_time_there_is_nothing_to_do(sync: Any) -> None:
    lines = (HEAD + ",active", "ann@example.org,Ann,yes", "bob@example.org,Bob,no")
    options = ("--deactivate-missing",)
    make_person("Cy")
    assert counts(sync(*lines, options=options)[1]) == (2, 0, 1, 0, 0)
    entries = AuditEntry.objects.count()
    status, report = sync(*lines, options=options)
    assert (status, counts(report)) == (0, (0, 0, 0, 0, 2))
    assert AuditEntry.objects.count() == entries


def test_a_dry_run_changes_nothing(sync: Any) -> None:
    make_person("Cy")
    status, report = sync(
        HEAD, "ann@example.org,Ann", options=("--dry-run", "--deactivate-missing")
    )
    assert (status, counts(report), report["done"]) == (0, (1, 0, 1, 0, 0), False)
    assert User.objects.count() == 1
    assert not AuditEntry.objects.exists()


def test_who_is_missing_goes_only_when_that_is_said(sync: Any) -> None:
    cy = make_person("Cy", email="cy@example.org")
    boss = make_person("Boss", is_superuser=True, is_staff=True)
    bot = make_person("Bot", is_bot=True)
    imported = make_person("Old", email=None)
    client = program(cy)
    sync(HEAD, "ann@example.org,Ann")
    assert client.get("/v1/users/me").status_code == 200

    assert counts(sync(HEAD, "ann@example.org,Ann", options=("--deactivate-missing",))[1])[2] == 1

    assert client.get("/v1/users/me").status_code == 401
    assert not SignIn.objects.filter(user=cy, ended_at=None).exists()
    active = set(User.objects.filter(is_active=True).values_list("pk", flat=True))
    assert {boss.pk, bot.pk, imported.pk} < active
    assert cy.pk not in active

    assert counts(sync(HEAD, "cy@example.org,Cy")[1]) == (0, 0, 0, 1, 0)
    assert User.objects.get(pk=cy.pk).is_active


def test_a_moderators_suspension_outlasts_the_list(sync: Any) -> None:
    cy = make_person("Cy", email="cy@example.org")
    suspend_person(person_id=cy.pk, by=make_person("Mod", is_superuser=True), reason="spam")
    assert counts(sync(HEAD + ",active", "cy@example.org,Cy,yes")[1]) == (0, 0, 0, 0, 1)
    assert not User.objects.get(pk=cy.pk).is_active
    assert Suspension.objects.get().reason == "spam"


def test_who_is_deactivated_reads_why(sync: Any, cheap_password: Any) -> None:
    cheap_password("cy@example.org")
    sync(HEAD + ",active", "cy@example.org,Cy,no")
    body = {"email": "cy@example.org", "password": "take-a-seat-7"}
    answer = nobody().post("/v1/users/login", body, format="json")
    assert is_refused(answer, 403, "account_suspended")
    assert "no longer in the list" in answer.json()["detail"]


@pytest.fixture
def cheap_password(settings: Any) -> Any:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

    def give(email: str) -> None:
        person = make_person("Cy", email=email)
        person.set_password("take-a-seat-7")
        person.save()

    return give


FAULTS = (
    ("no-address,Ann,,", "email:"),
    ("eve@example.org,,,", "name:"),
    ("eve@example.org,a\u202eb,,", "name:"),
    ("eve@example.org,Eve,Mars/Base,", "time_zone:"),
    ("eve@example.org,Eve,,perhaps", "active:"),
    ("eve@example.org,Eve", "columns"),
    ("Ann@example.org,Ann again,,", "line 2 already"),
    ("closed@example.org,Closed,,", "is closed"),
)


@pytest.mark.parametrize(("line", "text"), FAULTS)
def test_an_error_names_its_line_and_changes_nothing(sync: Any, line: str, text: str) -> None:
    close_account(user=make_person("Closed", email="closed@example.org"))
    lines = (HEAD + ",time_zone,active", "ann@example.org,Ann,,", line, "bob@example.org,Bob,,")
    status, report = sync(*lines)
    assert (status, report["done"], User.objects.count()) == (1, False, 1)
    (error,) = report["errors"]
    assert error["line"] == 3
    assert text in error["detail"]

    status, report = sync(*lines, options=("--skip-errors",))

    assert (status, report["created"], report["done"]) == (0, 2, True)
    assert set(User.objects.values_list("name", flat=True)) == {"Closed", "Ann", "Bob"}


def test_who_stands_in_a_faulty_line_is_not_missing(sync: Any) -> None:
    cy = make_person("Cy", email="cy@example.org")
    sync(HEAD, "cy@example.org,", options=("--skip-errors", "--deactivate-missing"))
    assert User.objects.get(pk=cy.pk).is_active


@pytest.mark.parametrize(
    "lines",
    [(), ("name",), ("email,name,salary",), ("email,email,name",), (HEAD, 'a@b.org,"Ann" x')],
)
def test_a_file_that_is_no_list_is_refused(sync: Any, lines: tuple[str, ...]) -> None:
    status, said = sync(*lines)
    assert status == 2
    assert "cannot be used" in said


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert run("sync_people", str(tmp_path / "none.csv"))[0] == 2
    (tmp_path / "latin.csv").write_bytes("email,name\na@b.org,Jürgen".encode("latin-1"))
    assert run("sync_people", str(tmp_path / "latin.csv"))[0] == 2


def test_semicolons_and_a_byte_order_mark_as_spreadsheets_write_them(sync: Any) -> None:
    status, report = sync("\ufeffemail;name", "jo@bücher.example;Jo, the second")
    assert (status, report["created"]) == (0, 1)
    assert User.objects.get().name == "Jo, the second"
    assert counts(sync(HEAD, 'jo@xn--bcher-kva.example,"Jo, the second"')[1])[4] == 1
