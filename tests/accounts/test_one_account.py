"""One person, one account: however the address or the password is written in Unicode."""

import unicodedata
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from rest_framework.test import APIClient

from accounts.email_addresses import forms_of_email, normalize_email
from accounts.models import User
from accounts.password_normalisation import normalize_password
from tests.cast import make_person

pytestmark = pytest.mark.django_db
PUNYCODE = "ann@xn--bcher-kva.example"
UNICODE = "ann@b\u00fccher.example"
PASSWORD = "tr\u00e8s-secr\u00e8te-7"


def post(path: str, **body: Any) -> Any:
    return APIClient().post(f"/v1/users/{path}", body, format="json")


@pytest.mark.parametrize(
    "typed",
    [
        PUNYCODE,
        UNICODE,
        "ANN@B\u00dcCHER.example",
        unicodedata.normalize("NFD", UNICODE),
        "ann@XN--BCHER-KVA.example",
        "ann@b\u00fccher\u3002example",
        "\uff41nn@b\u00fccher\uff0eexample",
    ],
)
def test_one_form_of_an_address(typed: str) -> None:
    assert normalize_email(typed) == UNICODE
    assert forms_of_email(typed) == [UNICODE, PUNYCODE]


@pytest.mark.parametrize("odd", ["ann@xn--", "ann@xn--\u00fc.example", "@", "ann", ""])
def test_what_is_no_domain_stays(odd: str) -> None:
    assert normalize_email(odd) == odd


def test_second_form_of_an_address_makes_no_second_account() -> None:
    first = post("register", name="Ann", email=UNICODE, password=PASSWORD)
    second = post("register", name="Ann", email=PUNYCODE, password=PASSWORD)
    assert first.status_code == 201, first.content
    assert second.json()["errors"][0]["code"] == "email_taken"
    assert post("login", email=PUNYCODE, password=PASSWORD).status_code == 200


def test_older_account_with_punycode_is_found() -> None:
    make_person("Ann", email=UNICODE)
    User.objects.update(email=PUNYCODE)
    for typed in (PUNYCODE, UNICODE):
        assert User.objects.by_email(typed).get().name == "Ann"
        assert User.objects.get_by_natural_key(typed).name == "Ann"


@pytest.mark.parametrize(
    ("typed", "normalized"),
    [
        ("\u212bngstr\u00f6m", "\u00c5ngstr\u00f6m"),
        ("a\u00a0b\u3000c", "a b c"),
        ("e\u0301", "\u00e9"),
        ("\uff21 width and Case stay", "\uff21 width and Case stay"),
        (" ends ", " ends "),
    ],
)
def test_passwords_are_opaque_strings(typed: str, normalized: str) -> None:
    assert normalize_password(typed) == normalized


def test_password_in_either_form_logs_in() -> None:
    ann = make_person("Ann", email="ann@example.org")
    ann.set_password(unicodedata.normalize("NFD", PASSWORD))
    ann.save()
    for form in ("NFC", "NFD"):
        password = unicodedata.normalize(form, PASSWORD)  # type: ignore[arg-type]
        assert post("login", email="ann@example.org", password=password).status_code == 200, form
    assert post("login", email="ann@example.org", password="tres-secrete-7").status_code == 401


def test_older_hash_of_another_form_keeps_working() -> None:
    ann = make_person("Ann", email="ann@example.org")
    typed = unicodedata.normalize("NFD", PASSWORD)
    User.objects.filter(pk=ann.pk).update(password=make_password(typed))
    assert post("login", email="ann@example.org", password=typed).status_code == 200
    assert post("login", email="ann@example.org", password="wrong-e\u0301").status_code == 401
