"""REGISTRATION: who may open an account, over REST and by the page alike."""

from typing import Any

import pytest
from django.test import Client as Browser
from rest_framework.response import Response

from accounts.errors import InviteNotValid
from accounts.models import AuditEntry, Invite, InviteUse, SiteSettings, User
from accounts.people.accounts import register_person
from accounts.people.invites import invite_to_site
from chatproject.environment import Environment
from tests.accounts.mail.scene import send_mails, token_in
from tests.accounts.scene import HERE, PASSWORD, in_parallel, is_refused, nobody
from tests.cast import make_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]


def register(email: str = "ann@example.org", **fields: Any) -> Response:
    body = {"name": "Ann", "email": email, "password": PASSWORD, **fields}
    return nobody().post("/v1/users/register", body, format="json")


def by_page(email: str = "ann@example.org", **fields: Any) -> str:
    form = {"name": "Ann", "email": email, "password": PASSWORD, **fields}
    visitor = Browser(headers={"Accept-Language": "en"})
    return visitor.post("/register", form).content.decode()


def site_invite(**fields: Any) -> Invite:
    return invite_to_site(by=make_person("Sue", is_staff=True), **fields)


@pytest.fixture(params=["environment", "row"])
def say(request: pytest.FixtureRequest, settings: Any) -> Any:
    """Sets the policy in the environment, or in the admin over another one there."""

    def said(value: str) -> None:
        if request.param == "environment":
            settings.REGISTRATION = value
        else:
            settings.REGISTRATION = "open" if value != "open" else "closed"
            SiteSettings.objects.create(registration=value)

    return said


def test_open(say: Any) -> None:
    say("open")
    assert register().status_code == 201


def test_closed(say: Any) -> None:
    say("closed")
    token = site_invite().token
    assert is_refused(register(), 403, "registration_closed")
    assert is_refused(register(inviteToken=token), 403, "registration_closed")
    assert "by themselves" in by_page()
    assert "Ask whoever runs this chat" in Browser().get("/register").content.decode()
    assert not User.objects.filter(email="ann@example.org").exists()


def test_by_invitation(say: Any) -> None:
    say("invite")
    token = site_invite(max_uses=1).token
    assert is_refused(register(), 403, "invite_needed")
    assert is_refused(register(inviteToken="rubbish"), 404, "invite_not_valid")
    assert "An invitation is needed" in by_page()
    assert "needs an invitation" in Browser().get("/register").content.decode()
    assert f'value="{token}"' in Browser().get(f"/register?invite={token}").content.decode()

    assert register(inviteToken=token).status_code == 201
    assert InviteUse.objects.get().user.email == "ann@example.org"
    assert is_refused(register("bob@example.org", inviteToken=token), 404, "invite_not_valid")


def test_by_invitation_on_the_page(say: Any) -> None:
    say("invite")
    by_page(invite_token=site_invite().token)
    assert User.objects.filter(email="ann@example.org").exists()


def test_a_domain_is_asked_for_and_confirmed_by_mail(say: Any) -> None:
    say("domain:bücher.example")
    assert is_refused(register(), 403, "domain_not_allowed")
    assert is_refused(register("ann@x.bücher.example"), 403, "domain_not_allowed")
    assert "An address of bücher.example is needed" in by_page()

    assert register("ann@xn--bcher-kva.example").status_code == 202
    assert not User.objects.exists()
    body = {"token": token_in(send_mails()[0])}
    nobody().post("/v1/users/email/confirm", body, format="json")
    assert User.objects.get().email == "ann@bücher.example"


def test_an_invite_counts_also_where_the_address_is_confirmed_first(settings: Any) -> None:
    settings.REGISTRATION, settings.EMAIL_VERIFICATION = "invite", "required"
    invite = site_invite(max_uses=1)
    assert register(inviteToken=invite.token).status_code == 202
    body = {"token": token_in(send_mails()[0])}
    nobody().post("/v1/users/email/confirm", body, format="json")
    invite.refresh_from_db()
    assert invite.uses == 1


@pytest.mark.django_db(transaction=True)
def test_the_last_use_taken_twice_at_once_opens_one_account(settings: Any) -> None:
    settings.REGISTRATION, settings.RATE_LIMITS = "invite", False
    token = site_invite(max_uses=1).token
    emails = iter([f"p{number}@example.org" for number in range(4)])

    def come() -> bool:
        email = next(emails)
        try:
            register_person(
                name="P", email=email, password=PASSWORD, client=HERE, invite_token=token
            )
        except InviteNotValid:
            return False
        return True

    assert sum(in_parallel(come, 4, threads=4)) == 1
    assert User.objects.filter(name="P").count() == 1


@pytest.mark.parametrize("value", ["open", "invite", "closed", "domain:example.org"])
def test_the_reader_takes(value: str) -> None:
    environment = Environment({"REGISTRATION": value.upper()})
    assert environment.registration("REGISTRATION") == value
    assert environment.problems == []


@pytest.mark.parametrize(
    "value", ["yes", "domain", "domain:", "domain:x", "open:x", "domain:a b.c"]
)
def test_the_reader_closes_the_door_for_what_it_does_not_know(value: str) -> None:
    environment = Environment({"REGISTRATION": value})
    assert environment.registration("REGISTRATION") == "closed"
    assert [problem.id for problem in environment.problems] == ["chat.E045"]


def test_the_admin_changes_it_and_the_audit_log_says_so() -> None:
    admin = make_person("Root", is_staff=True, is_superuser=True)
    visitor = Browser()
    visitor.force_login(admin)
    page = "/admin/accounts/sitesettings/"
    assert visitor.get(page)["Location"] == f"{page}add/"
    wrong = visitor.post("/admin/accounts/sitesettings/add/", {"registration": "yes"})
    assert not SiteSettings.objects.exists()
    assert "Enter open" in wrong.content.decode()
    visitor.post("/admin/accounts/sitesettings/add/", {"registration": "Closed"})
    assert is_refused(register(), 403, "registration_closed")
    assert visitor.get("/admin/accounts/sitesettings/add/").status_code == 403
    assert visitor.get(page)["Location"] == f"{page}1/change/"
    visitor.post("/admin/accounts/sitesettings/1/change/", {"registration": "open"})
    assert register().status_code == 201
    actions = AuditEntry.objects.filter(action__startswith="sitesettings").order_by("id")
    assert [entry.action for entry in actions] == ["sitesettings.added", "sitesettings.changed"]
    assert actions[1].after == {"registration": "open"}
