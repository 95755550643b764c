"""POST /v1/tickets, and what a ticket is worth"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.auth.sign_ins import end_sign_in
from accounts.auth.tokens import issue_ticket, redeem_ticket
from accounts.errors import InvalidTicket
from accounts.models import SignIn, SocketTicket, User
from tests.accounts.scene import (
    bearer,
    browser,
    in_parallel,
    is_refused,
    nobody,
    sign_in,
    with_csrf,
)
from tests.cast import make_person

pytestmark = pytest.mark.django_db
URL = "/v1/tickets"
HOUR = timedelta(hours=1)


@pytest.fixture
def ann() -> User:
    return make_person("Ann")


def test_a_ticket_stands_for_the_sign_in_that_asked(ann: User) -> None:
    pair = sign_in(ann)

    answer = bearer(pair.access).post(URL)

    body = answer.json()
    assert (answer.status_code, set(body)) == (201, {"ticket", "expiresAt"})
    left = datetime.fromisoformat(body["expiresAt"]) - timezone.now()
    assert timedelta(seconds=25) < left <= timedelta(seconds=30)
    found = redeem_ticket(body["ticket"])
    assert (found.pk, found.user) == (pair.sign_in.pk, ann)


def test_a_browser_gets_one_too(ann: User) -> None:
    window = browser(ann)
    ticket = window.post(URL, headers=with_csrf(window)).json()["ticket"]
    assert redeem_ticket(ticket).kind == SignIn.Kind.BROWSER


def test_only_a_hash_is_stored(ann: User) -> None:
    ticket = issue_ticket(sign_in_id=sign_in(ann).sign_in.pk)
    row = SocketTicket.objects.values().get()
    assert ticket.text not in str(row)
    assert len(bytes(row["digest"])) == 32


def test_it_works_once(ann: User, django_assert_num_queries: Any) -> None:
    ticket = issue_ticket(sign_in_id=sign_in(ann).sign_in.pk)
    with django_assert_num_queries(1):
        redeem_ticket(ticket.text)
    with pytest.raises(InvalidTicket):
        redeem_ticket(ticket.text)


@pytest.mark.django_db(transaction=True)
def test_of_parallel_uses_one_goes_through(ann: User) -> None:
    ticket = issue_ticket(sign_in_id=sign_in(ann).sign_in.pk)

    def use() -> bool:
        try:
            redeem_ticket(ticket.text)
        except InvalidTicket:
            return False
        return True

    assert sum(in_parallel(use, 8, threads=8)) == 1


def test_after_its_time_it_is_refused(ann: User) -> None:
    ticket = issue_ticket(sign_in_id=sign_in(ann).sign_in.pk)
    SocketTicket.objects.update(expires_at=timezone.now() - HOUR)
    with pytest.raises(InvalidTicket):
        redeem_ticket(ticket.text)


@pytest.mark.parametrize("ending", ["log-out", "closing"])
def test_it_ends_with_its_sign_in(ann: User, ending: str) -> None:
    pair = sign_in(ann)
    ticket = issue_ticket(sign_in_id=pair.sign_in.pk)
    if ending == "log-out":
        end_sign_in(user_id=ann.pk, sign_in_id=pair.sign_in.pk)
    else:
        User.objects.update(is_active=False)
    with pytest.raises(InvalidTicket):
        redeem_ticket(ticket.text)


@pytest.mark.parametrize("text", ["", "x", "é", "x" * 100_000])
def test_rubbish_is_refused(text: str) -> None:
    with pytest.raises(InvalidTicket):
        redeem_ticket(text)


def test_expired_ones_are_cleared_away(ann: User) -> None:
    sign_in_id = sign_in(ann).sign_in.pk
    for _ in range(5):
        issue_ticket(sign_in_id=sign_in_id)
    SocketTicket.objects.update(expires_at=timezone.now() - HOUR)
    issue_ticket(sign_in_id=sign_in_id)
    assert SocketTicket.objects.count() == 1


def test_nobody_gets_one() -> None:
    assert is_refused(nobody().post(URL), 401, "not_authenticated")
