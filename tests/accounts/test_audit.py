"""The audit log: only added to, shown to who may see it, and written by the admin's own pages."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.audit.audit_log import MAX_REASON, record
from accounts.models import AuditEntry, User
from tests.accounts.scene import person_with_password
from tests.cast import make_person

pytestmark = pytest.mark.django_db
LIST = "admin:accounts_auditentry_changelist"


@pytest.fixture
def chief() -> User:
    return make_person("Chief", is_staff=True, is_superuser=True)


def window(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def listed(client: Client, q: str = "") -> list[str]:
    rows = client.get(reverse(LIST), {"q": q}).context["cl"].result_list
    return [entry.action for entry in rows]


def test_an_entry_says_who_what_when_why(chief: User) -> None:
    ann = make_person("Ann")
    entry = record(
        by=chief, action="person.suspended", subject=ann, reason="spam", after={"isActive": False}
    )
    kept = AuditEntry.objects.get()
    assert kept.pk == entry.pk
    assert (kept.by, kept.subject_kind, kept.subject_id) == (chief, "user", str(ann.pk))
    assert (kept.person_id, kept.conversation_id) == (ann.pk, None)
    assert (kept.reason, kept.before, kept.after) == ("spam", None, {"isActive": False})
    assert kept.at is not None


def test_a_long_reason_is_cut(chief: User) -> None:
    assert len(record(by=chief, action="x.done", reason="x" * 5000).reason) == MAX_REASON


@pytest.mark.parametrize(
    "statement",
    ["UPDATE accounts_auditentry SET reason = 'other'", "DELETE FROM accounts_auditentry"],
)
def test_the_database_changes_and_deletes_none(chief: User, statement: str) -> None:
    record(by=chief, action="x.done", reason="first")
    refused = pytest.raises(DatabaseError, match="append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEntry.objects.get().reason == "first"


def test_the_database_does_not_empty_it(chief: User) -> None:
    record(by=chief, action="x.done", reason="first")
    refused = pytest.raises(DatabaseError, match="append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL chat.may_empty_audit_log = off; TRUNCATE accounts_auditentry")
    assert AuditEntry.objects.get().reason == "first"


def test_it_is_read_and_searched(chief: User) -> None:
    ann = make_person("Ann")
    record(by=chief, action="person.suspended", subject=ann)
    record(by=None, operator="root: erase_user", action="person.erased", person_id=ann.pk)
    record(by=chief, action="word.added")
    client = window(chief)

    assert listed(client) == ["word.added", "person.erased", "person.suspended"]
    assert listed(client, "person.") == ["person.erased", "person.suspended"]
    assert listed(client, str(ann.pk)) == ["person.erased", "person.suspended"]
    assert listed(client, str(chief.email)) == ["word.added", "person.suspended"]
    assert listed(client, str(chief.pk)) == ["word.added", "person.suspended"]
    assert listed(client, "nothing") == []
    assert "root: erase_user" in client.get(reverse(LIST)).content.decode()


def test_nobody_edits_it_there(chief: User) -> None:
    entry = record(by=chief, action="x.done", reason="first")
    client = window(chief)
    place = [entry.pk]

    assert (
        b'name="_save"'
        not in client.get(reverse("admin:accounts_auditentry_change", args=place)).content
    )
    assert client.get(reverse("admin:accounts_auditentry_add")).status_code == 403
    for name in ("change", "delete"):
        path = reverse(f"admin:accounts_auditentry_{name}", args=place)
        assert client.post(path, {"reason": "other", "post": "yes"}).status_code == 403
    assert AuditEntry.objects.get().reason == "first"


def test_it_is_for_who_has_the_right() -> None:
    looker, plain = make_person("Looker", is_staff=True), make_person("Plain")
    assert window(plain).get(reverse(LIST)).status_code == 302
    assert Client().get(reverse(LIST)).status_code == 302
    assert window(looker).get(reverse(LIST)).status_code == 403
    looker.user_permissions.add(Permission.objects.get(codename="view_auditentry"))
    assert window(looker).get(reverse(LIST)).status_code == 200


def change(client: Client, person: User, **fields: Any) -> None:
    form = {"name": person.name, "email": person.email, "about": "", "is_active": "on", **fields}
    answer = client.post(reverse("admin:accounts_user_change", args=[person.pk]), form)
    assert answer.status_code == 302


def test_a_change_in_the_admin_is_written_down_without_a_persons_words(chief: User) -> None:
    ann = person_with_password("Ann Original", email="ann@example.org")

    change(window(chief), ann, name="Ann Another", is_staff="on")

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.by, entry.person_id) == ("person.changed", chief, ann.pk)
    assert entry.before == {"name": "…", "is_staff": False}
    assert entry.after == {"name": "…", "is_staff": True}


def test_djangos_own_log_of_the_admin_keeps_no_name(chief: User) -> None:
    ann = person_with_password("Ann Original", email="ann@example.org")
    client = window(chief)
    change(client, ann, name="Ann Another")
    form = {"password1": "one more secret", "password2": "one more secret"}
    path = reverse("admin:auth_user_password_change", args=[ann.pk])
    client.post(path, {**form, "usable_password": "true", "set-password": "x"})

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_admin_log")
        assert cursor.fetchone() == (0,)
    assert AuditEntry.objects.filter(action="person.changed", person_id=ann.pk).count() == 2


def test_groups_are_audited_too(chief: User) -> None:
    client = window(chief)
    client.post(reverse("admin:auth_group_add"), {"name": "Helpers"})
    assert listed(client) == ["group.added"]
