"""/v1/invites, and the page of a link: who may invite to what, and who comes in by it."""

import re
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.test import APIClient

from accounts.errors import InviteNotValid
from accounts.models import Invite, InviteUse, User
from accounts.people.erasure import anonymize_account
from accounts.people.invites import prune_invites
from conversations.models import Ban, Conversation, Participant
from messaging.membership.invites import accept_invite
from tests.accounts.mail.scene import send_mails
from tests.accounts.scene import in_parallel, is_refused
from tests.cast import api, make_conversation, make_direct, make_person

pytestmark = pytest.mark.django_db


class Cast:
    def __init__(self) -> None:
        self.owner, self.admin, self.member, self.outsider = map(
            make_person, ("Olga Owner", "Adam Admin", "Mia Member", "Otto Outsider")
        )
        self.group = make_conversation(
            self.owner, self.member, admins=(self.admin,), title="Weekend"
        )


@pytest.fixture
def cast() -> Cast:
    return Cast()


def invite(
    by: User | APIClient, conversation: Conversation | None = None, **fields: Any
) -> Response:
    client = by if isinstance(by, APIClient) else api(by)
    body = {**({"conversationId": str(conversation.pk)} if conversation else {}), **fields}
    return client.post("/v1/invites", body, format="json")


def accept(person: User, token: str) -> Response:
    return api(person).post("/v1/invites/accept", {"token": token}, format="json")


def is_inside(person: User, conversation: Conversation, role: str = "member") -> bool:
    inside = Participant.objects.open().filter(conversation=conversation, user=person, role=role)
    return inside.exists()


def test_an_outsider_comes_in_by_the_link_and_is_told_of(cast: Cast) -> None:
    made = invite(cast.admin, cast.group)
    assert made.status_code == 201
    shown = made.json()
    assert shown["url"].endswith(f"/invite/{shown['token']}")
    assert (shown["uses"], shown["maxUses"], shown["role"]) == (0, None, "member")

    answer = accept(cast.outsider, shown["token"])
    assert answer.json() == {"conversationId": str(cast.group.pk)}
    assert is_inside(cast.outsider, cast.group)

    listed = api(cast.owner).get("/v1/invites", {"conversationId": str(cast.group.pk)}).json()
    [one] = listed["results"]
    assert one["uses"] == 1
    assert [use["name"] for use in one["usedBy"]] == ["Otto Outsider"]
    assert one["createdBy"]["name"] == "Adam Admin"


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [
        ("member", 403, "admin_right_missing"),
        ("outsider", 404, "conversation_not_found"),
    ],
)
def test_only_admins_invite_and_see_invites(cast: Cast, who: str, status: int, code: str) -> None:
    person = getattr(cast, who)
    made = invite(cast.owner, cast.group).json()
    assert is_refused(invite(person, cast.group), status, code)
    listed = api(person).get("/v1/invites", {"conversationId": str(cast.group.pk)})
    assert is_refused(listed, status, code)
    assert is_refused(api(person).delete(f"/v1/invites/{made['id']}"), status, code)
    assert Invite.objects.count() == 1


def test_nobody_signed_in_is_refused(cast: Cast) -> None:
    assert invite(api(), cast.group).status_code == 401
    body = {"token": invite(cast.owner, cast.group).json()["token"]}
    assert api().post("/v1/invites/accept", body, format="json").status_code == 401


def test_only_the_owner_invites_admins(cast: Cast) -> None:
    assert is_refused(invite(cast.admin, cast.group, role="admin"), 403, "owner_right_missing")
    token = invite(cast.owner, cast.group, role="admin").json()["token"]
    accept(cast.outsider, token)
    assert is_inside(cast.outsider, cast.group, "admin")


