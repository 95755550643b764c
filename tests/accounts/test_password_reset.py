"""POST /v1/users/password-reset and …/confirm, and the pages for people without their password."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from rest_framework.response import Response

from accounts.auth.log_in import log_in
from accounts.errors import InvalidCredentials, LinkNotValid
from accounts.models import SignIn, User
from accounts.people.password_reset import reset_password
from accounts.people.suspensions import suspend_person
from tests.accounts.mail.scene import html_of, link_in, send_mails, token_in, waiting
from tests.accounts.scene import (
    HERE,
    PASSWORD,
    Outlet,
    browser,
    in_parallel,
    is_refused,
    nobody,
    person_with_password,
    program,
    sign_in,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]

NEW = "a staple for a horse"
_CSRF = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')  # differs in each answer


def ask(email: str = "ann@example.org", **headers: str) -> Response:
    body = {"email": email}
    return nobody().post("/v1/users/password-reset", body, format="json", headers=headers)


def confirm(token: str, password: str = NEW) -> Response:
    body = {"token": token, "password": password}
    return nobody().post("/v1/users/password-reset/confirm", body, format="json")


@pytest.fixture
def ann() -> User:
    return person_with_password("Ann", email="ann@example.org")


def token_for(person: User) -> str:
    ask(str(person.email))
    return token_in(send_mails()[-1])


def test_the_link_of_the_mail_sets_a_new_password(ann: User) -> None:
    answer = ask(" Ann@Example.org ")
    [message] = send_mails()

    assert (answer.status_code, answer.content) == (202, b"")
    assert message.to == ["ann@example.org"]
    assert "/password-reset/confirm?token=" in html_of(message)

    assert confirm(token_in(message)).status_code == 204
    ann.refresh_from_db()
    assert ann.check_password(NEW)
    assert ann.email_verified_at is not None
    assert log_in(email="ann@example.org", password=NEW, client=HERE)
    with pytest.raises(InvalidCredentials):
        log_in(email="ann@example.org", password=PASSWORD, client=HERE)


def test_unknown_and_known_addresses_get_one_answer_by_the_same_work(ann: User) -> None:
    told = []
    for email in ("nobody@example.org", "ann@example.org"):
        with CaptureQueriesContext(connection) as queries:
            answer = ask(email)
        kinds = [query["sql"].split(" ")[0] for query in queries]
        told.append((answer.status_code, answer.content, kinds))

    assert told[0] == told[1]
    assert waiting() == 2
    assert [message.to for message in send_mails()] == [["ann@example.org"]]


@pytest.mark.parametrize("body", [{}, {"email": ""}, {"email": "no address"}, {"email": 7}])
def test_an_email_is_needed(ann: User, body: dict[str, Any]) -> None:
    answer = nobody().post("/v1/users/password-reset", body, format="json")
    assert is_refused(answer, 400, "invalid_input", "email")
    assert waiting() == 0


def test_a_link_works_once(ann: User) -> None:
    token = token_for(ann)
    assert confirm(token).status_code == 204

    assert is_refused(confirm(token, "another one of mine"), 400, "link_not_valid")
    ann.refresh_from_db()
    assert ann.check_password(NEW)


def test_a_used_link_ends_those_of_earlier_mails(ann: User) -> None:
    first, second = token_for(ann), token_for(ann)
    assert confirm(second).status_code == 204
    assert is_refused(confirm(first), 400, "link_not_valid")


def test_a_link_expires(ann: User, settings: Any) -> None:
    token = token_for(ann)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert is_refused(confirm(token), 400, "link_not_valid")


@pytest.mark.parametrize("change", ["x", "other person", "no number", "empty"])
def test_a_link_that_was_changed_is_refused(ann: User, change: str) -> None:
    bob, token = person_with_password("Bob"), token_for(ann)
    changed = {
        "x": f"{token}x",
        "other person": f"{bob.pk.hex}-{token.partition('-')[2]}",
        "no number": f"ann-{token.partition('-')[2]}",
        "empty": "-",
    }[change]

    assert is_refused(confirm(changed), 400, "link_not_valid")
    ann.refresh_from_db()
    assert ann.check_password(PASSWORD)


def test_a_weak_password_is_refused_and_leaves_the_link(ann: User) -> None:
    token = token_for(ann)
    assert is_refused(confirm(token, "password1"), 400, "invalid_input", "password")
    assert confirm(token).status_code == 204


def test_it_ends_all_sign_ins(
    ann: User, outlet: Outlet, django_capture_on_commit_callbacks: Any
) -> None:
    a_program, a_browser, bob = program(ann), browser(ann), program(person_with_password("Bob"))
    refresh = sign_in(ann).refresh
    token = token_for(ann)

    with django_capture_on_commit_callbacks(execute=True):
        confirm(token)

    assert is_refused(a_program.get("/v1/users/me"), 401, "signed_out")
    assert a_browser.get("/v1/users/me").status_code == 401
    body = {"refresh": refresh}
    assert nobody().post("/v1/users/refresh", body, format="json").status_code == 401
    assert not SignIn.objects.filter(user=ann, ended_at=None).exists()
    assert outlet.signed_out(ann) == [None]  # closes the sockets
    assert bob.get("/v1/users/me").status_code == 200


def test_the_person_is_told_that_the_password_was_changed(ann: User) -> None:
    confirm(token_for(ann))
    [message] = send_mails()
    assert message.to == ["ann@example.org"]
    assert message.subject == "Your password was changed"


def test_suspended_and_closed_people_get_no_mail(ann: User) -> None:
    token = token_for(ann)
    moderator = person_with_password("Mod", is_staff=True)
    suspend_person(person_id=ann.pk, by=moderator)

    assert ask().status_code == 202
    assert send_mails() == []
    assert is_refused(confirm(token), 400, "link_not_valid")


def test_asking_is_limited_for_known_and_unknown_addresses_alike(ann: User) -> None:
    for email in ("ann@example.org", "nobody@example.org"):
        statuses = [ask(email).status_code for _ in range(11)]
        assert statuses == [202] * 10 + [429]
    assert waiting() == 20
    assert len(send_mails()) == 10


def test_over_the_limit_of_an_account_no_more_mails_go_out_and_nothing_is_said(ann: User) -> None:
    for line in range(3):
        for _ in range(5):
            body = {"email": "ann@example.org"}
            address = {"REMOTE_ADDR": f"192.0.2.{line}"}
            answer = nobody().post("/v1/users/password-reset", body, format="json", **address)
            assert answer.status_code == 202
    assert waiting() == 10


def test_guessing_links_is_limited(ann: User) -> None:
    statuses = [confirm(f"{ann.pk.hex}-x").status_code for _ in range(31)]
    assert statuses == [400] * 30 + [429]


def test_the_mail_is_in_the_persons_language_else_in_that_of_who_asks(ann: User) -> None:
    ask(**{"Accept-Language": "de"})
    assert send_mails()[0].subject == "Neues Passwort setzen"

    User.objects.update(language="en")
    ask(**{"Accept-Language": "de"})
    assert send_mails()[0].subject == "Set a new password"


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_wins(ann: User, settings: Any) -> None:
    settings.RATE_LIMITS = False
    token = token_for(ann)
    passwords = iter([f"{NEW} {number}" for number in range(4)])

    def attempt() -> str:
        password = next(passwords)
        try:
            reset_password(token=token, password=password, client=HERE)
        except LinkNotValid:
            return ""
        return password

    won = [each for each in in_parallel(attempt, 4, threads=4) if each]
    assert len(won) == 1
    ann.refresh_from_db()
    assert ann.check_password(won[0])


def test_the_pages_work_without_scripts(ann: User) -> None:
    visitor = Browser(headers={"Accept-Language": "en"})
    assert "/password-reset" in visitor.get("/login").content.decode()
    page = visitor.post("/password-reset", {"email": "ann@example.org"}).content.decode()
    assert "is on its way" in page
    link = link_in(send_mails()[0])

    assert 'name="token"' in visitor.get(link).content.decode()
    assert visitor.get(link).status_code == 200  # looking at it uses nothing up
    wrong = visitor.post(link, {"token": link.partition("=")[2], "password": NEW, "again": "x"})
    assert "do not match" in wrong.content.decode()
    form = {"token": link.partition("=")[2], "password": NEW, "again": NEW}
    done = visitor.post(link, form, follow=True)
    assert done.redirect_chain == [("/login", 302)]
    assert "Your new password is set" in done.content.decode()
    assert "no longer valid" in visitor.post(link, form).content.decode()


def test_the_page_says_the_same_of_an_unknown_address(ann: User) -> None:
    visitor = Browser()
    known = visitor.post("/password-reset", {"email": "ann@example.org"})
    unknown = visitor.post("/password-reset", {"email": "nobody@example.org"})
    told = [_CSRF.sub("", page.content.decode()) for page in (known, unknown)]
    assert told[0] == told[1]


def test_the_pages_are_limited_too() -> None:
    visitor = Browser()
    form = {"email": "ann@example.org"}
    statuses = [visitor.post("/password-reset", form).status_code for _ in range(11)]
    assert statuses[-1] == 429
