"""EMAIL_VERIFICATION=required: an account begins with the link of a mail."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from rest_framework.response import Response

from accounts.models import PendingRegistration, User
from accounts.people.registrations import prune_registrations
from tests.accounts.mail.scene import link_in, send_mails, token_in
from tests.accounts.scene import (
    PASSWORD,
    browser,
    is_refused,
    nobody,
    person_with_password,
    program,
    with_csrf,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]


@pytest.fixture
def required(settings: Any) -> None:
    settings.EMAIL_VERIFICATION = "required"


def register(**fields: Any) -> Response:
    body = {"name": "Ann Lee", "email": "ann@example.org", "password": PASSWORD, **fields}
    return nobody().post("/v1/users/register", body, format="json")


def log_in(email: str = "ann@example.org") -> Response:
    body = {"email": email, "password": PASSWORD}
    return nobody().post("/v1/users/login", body, format="json")


def confirm(token: str) -> Response:
    return nobody().post("/v1/users/email/confirm", {"token": token}, format="json")


@pytest.mark.usefixtures("required")
def test_an_account_begins_with_the_link() -> None:
    answer = register()

    assert (answer.status_code, answer.content) == (202, b"")
    assert not User.objects.exists()
    assert is_refused(log_in(), 401, "invalid_credentials")
    [message] = send_mails()
    assert message.to == ["ann@example.org"]

    assert confirm(token_in(message)).json() == {"state": "registered"}
    assert log_in().status_code == 200
    assert User.objects.get().email_verified_at is not None
    assert is_refused(confirm(token_in(message)), 400, "link_not_valid")


@pytest.mark.usefixtures("required")
def test_a_taken_address_gets_the_same_answer_by_the_same_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person_with_password("Ann", email="ann@example.org")
    hashed: list[str] = []
    set_password = User.set_password

    def counted(self: User, raw: str | None) -> None:
        hashed.append(str(self.email))
        set_password(self, raw)

    monkeypatch.setattr(User, "set_password", counted)
    told = []
    for email in ("new@example.org", "ann@example.org"):
        with CaptureQueriesContext(connection) as queries:
            answer = register(email=email)
        kinds = [query["sql"].split(" ")[0] for query in queries]
        told.append((answer.status_code, answer.content, kinds))

    assert told[0] == told[1]
    assert hashed == ["new@example.org", "ann@example.org"]
    by_address = {message.to[0]: message for message in send_mails()}
    assert by_address["ann@example.org"].subject == "You already have an account"
    assert by_address["new@example.org"].subject == "Confirm your email address"
    assert User.objects.count() == 1
    assert not PendingRegistration.objects.filter(email="ann@example.org").exists()


@pytest.mark.usefixtures("required")
def test_a_later_registration_takes_the_place_of_an_earlier_one() -> None:
    register(name="Mallory", password="the password of mallory")
    first = token_in(send_mails()[0])
    register()
    second = token_in(send_mails()[0])

    assert is_refused(confirm(first), 400, "link_not_valid")
    assert confirm(second).status_code == 200
    assert User.objects.get().name == "Ann Lee"


@pytest.mark.usefixtures("required")
def test_a_link_is_too_old_at_last(settings: Any) -> None:
    register()
    token = token_in(send_mails()[0])
    settings.EMAIL_LINK_SECONDS = -1

    assert is_refused(confirm(token), 400, "link_not_valid")
    assert prune_registrations() == 1


@pytest.mark.usefixtures("required")
def test_whoever_is_not_verified_gets_a_link_instead_of_a_sign_in() -> None:
    person_with_password("Ann", email="ann@example.org")

    assert is_refused(log_in(), 403, "email_unverified")
    [message] = send_mails()
    assert confirm(token_in(message)).json() == {"state": "verified"}
    assert log_in().status_code == 200


@pytest.mark.usefixtures("required")
def test_a_wrong_password_tells_nothing_of_it() -> None:
    person_with_password("Ann", email="ann@example.org")
    body = {"email": "ann@example.org", "password": "a guess of mine"}

    answer = nobody().post("/v1/users/login", body, format="json")
    assert is_refused(answer, 401, "invalid_credentials")
    assert send_mails() == []


@pytest.mark.usefixtures("required")
def test_the_page_says_that_a_link_is_on_its_way() -> None:
    visitor = Browser(headers={"Accept-Language": "en"})
    form = {"name": "Ann", "email": "ann@example.org", "password": PASSWORD}
    page = visitor.post("/register", form)
    assert "A link is on its way" in page.content.decode()

    [message] = send_mails()
    link, token = link_in(message), token_in(message)
    assert not User.objects.exists()
    assert "<button" in visitor.get(link).content.decode()
    assert not User.objects.exists()  # looking at it begins nothing
    done = visitor.post(link.partition("?")[0], {"token": token}, follow=True)
    assert "Your account is ready" in done.content.decode()
    again = visitor.post(link.partition("?")[0], {"token": token})
    assert again.status_code == 400


def test_without_the_setting_nobody_is_asked() -> None:
    assert register().status_code == 201
    assert log_in().status_code == 200
    assert send_mails() == []


def test_a_person_confirms_their_address_when_they_like() -> None:
    ann = person_with_password("Ann", email="ann@example.org")
    client = program(ann)
    assert client.get("/v1/users/me/email").json()["verifiedAt"] is None

    assert client.post("/v1/users/me/email/verification").status_code == 202
    [message] = send_mails()
    confirm(token_in(message))
    assert client.get("/v1/users/me/email").json()["verifiedAt"] is not None


def test_an_address_that_was_set_aside_is_confirmed_anew() -> None:
    ann = person_with_password("Ann", email="ann@example.org")
    User.objects.update(email_bounced_at="2026-01-01T00:00Z")
    a_browser = browser(ann)
    page = a_browser.get("/settings").content.decode()
    assert "Mail to this address bounces" in page

    a_browser.post("/settings/email/verify", headers=with_csrf(a_browser))
    confirm(token_in(send_mails()[0]))
    ann.refresh_from_db()
    assert (ann.email_bounced_at, ann.email_verified_at is None) == (None, False)


def test_a_link_for_a_former_address_confirms_nothing() -> None:
    ann = person_with_password("Ann", email="ann@example.org")
    program(ann).post("/v1/users/me/email/verification")
    [message] = send_mails()
    User.objects.update(email="other@example.org")

    assert is_refused(confirm(token_in(message)), 400, "link_not_valid")
    assert is_refused(confirm("rubbish"), 400, "link_not_valid")


def test_asking_for_links_is_limited() -> None:
    client = program(person_with_password("Ann"))
    statuses = [client.post("/v1/users/me/email/verification").status_code for _ in range(11)]
    assert statuses == [202] * 10 + [429]
