"""POST /v1/users/me/email: a new address, confirmed at the old one and at the new one."""

import pytest
from django.core.mail import EmailMultiAlternatives
from rest_framework.response import Response
from rest_framework.test import APIClient

from accounts.models import EmailChange, PendingRegistration, User
from accounts.people.accounts import change_password
from accounts.people.erasure import anonymize_account
from tests.accounts.mail.scene import send_mails, token_in
from tests.accounts.scene import (
    HERE,
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
def ann() -> User:
    return person_with_password("Ann", email="ann@example.org")


def change(client: APIClient, email: str = "new@example.org", password: str = PASSWORD) -> Response:
    body = {"email": email, "password": password}
    return client.post("/v1/users/me/email", body, format="json")


def confirm(message: EmailMultiAlternatives) -> Response:
    body = {"token": token_in(message)}
    return nobody().post("/v1/users/email/confirm", body, format="json")


def mails() -> dict[str, EmailMultiAlternatives]:
    return {message.to[0]: message for message in send_mails()}


@pytest.mark.parametrize(
    "order", [("ann@example.org", "new@example.org")] * 1 + [("new@example.org", "ann@example.org")]
)
def test_it_is_changed_when_both_are_confirmed(ann: User, order: tuple[str, str]) -> None:
    client = program(ann)
    answer = change(client, " New@Example.org ")
    sent = mails()

    assert answer.status_code == 202
    assert answer.json()["change"] == {
        "email": "new@example.org",
        "oldConfirmed": False,
        "newConfirmed": False,
    }
    assert sent.keys() == {"ann@example.org", "new@example.org"}
    assert confirm(sent[order[0]]).json() == {"state": "waiting"}
    ann.refresh_from_db()
    assert ann.email == "ann@example.org"
    assert confirm(sent[order[1]]).json() == {"state": "changed"}
    ann.refresh_from_db()
    assert (ann.email, ann.email_verified_at is None) == ("new@example.org", False)
    assert client.get("/v1/users/me/email").json()["change"] is None
    assert list(mails()) == ["ann@example.org"]  # is told
    assert is_refused(confirm(sent["ann@example.org"]), 400, "link_not_valid")


def test_one_confirmation_twice_is_not_both(ann: User) -> None:
    change(program(ann))
    sent = mails()
    confirm(sent["new@example.org"])
    assert confirm(sent["new@example.org"]).json() == {"state": "waiting"}


def test_an_old_address_that_was_set_aside_is_not_asked(ann: User) -> None:
    User.objects.update(email_bounced_at="2026-01-01T00:00Z")
    ann.refresh_from_db()
    change(program(ann))
    sent = mails()

    assert list(sent) == ["new@example.org"]
    assert confirm(sent["new@example.org"]).json() == {"state": "changed"}
    ann.refresh_from_db()
    assert ann.email_bounced_at is None


def test_the_password_is_needed(ann: User) -> None:
    assert is_refused(change(program(ann), password="wrong"), 403, "wrong_password")
    assert not EmailChange.objects.exists()
    assert send_mails() == []


@pytest.mark.parametrize("email", ["ann@example.org", "no address"])
def test_a_bad_address_is_refused(ann: User, email: str) -> None:
    assert is_refused(change(program(ann), email), 400, "invalid_input", "email")


def test_nobody_signed_in_is_refused() -> None:
    assert change(nobody()).status_code == 401


def test_a_taken_address_is_not_told_and_not_given(ann: User) -> None:
    person_with_password("Bob", email="bob@example.org")
    free, taken = change(program(ann)), change(program(ann), "bob@example.org")
    assert taken.status_code == free.status_code == 202
    sent = send_mails()
    to_bob = [message for message in sent if message.to == ["bob@example.org"]]
    assert [message.subject for message in to_bob] == ["You already have an account"]


def test_an_address_that_was_taken_meanwhile_is_not_given(ann: User) -> None:
    change(program(ann))
    sent = mails()
    confirm(sent["ann@example.org"])
    person_with_password("Bob", email="new@example.org")

    assert is_refused(confirm(sent["new@example.org"]), 400, "link_not_valid")
    ann.refresh_from_db()
    assert ann.email == "ann@example.org"


def test_a_later_change_and_a_withdrawal_end_the_links(ann: User) -> None:
    client = program(ann)
    change(client)
    first = mails()
    change(client, "other@example.org")
    second = mails()
    assert is_refused(confirm(first["new@example.org"]), 400, "link_not_valid")

    assert client.delete("/v1/users/me/email").status_code == 204
    assert is_refused(confirm(second["other@example.org"]), 400, "link_not_valid")


def test_a_new_password_ends_a_change_that_somebody_else_began(ann: User) -> None:
    change(program(ann))
    sent = mails()
    change_password(user=ann, current=PASSWORD, new="another one of mine", client=HERE)

    assert is_refused(confirm(sent["ann@example.org"]), 400, "link_not_valid")


def test_the_page_changes_it_too(ann: User) -> None:
    a_browser = browser(ann)
    headers = with_csrf(a_browser)
    wrong = a_browser.post(
        "/settings/email", {"email": "new@example.org", "password": "x"}, headers=headers
    )
    assert "The password is wrong" in wrong.content.decode()
    form = {"email": "new@example.org", "password": PASSWORD}
    done = a_browser.post("/settings/email", form, headers=headers)
    assert done.status_code == 302
    assert "new@example.org" in a_browser.get("/settings").content.decode()
    assert len(send_mails()) == 2


def test_erasing_takes_addresses_that_wait(ann: User) -> None:
    change(program(ann))
    PendingRegistration.objects.create(email=ann.email, name="Ann", password="x")
    anonymize_account(ann)
    assert not EmailChange.objects.exists()
    assert not PendingRegistration.objects.exists()


def test_an_address_that_the_admin_sets_is_not_confirmed(ann: User) -> None:
    User.objects.update(email_verified_at="2026-01-01T00:00Z", email_bounced_at="2026-01-01T00:00Z")
    visitor = APIClient()
    visitor.force_login(person_with_password("Root", is_staff=True, is_superuser=True))
    form = {"name": "Ann", "email": "Other@example.org", "is_active": "on"}
    visitor.post(f"/admin/accounts/user/{ann.pk}/change/", form)
    ann.refresh_from_db()
    assert (ann.email, ann.email_verified_at, ann.email_bounced_at) == (
        "other@example.org",
        None,
        None,
    )
