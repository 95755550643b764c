"""/settings/invites: invites to the installation, without JavaScript."""

from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import Invite, InviteUse, User
from tests.accounts.mail.scene import send_mails
from tests.cast import make_person

pytestmark = pytest.mark.django_db

PAGE = "/settings/invites"


def browser(person: User) -> Browser:
    visitor = Browser(headers={"Accept-Language": "en"})
    visitor.force_login(person)
    return visitor


@pytest.fixture
def staff() -> User:
    return make_person("Sue", is_staff=True)


def test_staff_invites_by_link_and_sees_who_came(staff: User) -> None:
    visitor = browser(staff)
    assert PAGE in visitor.get("/settings").content.decode()
    assert visitor.post(PAGE, {"max_uses": "2"})["Location"] == PAGE

    invite = Invite.objects.get()
    assert (invite.max_uses, invite.conversation_id) == (2, None)
    InviteUse.objects.create(invite=invite, user=make_person("Nia New"))
    page = visitor.get(PAGE).content.decode()
    assert f"/invite/{invite.token}" in page
    assert f"/invite/{invite.token}/qr.svg" in page
    assert "joined: Nia New" in page

    visitor.post(f"{PAGE}/{invite.pk}/revoke")
    assert invite.token not in visitor.get(PAGE).content.decode()


def test_staff_invites_by_mail(staff: User) -> None:
    browser(staff).post(PAGE, {"email": "new@example.org"})
    assert [message.to for message in send_mails()] == [["new@example.org"]]


@pytest.mark.parametrize("form", [{"max_uses": "0"}, {"email": "no address"}])
def test_bad_input_makes_no_invite(staff: User, form: dict[str, str]) -> None:
    assert browser(staff).post(PAGE, form).status_code == 200
    assert not Invite.objects.exists()


def test_others_make_none_and_revoke_none(staff: User, settings: Any) -> None:
    browser(staff).post(PAGE)
    invite = Invite.objects.get()
    ann = browser(make_person("Ann"))
    assert PAGE not in ann.get("/settings").content.decode()
    assert "Only staff can invite" in ann.post(PAGE).content.decode()
    assert invite.token not in ann.get(PAGE).content.decode()
    ann.post(f"{PAGE}/{invite.pk}/revoke")
    assert Invite.objects.get().revoked_at is None

    settings.SITE_INVITES = "everyone"
    ann.post(PAGE)
    assert Invite.objects.count() == 2
    assert Browser().get(PAGE)["Location"].startswith("/login")


def test_they_are_limited(staff: User, settings: Any) -> None:
    settings.INVITES_PER_HOUR = 1
    assert [browser(staff).post(PAGE).status_code for _ in range(2)] == [302, 429]
