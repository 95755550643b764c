"""No table is forgotten: what export, erasure and deletion do with the rows of each.

A new table fails here until it has a place in one of the lists. Rows are made of what the fields
ask for, so that none has to be made by hand.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts.models import User
from conversations.models import Conversation
from messaging.exports.person import account_of
from messaging.log import writing
from messaging.maintenance.erasure import close_account_for_erasure, finish_erasure
from messaging.maintenance.tombstones import leave_tombstones
from tests.cast import make_person, say
from tests.messaging.actions.scene import Scene

OURS = ("accounts", "attachments", "conversations", "messaging")
# The rows of a person, by the lookup that finds them: erasing the person deletes them.
GONE_WITH_PERSON = {
    "accounts.ApiToken": "sign_in__user",
    "accounts.Block": "blocker",
    "accounts.Contact": "owner",
    "accounts.EmailChange": "user",
    "accounts.FactorStep": "user",
    "accounts.Identity": "user",
    "accounts.InviteUse": "user",
    "accounts.LastSeen": "user",
    "accounts.Passkey": "user",
    "accounts.PushSubscription": "sign_in__user",
    "accounts.RecoveryCode": "user",
    "accounts.ShownNotification": "subscription__sign_in__user",
    "accounts.SignIn": "user",
    "accounts.SocketTicket": "sign_in__user",
    "accounts.Totp": "user",
    "attachments.Attachment": "uploader",
    "attachments.CustomEmoji": "picture__uploader",
    "conversations.Folder": "user",
    "conversations.FolderEntry": "user",
    "conversations.JoinRequest": "user",
    "messaging.Hide": "user",
    "messaging.InboxEntry": "user",
    "messaging.SavedDraft": "user",
    "messaging.SavedMessage": "user",
    "messaging.ScheduledMessage": "author",
    "messaging.ThreadFollower": "user",
}
# What stays tells what happened under an id that names nobody any more.
STAYS_WITHOUT_NAME = {
    "accounts.AuditEntry": "what staff did; its words are theirs",
    "accounts.Bot": "its account goes on under an owner that is erased, with its tokens ended",
    "accounts.Invite": "revoked, and without the address",
    "accounts.Mute": "without the reason",
    "accounts.Suspension": "without the reason",
    "accounts.User": "emptied; the log refers to the id",
    "conversations.Ban": "without the reason",
    "conversations.Conversation": "of all who are in it",
    "conversations.Participant": "who was in it when: the visibility rule asks for that",
    "messaging.IncomingWebhook": "of its conversation",
    "messaging.LastPost": "a time",
    "messaging.Mention": "an id in another's message",
    "messaging.Message": "emptied by its own step",
    "messaging.OutgoingWebhook": "of its conversation",
    "messaging.PollVote": "counted, under the id",
    "messaging.Quota": "a number",
    "messaging.Reaction": "counted, under the id",
    "messaging.Receipt": "others see that their message was read",
    "messaging.Report": "without words, see erase_from_reports",
    "messaging.SlashCommand": "of its conversation",
}
OF_NOBODY = {
    "accounts.Attempt",
    "accounts.NotificationCursor",
    "accounts.PendingRegistration",
    "accounts.SiteSettings",
    "accounts.UsedLogoutToken",
    "accounts.WebPushKey",
    "attachments.LinkPreview",
    "messaging.ArchiveFile",
    "messaging.ArchiveKeyRun",
    "messaging.ArchiveRecall",
    "messaging.ArchiveSegment",
    "messaging.DayFigure",
    "messaging.Delivery",
    "messaging.ErasedPerson",
    "messaging.Forward",
    "messaging.InboxCursor",
    "messaging.InboxState",
    "messaging.MessageLinkPreview",
    "messaging.RelayCursor",
    "messaging.RelayState",
    "messaging.Revision",
    "messaging.Rulebook",
    "messaging.SearchCursor",
    "messaging.SearchEntry",
    "messaging.Thread",
    "messaging.WordFilter",
}
# Where `account.json` has it.
EXPORTED = {
    "accounts.ApiToken": "tokens",
    "accounts.Block": "blocks",
    "accounts.Contact": "contacts",
    "accounts.EmailChange": "emailChange",
    "accounts.Identity": "identities",
    "accounts.InviteUse": "cameBy",
    "accounts.LastSeen": "lastSeenAt",
    "accounts.Passkey": "secondFactors",
    "accounts.PushSubscription": "pushSubscriptions",
    "accounts.RecoveryCode": "secondFactors",
    "accounts.SignIn": "signIns",
    "accounts.Totp": "secondFactors",
    "conversations.Folder": "folders",
    "conversations.FolderEntry": "folders",
    "conversations.JoinRequest": "joinRequests",
    "messaging.Hide": "hiddenMessages",
    "messaging.SavedDraft": "drafts",
    "messaging.SavedMessage": "savedMessages",
    "messaging.ScheduledMessage": "scheduledMessages",
    "messaging.ThreadFollower": "threads",
}
NOT_IN_ACCOUNT = {
    "accounts.FactorStep": "lives for minutes, and holds no more than that a code was asked for",
    "accounts.ShownNotification": "lives as long as a notification is shown",
    "accounts.SocketTicket": "lives for seconds",
    "attachments.Attachment": "a file of the archive",
    "attachments.CustomEmoji": "its picture is a file of the archive",
    "messaging.InboxEntry": "follows from the memberships, which the archive has",
}
# What belongs to one message: deleting it, by a person or by retention, deletes them.
GONE_WITH_MESSAGE = {
    "attachments.Attachment",
    "messaging.Delivery",
    "messaging.Forward",
    "messaging.Mention",
    "messaging.MessageLinkPreview",
    "messaging.PollVote",
    "messaging.Reaction",
    "messaging.Revision",
}
STAYS_BESIDE_MESSAGE = {
    "accounts.NotificationCursor": "a place in the log",
    "messaging.ArchiveRecall": "says that the row holds",
    "accounts.ShownNotification": "by it the notification is withdrawn",
    "messaging.Hide": "the tombstone stays hidden",
    "messaging.Message": "becomes a tombstone",
    "messaging.RelayCursor": "a place in the log",
    "messaging.Report": "has a copy of its own, which has a term of its own",
    "messaging.SavedMessage": "a place; whether there is something to see is asked when it is read",
    "messaging.SearchEntry": "follows the log, see test_search_visibility",
    "messaging.Thread": "goes on without its root",
    "messaging.ThreadFollower": "goes on without its root",
}


def tables(labels: Iterable[str]) -> list[type[models.Model]]:
    return [apps.get_model(label) for label in labels]


def all_tables() -> list[type[models.Model]]:
    found = [model for app in OURS for model in apps.get_app_config(app).get_models()]
    return [model for model in found if model._meta.managed and not model._meta.proxy]


def test_every_table_has_its_place() -> None:
    known = (GONE_WITH_PERSON.keys(), STAYS_WITHOUT_NAME.keys(), OF_NOBODY)
    assert sorted(label for part in known for label in part) == sorted(
        model._meta.label for model in all_tables()
    )
    assert EXPORTED.keys() | NOT_IN_ACCOUNT.keys() == GONE_WITH_PERSON.keys()
    of_messages = {
        model._meta.label
        for model in all_tables()
        if {"conversation", "seq"} <= {it.name.removesuffix("_id") for it in model._meta.fields}
    }
    assert GONE_WITH_MESSAGE | STAYS_BESIDE_MESSAGE.keys() == of_messages


def make_row(model: type[models.Model], scene: Scene, owner: User, /, **given: Any) -> models.Model:
    """A row that has what its fields ask for; of people it names `owner` alone."""
    fields: dict[str, Any] = dict(given)
    for field in model._meta.concrete_fields:
        if field.name in fields or field.attname in fields or not _is_asked_for(field):
            continue
        fields[field.name] = _value(field, scene, owner)
    return model._default_manager.create(**fields)


def _is_asked_for(field: "models.Field[Any, Any]") -> bool:
    return not (field.has_default() or field.null or isinstance(field, models.AutoField))


def _value(field: "models.Field[Any, Any]", scene: Scene, person: User) -> Any:
    if isinstance(field, models.ForeignKey):
        target = field.related_model
        if target is User:
            return person
        if target is Conversation:
            return scene.conversation
        existing = target._default_manager.order_by("-pk").first()
        return existing or make_row(target, scene, person)
    if field.choices:
        return next(value for value, _ in field.flatchoices)
    of_type: tuple[tuple[type[models.Field[Any, Any]], Any], ...] = (
        (ArrayField, []),
        (models.JSONField, {}),
        (models.UUIDField, uuid4()),
        (models.DateTimeField, timezone.now() + timedelta(days=1)),
        (models.BooleanField, True),
        (models.IntegerField, 1),
        (models.FloatField, 1.0),
        (models.BinaryField, uuid4().bytes * 2),
        (models.EmailField, "somebody@example.org"),
        (models.CharField, "x"),
        (models.TextField, "x"),
    )
    return next(value for kind, value in of_type if isinstance(field, kind))


@pytest.fixture
def full(scene: Scene) -> Scene:
    """The member has a row in each table that goes with a person."""
    say(scene.conversation, scene.member)
    for label, lookup in GONE_WITH_PERSON.items():
        model = apps.get_model(label)
        other = {"conversations.JoinRequest": "by"}.get(label)
        others = {"accounts.Block": "blocked", "accounts.Contact": "person"}.get(label, other)
        given = {others: scene.owner} if others else {}
        if "__" not in lookup:
            given[lookup] = scene.member
        make_row(model, scene, scene.member, **given)
    return scene


def of_person(label: str, person: User) -> int:
    rows = apps.get_model(label)._default_manager
    return rows.filter(**{GONE_WITH_PERSON[label]: person}).count()


def test_erasure_leaves_no_row(full: Scene) -> None:
    assert [it for it in GONE_WITH_PERSON if not of_person(it, full.member)] == []

    close_account_for_erasure(user=full.member)
    finish_erasure(user=full.member)

    assert [it for it in GONE_WITH_PERSON if of_person(it, full.member)] == []


def test_the_export_has_every_row(full: Scene) -> None:
    """Each part differs from what somebody has of whom nothing is held."""
    nothing, account = account_of(make_person("Nina")), account_of(full.member)
    assert [it for it, key in EXPORTED.items() if account[key] == nothing[key]] == []


def test_a_deleted_message_leaves_no_row(scene: Scene) -> None:
    seq = say(scene.conversation, scene.member)["seq"]
    place = {"conversation_id": scene.id, "seq": seq}
    children = tables(GONE_WITH_MESSAGE)
    for model in children:
        make_row(model, scene, scene.member, **place)
    counts = [model._default_manager.filter(**place).count() for model in children]
    assert counts == [1] * len(children)

    with writing(scene.id) as log:
        leave_tombstones(log, [seq], by=None)

    found = [it._meta.label for it in children if it._default_manager.filter(**place).exists()]
    assert found == []


def test_apps_of_ours_are_the_installed_ones() -> None:
    installed = {name.partition(".")[0] for name in settings.INSTALLED_APPS}
    assert set(OURS) <= installed
