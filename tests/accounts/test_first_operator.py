"""The first operator, by a link that works while nobody runs the installation."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.test import Client as Browser

from accounts.errors import LinkNotValid
from accounts.mail.tokens import signed
from accounts.models import AuditEntry, User
from accounts.people import first_operator
from accounts.people.first_operator import first_operator_url, set_up_first_operator
from chatproject.core.errors import InvalidInput
from tests.accounts.scene import HERE, PASSWORD, in_parallel
from tests.cast import make_person
from tests.servers import ServerProcess

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]

FORM = {"name": "Olga", "email": "olga@example.org", "password": PASSWORD}


def path() -> str:
    url = first_operator_url()
    assert url is not None
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def token() -> str:
    return parse_qs(urlsplit(path()).query)["token"][0]


def test_the_link_makes_an_operator_and_signs_them_in() -> None:
    link, visitor = path(), Browser(headers={"Accept-Language": "en"})
    assert "You are the first one here" in visitor.get(link).content.decode()

    assert visitor.post(link, FORM)["Location"] == "/"
    person = User.objects.get()
    assert person.is_staff
    assert person.is_superuser
    assert person.check_password(PASSWORD)
    assert person.email_verified_at is not None
    assert visitor.get("/admin/").status_code == 200
    assert AuditEntry.objects.get().action == "operator.set_up"


def test_it_works_once() -> None:
    link = path()
    Browser().post(link, FORM)
    second = Browser().post(link, {**FORM, "email": "mallory@example.org"})
    assert second.status_code == 404
    assert User.objects.count() == 1
    assert first_operator_url() is None


def test_the_people_of_the_demo_do_not_run_it() -> None:
    make_person("Alice")
    assert first_operator_url() is not None
    make_person("Mod", is_staff=True)
    assert first_operator_url() is None


@pytest.mark.parametrize("given", ["", "rubbish", "other"])
def test_another_token_makes_nobody(given: str) -> None:
    if given == "other":
        given = signed("verification", "")
    visitor = Browser()
    assert visitor.get(f"/set-up?token={given}").status_code == 404
    assert visitor.post(f"/set-up?token={given}", FORM).status_code == 404
    assert not User.objects.exists()


def test_the_link_is_too_old_after_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    link = path()
    monkeypatch.setattr(first_operator, "LASTS", -first_operator.LASTS)
    assert Browser().post(link, FORM).status_code == 404


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"email": "no address"}, "email"),
        ({"email": "ann@example.org"}, "email"),
        ({"password": "password1"}, "password"),
    ],
)
def test_bad_input_makes_nobody_and_leaves_the_link(fields: dict[str, str], field: str) -> None:
    make_person("Ann", email="ann@example.org")
    with pytest.raises(InvalidInput) as refusal:
        set_up_first_operator(token=token(), client=HERE, **{**FORM, **fields})
    assert [error["field"] for error in refusal.value.errors] == [field]
    assert first_operator_url() is not None


@pytest.mark.django_db(transaction=True)
def test_of_several_at_once_one_becomes_it() -> None:
    link_token = token()
    emails = iter([f"p{number}@example.org" for number in range(4)])

    def come() -> bool:
        try:
            set_up_first_operator(
                token=link_token, name="P", email=next(emails), password=PASSWORD, client=HERE
            )
        except LinkNotValid:
            return False
        return True

    assert sum(in_parallel(come, 4, threads=4)) == 1
    assert User.objects.count() == 1


def test_the_server_prints_the_link(server: ServerProcess) -> None:
    links = re.findall(r"http://\S+/set-up\?token=\S+", server.tail())
    assert len(links) == 1
    assert httpx.get(links[0]).status_code == 200
