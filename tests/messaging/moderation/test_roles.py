"""What each of those who work in the admin may see and do, page by page, and nobody else."""

import re

import pytest
from django.contrib.auth.models import Group
from django.urls import get_resolver

from accounts.models import AuditEntry, SignIn, User
from messaging.models import Message, Report
from messaging.moderation.actions.handling import dismiss_reports
from messaging.moderation.groups import MODERATOR, OPERATOR, RIGHTS, make_groups
from tests.cast import make_person
from tests.messaging.moderation.scene import Watch, act, complain, page, window

pytestmark = pytest.mark.django_db

MODERATORS = {
    "accounts_auditentry",
    "accounts_mute",
    "accounts_signin",
    "accounts_suspension",
    "accounts_user",
    "conversations_conversation",
    "messaging_message",
    "messaging_report",
    "messaging_wordfilter",
}
OPERATORS = {"accounts_auditentry", "accounts_signin", "accounts_user"}


def changelists() -> list[str]:
    """The name of every list of the admin, so that a new one has to be thought of here."""
    _, site = get_resolver().namespace_dict["admin"]
    names = {name for name in site.reverse_dict if isinstance(name, str)}
    return sorted(name.removesuffix("_changelist") for name in names if "_changelist" in name)


def test_the_groups_have_just_their_rights() -> None:
    for name, rights in RIGHTS.items():
        given = Group.objects.get(name=name).permissions.values_list(
            "content_type__app_label", "codename"
        )
        wanted = {right for right in rights if not right.startswith("procrastinate.")}
        assert wanted <= {".".join(each) for each in given} <= set(rights)


def test_an_upgrade_sets_the_rights_anew() -> None:
    Group.objects.get(name=MODERATOR).permissions.clear()
    make_groups()
    assert Group.objects.get(name=MODERATOR).permissions.count() == len(RIGHTS[MODERATOR])


def test_every_list_of_the_admin_is_for_whom_it_is(watch: Watch) -> None:
    lists = changelists()
    assert set(lists) >= MODERATORS | OPERATORS
    for person, theirs in ((watch.moderator, MODERATORS), (watch.operator, OPERATORS)):
        client = window(person)
        for name in lists:
            status = client.get(page(f"{name}_changelist")).status_code
            if not name.startswith("procrastinate"):
                assert (name, status) == (name, 200 if name in theirs else 403)


@pytest.mark.parametrize("name", sorted(MODERATORS))
def test_plain_people_and_outsiders_get_no_page(watch: Watch, name: str) -> None:
    for person in (watch.plain, None):
        answer = window(person).get(page(f"{name}_changelist"))
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")
        assert act(window(person), name, "suspend", watch.troll).redirect_chain
    watch.troll.refresh_from_db()
    assert watch.troll.is_active


def test_a_moderator_reads_public_messages_and_no_private_ones(watch: Watch) -> None:
    client = window(watch.moderator)
    html = client.get(page("messaging_message_changelist")).content.decode()
    assert "foul in public" in html
    assert "foul words" not in html
    hidden = Message.objects.get(conversation=watch.private, seq=2)
    path = page("messaging_message_change", hidden.pk)
    assert client.get(path).status_code == 302  # as for a message that is not there
    found = client.get(page("messaging_message_changelist"), {"q": str(watch.private.pk)})
    assert list(found.context["cl"].result_list) == []
    assert not AuditEntry.objects.exists()


def test_a_moderator_knows_no_title_of_a_private_conversation(watch: Watch) -> None:
    client = window(watch.moderator)
    path = page("conversations_conversation_change", watch.private.pk)
    person = page("accounts_user_change", watch.troll.pk)
    for look in (page("conversations_conversation_changelist"), path, person):
        assert "Secret plans" not in client.get(look, follow=True).content.decode()
    assert "Square" in client.get(person).content.decode()
    complain(watch, watch.private, 2)
    assert "Secret plans" in client.get(path).content.decode()


def test_a_report_opens_its_context_and_each_look_is_written_down(watch: Watch) -> None:
    report = complain(watch, watch.private, 2)
    client = window(watch.moderator)
    seen = Message.objects.get(conversation=watch.private, seq=2)

    client.get(page("messaging_report_changelist"))
    assert not AuditEntry.objects.exists()
    assert "foul words" in client.get(page("messaging_report_change", report.pk)).content.decode()
    assert "foul words" in client.get(page("messaging_message_changelist")).content.decode()
    assert "foul words" in client.get(page("messaging_message_change", seen.pk)).content.decode()

    looks = AuditEntry.objects.order_by("id")
    assert [entry.action for entry in looks] == ["conversation.read"] * 3
    assert [entry.after["where"] for entry in looks if entry.after] == [
        *("report", "messages", "message")
    ]
    for entry in looks:
        assert (entry.by, entry.conversation_id) == (watch.moderator, watch.private.pk)
        assert entry.after is not None
        assert entry.after["reportIds"] == [str(report.pk)]