def test_a_direct_conversation_has_no_invites(cast: Cast) -> None:
    direct = make_direct(cast.owner, cast.member)
    assert is_refused(invite(cast.owner, direct), 409, "direct_is_fixed")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"role": "owner"}, "role"),
        ({"maxUses": 0}, "maxUses"),
        ({"maxUses": "2"}, "maxUses"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"expiresAt": "soon"}, "expiresAt"),
        ({"email": "no address"}, "email"),
        ({"conversationId": "x"}, "conversationId"),
    ],
)
def test_bad_input_makes_no_invite(cast: Cast, fields: dict[str, Any], field: str) -> None:
    assert is_refused(invite(cast.owner, cast.group, **fields), 400, "invalid_input", field)
    assert not Invite.objects.exists()


def test_an_invite_is_used_up(cast: Cast) -> None:
    token = invite(cast.owner, cast.group, maxUses=1).json()["token"]
    assert accept(cast.outsider, token).status_code == 200
    assert is_refused(accept(make_person("Late"), token), 404, "invite_not_valid")


def test_who_comes_twice_counts_once(cast: Cast) -> None:
    token = invite(cast.owner, cast.group, maxUses=1).json()["token"]
    assert accept(cast.outsider, token).status_code == 200
    assert accept(cast.outsider, token).status_code == 200
    assert accept(cast.member, token).status_code == 404  # is in, but used nothing
    assert Invite.objects.get().uses == 1


def test_a_member_uses_nothing_up(cast: Cast) -> None:
    token = invite(cast.owner, cast.group, maxUses=1).json()["token"]
    assert accept(cast.member, token).json() == {"conversationId": str(cast.group.pk)}
    assert Invite.objects.get().uses == 0


def test_a_revoked_an_expired_and_an_unknown_invite_get_one_answer(cast: Cast) -> None:
    revoked, expired = (invite(cast.owner, cast.group).json() for _ in range(2))
    assert api(cast.admin).delete(f"/v1/invites/{revoked['id']}").status_code == 204
    past = timezone.now() - timedelta(seconds=1)
    Invite.objects.filter(pk=expired["id"]).update(expires_at=past)

    for token in (revoked["token"], expired["token"], "rubbish"):
        assert is_refused(accept(cast.outsider, token), 404, "invite_not_valid")
        assert Browser().get(f"/invite/{token}").status_code == 404
    assert not is_inside(cast.outsider, cast.group)


def test_an_invite_ends_with_the_account_of_who_made_it(cast: Cast) -> None:
    token = invite(cast.admin, cast.group).json()["token"]
    User.objects.filter(pk=cast.admin.pk).update(is_active=False)
    assert is_refused(accept(cast.outsider, token), 404, "invite_not_valid")


def test_the_banned_stay_out(cast: Cast) -> None:
    token = invite(cast.owner, cast.group).json()["token"]
    Ban.objects.create(conversation=cast.group, user=cast.outsider, banned_by=cast.owner)
    assert is_refused(accept(cast.outsider, token), 403, "banned")
    assert Invite.objects.get().uses == 0


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_the_last_use_at_once_one_gets_it() -> None:
    cast = Cast()
    token = invite(cast.owner, cast.group, maxUses=1).json()["token"]
    people = iter([make_person(f"P{number}") for number in range(4)])

    def come() -> bool:
        person = next(people)
        try:
            accept_invite(token=token, user_id=person.pk)
        except InviteNotValid:
            return False
        finally:
            connection.close()
        return True

    assert sum(in_parallel(come, 4, threads=4)) == 1
    assert Invite.objects.get().uses == InviteUse.objects.count() == 1
    assert Participant.objects.open().filter(conversation=cast.group).count() == 4


def test_invites_are_limited(cast: Cast, settings: Any) -> None:
    settings.INVITES_PER_HOUR = 2
    statuses = [invite(cast.owner, cast.group).status_code for _ in range(3)]
    assert statuses == [201, 201, 429]


