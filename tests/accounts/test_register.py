"""POST /v1/users/register"""

from typing import Any

import pytest
from rest_framework.response import Response

from accounts.models import User
from accounts.people import accounts
from chatproject.core.errors import InvalidInput
from tests.accounts.scene import HERE, PASSWORD, error_codes, in_parallel, is_refused, nobody
from tests.cast import make_person

pytestmark = pytest.mark.django_db


def register(**fields: Any) -> Response:
    body = {"name": "Ann Lee", "email": "ann@example.org", "password": PASSWORD, **fields}
    return nobody().post("/v1/users/register", body, format="json")


def test_gives_the_person_without_the_password() -> None:
    answer = register(name="  Ann Lee ", email=" Ann.Lee@Example.ORG ")

    person = User.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": str(person.pk),
        "name": "Ann Lee",
        "email": "ann.lee@example.org",
        "about": "",
        "isBot": False,
        "avatarUrl": None,
        "isActive": True,
        "status": None,
        "hidesPresence": False,
        "privacy": dict.fromkeys(("presence", "receipts", "writing", "adding"), "everyone"),
        "doNotDisturb": {"quietHours": None, "until": None},
        "timeZone": "",
        "createdAt": answer.json()["createdAt"],
    }
    assert answer["Cache-Control"] == "no-store"
    assert person.password.startswith("argon2")
    assert person.check_password(PASSWORD)


def test_a_password_is_kept_as_it_was_typed() -> None:
    register(password=f"  {PASSWORD} ")

    assert User.objects.get().check_password(f"  {PASSWORD} ")


def test_all_missing_fields_are_named() -> None:
    answer = nobody().post("/v1/users/register", {}, format="json")

    assert is_refused(answer, 400, "invalid_input", "name", "email", "password")
    assert error_codes(answer) == ["required"] * 3


@pytest.mark.parametrize("field", ["name", "email", "password"])
@pytest.mark.parametrize("value", [7, True, ["a"], {"a": "b"}])
def test_a_field_of_another_type_is_refused(field: str, value: object) -> None:
    assert is_refused(register(**{field: value}), 400, "invalid_input", field)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "email", ["", "ann", "ann@", "@example.org", "a b@example.org", "ann@localhost@x.org", "ann@x"]
)
def test_a_bad_email_is_refused(email: str) -> None:
    assert is_refused(register(email=email), 400, "invalid_input", "email")
    assert not User.objects.exists()


def test_a_long_email_is_refused() -> None:
    answer = register(email=f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.org")
    assert is_refused(answer, 400, "invalid_input", "email")


@pytest.mark.parametrize("email", ["ann@example.org", "ANN@example.org", "\uff21nn@example.org"])
def test_an_email_that_is_taken_is_refused_in_any_spelling(email: str) -> None:
    make_person("Ann", email="ann@example.org")

    answer = register(email=email)

    assert is_refused(answer, 400, "invalid_input", "email")
    assert error_codes(answer) == ["email_taken"]


def test_the_email_of_a_closed_account_stays_taken() -> None:
    make_person("Ann", email="ann@example.org", is_active=False)

    assert error_codes(register()) == ["email_taken"]


def test_what_the_database_alone_takes_for_a_capital_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its tables of letters may be newer than Python's."""
    monkeypatch.setattr(accounts, "normalize_email", str)

    answer = register(email="ann@Example.org")

    assert is_refused(answer, 400, "invalid_input", "email")
    assert error_codes(answer) == ["invalid"]
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "\u200b\u200d",  # zero width
        "\u3164",  # Hangul filler
        "\u2800",  # empty braille
        "\u0301",  # an accent on nothing
        "a\u202eb",  # right-to-left override
        "a\u2066b",  # isolate
        "a\nb",
        "a\tb",
        "a\x7fb",
        "a\x85b",
        "a\u2028b",
        "n" * 101,
    ],
)
def test_a_bad_name_is_refused(name: str) -> None:
    assert is_refused(register(name=name), 400, "invalid_input", "name")
    assert not User.objects.exists()


def test_nul_is_refused() -> None:
    for field in ("name", "email", "password"):
        assert is_refused(register(**{field: "a\0b"}), 400, "invalid_input", field)


@pytest.mark.parametrize(
    "name", ["Zoë", "李雷", "محمد", "👩‍👩‍👧", "X Æ A-12", "n" * 100, "می‌خواهم"]
)
def test_names_of_all_kinds_are_welcome(name: str) -> None:
    assert register(name=name).json()["name"] == name


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short1!", "password_too_short"),
        ("password1", "password_too_common"),
        ("8274619350", "password_entirely_numeric"),
        ("ann@example", "password_too_similar"),
    ],
)
def test_a_weak_password_is_refused(password: str, code: str) -> None:
    answer = register(password=password)

    assert is_refused(answer, 400, "invalid_input", *["password"] * len(error_codes(answer)))
    assert code in error_codes(answer)
    assert not User.objects.exists()


def test_a_password_without_end_is_refused() -> None:
    assert is_refused(register(password="x" * 1001), 400, "invalid_input", "password")


def test_everything_that_is_wrong_is_named_at_once() -> None:
    answer = register(name="a\u202eb", email="ann", password="8274619350")
    assert is_refused(answer, 400, "invalid_input", "name", "email", "password")


def test_a_token_that_is_no_good_does_not_matter() -> None:
    client = nobody()
    client.credentials(HTTP_AUTHORIZATION="Bearer rubbish")
    body = {"name": "Ann", "email": "ann@example.org", "password": PASSWORD}
    assert client.post("/v1/users/register", body, format="json").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_of_parallel_registrations_one_succeeds(settings: Any) -> None:
    settings.RATE_LIMITS = False

    def attempt() -> str:
        try:
            accounts.register_person(
                name="Ann", email="ann@example.org", password=PASSWORD, client=HERE
            )
        except InvalidInput as refusal:
            return refusal.errors[0]["code"]
        return "registered"

    assert sorted(in_parallel(attempt, 4, threads=4)) == [*["email_taken"] * 3, "registered"]