def test_a_settled_report_closes_the_conversation_again(watch: Watch) -> None:
    report = complain(watch, watch.private, 2)
    dismiss_reports(report_ids=[report.pk], by=watch.moderator)
    html = window(watch.moderator).get(page("messaging_message_changelist")).content.decode()
    assert "foul words" not in html


def test_an_administrators_looks_are_written_down_too(watch: Watch) -> None:
    html = window(watch.chief).get(page("messaging_message_changelist")).content.decode()
    assert "foul words" in html
    assert AuditEntry.objects.get().after == {
        "where": "messages",
        "fromSeq": 1,
        "toSeq": 2,
        "reportIds": [],
    }


def test_a_moderator_cannot_change_people_or_rights(watch: Watch) -> None:
    client = window(watch.moderator)
    path = page("accounts_user_change", watch.moderator.pk)
    html = client.get(path).content.decode()
    assert 'name="_save"' not in html
    form = {"name": "X", "email": "x@example.org", "is_superuser": "on", "is_active": "on"}
    assert client.post(path, form).status_code == 403
    assert client.get(page("accounts_user_add")).status_code == 403
    assert client.get(page("auth_user_password_change", watch.troll.pk)).status_code == 403
    watch.moderator.refresh_from_db()
    assert (watch.moderator.name, watch.moderator.is_superuser) == ("Mora", False)


def test_who_may_change_people_still_gives_no_rights(watch: Watch) -> None:
    from django.contrib.auth.models import Permission

    watch.operator.user_permissions.add(Permission.objects.get(codename="change_user"))
    client = window(watch.operator)
    form = {"name": "New", "email": "t@example.org", "about": "", "is_superuser": "on"}
    answer = client.post(page("accounts_user_change", watch.troll.pk), form)
    assert answer.status_code == 302
    changed = User.objects.get(pk=watch.troll.pk)
    assert (changed.name, changed.is_superuser, changed.is_active) == ("New", False, True)
    for own in (watch.operator, watch.chief):
        assert client.post(page("accounts_user_change", own.pk), form).status_code == 403


def test_an_operator_decides_about_nobody(watch: Watch) -> None:
    report = complain(watch, watch.public, 1)
    client = window(watch.operator)
    act(client, "accounts_user", "suspend", watch.troll)
    act(client, "messaging_report", "suspend", report)
    watch.troll.refresh_from_db()
    assert watch.troll.is_active
    assert Report.objects.get().state == "open"


def test_who_may_only_look_at_reports_has_no_button(watch: Watch) -> None:
    from django.contrib.auth.models import Permission

    report = complain(watch, watch.public, 1)
    looker = make_person("Looker", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_report"))
    client = window(looker)
    html = client.get(page("messaging_report_change", report.pk)).content.decode()
    assert 'name="action"' not in html
    act(client, "messaging_report", "dismiss", report)
    assert Report.objects.get().state == "open"


def test_nothing_of_a_password_or_token_is_on_a_persons_page(watch: Watch) -> None:
    from tests.accounts.scene import person_with_password, sign_in

    ann = person_with_password("Ann", email="ann@example.org")
    sign_in(ann)
    html = window(watch.moderator).get(page("accounts_user_change", ann.pk)).content.decode()
    assert "127.0.0.1" in html
    assert "argon2" not in html
    assert ann.password[-12:] not in html
    assert str(SignIn.objects.get(user=ann).refresh_jti) not in html


def test_operators_see_how_the_server_runs_and_moderators_what_is_said(watch: Watch) -> None:
    def first_page(person: User) -> str:
        return re.sub(r"\s+", " ", window(person).get("/admin/").content.decode())

    moderator, operator, chief = map(first_page, (watch.moderator, watch.operator, watch.chief))
    assert "Messages today" in moderator
    assert "Storage" not in moderator
    assert "Storage" in operator
    assert "Messages today" not in operator
    assert "Messages today" in chief
    assert "Failed tasks" in chief
    assert OPERATOR != MODERATOR
