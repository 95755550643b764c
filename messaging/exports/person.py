"""Everything that is held of a person, for that person."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import models
from django.template.loader import render_to_string

from accounts.models import ApiToken, Block, Bot, Contact, LastSeen, SignIn, User
from attachments.models import Attachment
from chatproject.core.api.json import dump
from chatproject.core.times import rfc3339, rfc3339_or_none
from messaging.exports.conversation import write_conversation
from messaging.exports.zip_archive import Archive
from messaging.integrations.models import IncomingWebhook, OutgoingWebhook, SlashCommand
from messaging.maintenance.erasure import conversations_of
from messaging.moderation.models import Report


def write_person(
    archive: Archive, *, person: User, advance: Callable[[int], object] = lambda _: None
) -> dict[str, Any]:
    """Adds the account and every conversation that the person is or was in; how much it was."""
    written = []
    for conversation_id in conversations_of(person.pk):
        folder = f"conversations/{conversation_id}/"
        written.append(
            write_conversation(
                archive, conversation_id=conversation_id, viewer=person, folder=folder
            )
        )
        advance(1)
    account = account_of(person)
    with archive.entry("account.json") as target:
        target.write(dump(account))
    page = render_to_string("export/person.html", {"account": account, "conversations": written})
    with archive.entry("index.html") as target:
        target.write(page.encode())
    return {
        "conversations": len(written),
        "messages": sum(it["messages"] for it in written),
        "files": sum(it["files"] for it in written) + _add_waiting(archive, person),
    }


def account_of(person: User) -> dict[str, Any]:
    """The account as JSON; of others only ids, and the nicknames that the person gave them."""
    return {
        "id": str(person.pk),
        "name": person.name,
        "email": person.email,
        "about": person.about,
        "createdAt": rfc3339(person.created_at),
        "closedAt": rfc3339_or_none(person.deactivated_at),
        "preferences": {
            "language": person.language,
            "timeZone": person.time_zone,
            "theme": person.theme,
            "notifications": person.notifications,
            "hidesPresence": person.hides_presence,
        },
        "lastSeenAt": rfc3339_or_none(
            LastSeen.objects.filter(user=person).values_list("at", flat=True).first()
        ),
        "contacts": [
            {"userId": str(it.person_id), "nickname": it.nickname, "since": rfc3339(it.created_at)}
            for it in Contact.objects.filter(owner=person).order_by("id")
        ],
        "blocks": [
            {"userId": str(it.blocked_id), "since": rfc3339(it.created_at)}
            for it in Block.objects.filter(blocker=person).order_by("id")
        ],
        "signIns": [_sign_in(it) for it in SignIn.objects.filter(user=person).order_by("id")],
        "tokens": [_token(it) for it in ApiToken.objects.filter(made_by=person).order_by("pk")],
        "bots": [
            {"userId": str(it.pk), "madeAt": rfc3339(it.created_at)}
            for it in Bot.objects.filter(made_by=person).order_by("pk")
        ],
        "webhooks": [
            {
                "conversationId": str(it.conversation_id),
                "name": it.account.name,
                "madeAt": rfc3339(it.created_at),
                "endedAt": rfc3339_or_none(it.ended_at),
            }
            for it in IncomingWebhook.objects.filter(made_by=person)
            .select_related("account")
            .order_by("pk")
        ],
        "outgoingWebhooks": [
            _called(it, it.account.name)
            for it in OutgoingWebhook.objects.filter(made_by=person)
            .select_related("account")
            .order_by("pk")
        ],
        "slashCommands": [
            _called(it, it.name)
            for it in SlashCommand.objects.filter(made_by=person).order_by("pk")
        ],
        "reports": [_report(it) for it in Report.objects.filter(reporter=person).order_by("id")],
    }


def _sign_in(it: SignIn) -> dict[str, Any]:
    return {
        "kind": it.kind,
        "userAgent": it.user_agent,
        "address": it.address,
        "beganAt": rfc3339(it.created_at),
        "lastUsedAt": rfc3339(it.last_used_at),
        "endedAt": rfc3339_or_none(it.ended_at),
    }


def _token(it: ApiToken) -> dict[str, Any]:
    """One's own, and those that one made for bots; a hash of the secret tells nobody anything."""
    return {
        "userId": str(it.sign_in.user_id),
        "name": it.name,
        "scopes": it.scopes,
        "conversationIds": [str(each) for each in it.conversation_ids],
        "madeAt": rfc3339(it.sign_in.created_at),
        "endedAt": rfc3339_or_none(it.sign_in.ended_at),
    }


def _called(it: OutgoingWebhook | SlashCommand, name: str) -> dict[str, Any]:
    """A program that the person had called; without the secret."""
    return {
        "conversationId": str(it.conversation_id),
        "name": name,
        "url": it.url,
        "madeAt": rfc3339(it.created_at),
        "endedAt": rfc3339_or_none(it.ended_at),
    }


def _report(it: Report) -> dict[str, Any]:
    """What the person wrote as a reporter; the snapshot may show what they no longer may see."""
    ids: tuple[tuple[str, UUID | None], ...] = (
        ("personId", it.person_id),
        ("conversationId", it.conversation_id),
    )
    return {
        **{key: value and str(value) for key, value in ids},
        "seq": it.seq,
        "reason": it.reason,
        "comment": it.comment,
        "state": it.state,
        "at": rfc3339(it.created_at),
    }


def _add_waiting(archive: Archive, person: User) -> int:
    """Uploads that no message holds."""
    waiting: models.QuerySet[Attachment] = Attachment.objects.filter(
        uploader=person, seq=None, state=Attachment.State.READY
    )
    return sum(
        archive.add_attachment(f"files/{attachment.pk}", attachment) for attachment in waiting
    )