def test_an_invite_by_email_is_sent_and_works_once(cast: Cast) -> None:
    shown = invite(cast.owner, cast.group, email=" New@Example.org ").json()
    [message] = send_mails()

    assert (shown["email"], shown["maxUses"]) == ("new@example.org", 1)
    assert message.to == ["new@example.org"]
    assert shown["url"] in message.body
    assert "Olga Owner" in message.subject
    assert "Weekend" not in message.body  # the page tells who may see it


def test_a_revoked_invite_is_not_sent(cast: Cast) -> None:
    shown = invite(cast.owner, cast.group, email="new@example.org").json()
    api(cast.owner).delete(f"/v1/invites/{shown['id']}")
    assert send_mails() == []


def test_staff_invites_to_the_installation(cast: Cast) -> None:
    staff = make_person("Sue", is_staff=True)
    token = invite(staff).json()["token"]
    assert accept(cast.outsider, token).json() == {"conversationId": None}
    assert is_refused(invite(cast.outsider), 403, "invite_right_missing")
    assert len(api(staff).get("/v1/invites").json()["results"]) == 1
    assert api(cast.outsider).get("/v1/invites").json()["results"] == []


def test_an_invite_to_the_installation_makes_nobody_an_admin(cast: Cast) -> None:
    staff = make_person("Sue", is_staff=True)
    assert is_refused(invite(staff, role="admin"), 400, "invalid_input", "role")
    assert invite(staff, role="member").status_code == 201


def test_everyone_invites_where_the_setting_says_so(cast: Cast, settings: Any) -> None:
    settings.SITE_INVITES = "everyone"
    made = invite(cast.outsider)
    assert made.status_code == 201
    path = f"/v1/invites/{made.json()['id']}"
    assert is_refused(api(cast.member).delete(path), 404, "invite_not_valid")
    assert api(cast.outsider).delete(path).status_code == 204
    assert is_refused(
        api(cast.member).delete(f"/v1/invites/{cast.group.pk}"), 404, "invite_not_valid"
    )


def test_the_page_tells_who_invites_to_what_and_takes_people_in(cast: Cast) -> None:
    token = invite(cast.owner, cast.group).json()["token"]
    visitor = Browser(headers={"Accept-Language": "en"})
    page = visitor.get(f"/invite/{token}").content.decode()
    assert "Olga Owner invites you to “Weekend”." in page
    assert f"/register?invite={token}&amp;next=/invite/{token}" in page
    assert f"/login?next=/invite/{token}" in page
    assert visitor.post(f"/invite/{token}").status_code == 200  # signed out: shows it again

    visitor.force_login(cast.outsider)
    assert "You are logged in as Otto Outsider" in visitor.get(f"/invite/{token}").content.decode()
    done = visitor.post(f"/invite/{token}")
    assert done["Location"] == f"/c/{cast.group.pk}"
    assert is_inside(cast.outsider, cast.group)


def test_the_qr_code_is_a_picture_of_its_own(cast: Cast) -> None:
    token = invite(cast.owner, cast.group).json()["token"]
    answer = Browser().get(f"/invite/{token}/qr.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    root = ET.fromstring(answer.content)
    assert root.tag.endswith("svg")
    assert not re.search(rb"<script|style=|href", answer.content)
    assert Browser().get("/invite/rubbish/qr.svg").status_code == 404


def test_erasing_takes_the_address_and_ends_the_invites(cast: Cast) -> None:
    invite(cast.owner, cast.group, email=str(cast.outsider.email))
    invite(cast.outsider, make_conversation(cast.outsider))
    anonymize_account(cast.outsider)
    assert not Invite.objects.filter(email=cast.outsider.email).exists()
    assert Invite.objects.get(created_by=cast.outsider).revoked_at is not None


def test_old_invites_are_forgotten(cast: Cast) -> None:
    kept, gone = (invite(cast.owner, cast.group).json()["id"] for _ in range(2))
    Invite.objects.filter(pk=gone).update(expires_at=timezone.now() - timedelta(days=31))
    assert prune_invites() == 1
    assert str(Invite.objects.get().pk) == kept
