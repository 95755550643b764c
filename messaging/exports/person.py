"""Everything that is held of a person, for that person."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import models
from django.template.loader import render_to_string

from accounts.models import (
    ApiToken,
    Block,
    Bot,
    Contact,
    EmailChange,
    Identity,
    Invite,
    InviteUse,
    LastSeen,
    PushSubscription,
    SignIn,
    User,
)
from accounts.second_factor.factors import factors_of
from accounts.wire import do_not_disturb_json, factors_json, privacy_json, status_json
from attachments.models import Attachment
from chatproject.core.api.json import dump
from chatproject.core.times import rfc3339, rfc3339_or_none
from conversations.folders import list_folders
from messaging.actions.saved_drafts import drafts_of
from messaging.exports.conversation import write_conversation
from messaging.exports.zip_archive import Archive
from messaging.integrations.models import IncomingWebhook, OutgoingWebhook, SlashCommand
from messaging.maintenance.erasure import conversations_of
from messaging.membership.join_requests import list_join_requests
from messaging.models import PollVote, SavedMessage, ScheduledMessage, ThreadFollower
from messaging.moderation.models import Report
from messaging.reads.scheduled import scheduled_json


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
        "emailVerifiedAt": rfc3339_or_none(person.email_verified_at),
        "emailBouncedAt": rfc3339_or_none(person.email_bounced_at),
        "about": person.about,
        "avatarFile": person.avatar_id and f"files/{person.avatar_id}",
        "status": status_json(person),
        "createdAt": rfc3339(person.created_at),
        "closedAt": rfc3339_or_none(person.deactivated_at),
        "preferences": {
            "language": person.language,
            "timeZone": person.time_zone,
            "theme": person.theme,
            "accent": person.accent,
            "density": person.density,
            "notifications": person.notifications,
            "sound": person.has_sound,
            "undoSeconds": person.undo_seconds,
            "hidesPresence": person.hides_presence,
            "privacy": privacy_json(person),
            "digest": person.digest,
            "doNotDisturb": do_not_disturb_json(person),
        },
        "emailChange": _email_change(person),
        "invites": [_invite(it) for it in Invite.objects.filter(created_by=person).order_by("id")],
        "cameBy": [
            {"inviteId": str(it.invite_id), "at": rfc3339(it.at)}
            for it in InviteUse.objects.filter(user=person).order_by("id")
        ],
        "digestSentAt": rfc3339_or_none(person.digest_sent_at),
        "lastSeenAt": rfc3339_or_none(
            LastSeen.objects.filter(user=person).values_list("at", flat=True).first()
        ),
        "contacts": [
            {
                "userId": str(it.person_id),
                "nickname": it.nickname,
                "contactNumber": it.contact_number,
                "since": rfc3339(it.created_at),
            }
            for it in Contact.objects.filter(owner=person).order_by("id")
        ],
        "blocks": [
            {"userId": str(it.blocked_id), "since": rfc3339(it.created_at)}
            for it in Block.objects.filter(blocker=person).order_by("id")
        ],
        "joinRequests": list_join_requests(person.pk),
        "folders": list_folders(person.pk),
        "savedMessages": [
            {
                "conversationId": str(it.conversation_id),
                "seq": it.seq,
                "savedAt": rfc3339(it.created_at),
                "remindAt": rfc3339_or_none(it.remind_at),
                "doneAt": rfc3339_or_none(it.done_at),
            }
            for it in SavedMessage.objects.filter(user=person).order_by("id")
        ],
        "scheduledMessages": _scheduled(person),
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
        "identities": [
            {"issuer": it.issuer, "subject": it.subject, "since": rfc3339(it.created_at)}
            for it in Identity.objects.filter(user=person).order_by("id")
        ],
        "pushSubscriptions": [
            {"endpoint": it.endpoint, "since": rfc3339(it.created_at)}
            for it in PushSubscription.objects.filter(sign_in__user=person).order_by("id")
        ],
        "secondFactors": factors_json(factors_of(person)),
        "threads": _threads(person),
        "drafts": drafts_of(person.pk),
        "pollVotes": [
            {
                "conversationId": str(it.conversation_id),
                "seq": it.seq,
                "choice": it.choice,
                "at": rfc3339(it.created_at),
            }
            for it in PollVote.objects.filter(user=person, removed_rev=None).order_by("id")
        ],
        "reports": [_report(it) for it in Report.objects.filter(reporter=person).order_by("id")],
    }


def _scheduled(person: User) -> list[dict[str, Any]]:
    mine = ScheduledMessage.objects.filter(author=person).order_by("send_at", "id")
    return [scheduled_json(each) for each in mine]


def _invite(it: Invite) -> dict[str, Any]:
    return {
        "id": str(it.pk),
        "conversationId": it.conversation_id and str(it.conversation_id),
        "email": it.email or None,
        "at": rfc3339(it.created_at),
        "expiresAt": rfc3339_or_none(it.expires_at),
        "uses": it.uses,
    }


def _email_change(person: User) -> dict[str, Any] | None:
    change = EmailChange.objects.filter(user=person).first()
    return {"email": change.email, "at": rfc3339(change.created_at)} if change else None


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


def _threads(person: User) -> list[dict[str, Any]]:
    """Those that the person follows, or has stopped to."""
    return [
        {
            "conversationId": str(it.conversation_id),
            "seq": it.seq,
            "following": it.is_following,
            "lastReadSeq": it.last_read_seq,
        }
        for it in ThreadFollower.objects.filter(user=person).order_by("id")
    ]


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
    """Uploads that no message holds: those that wait for one, and pictures of people and such."""
    waiting: models.QuerySet[Attachment] = Attachment.objects.filter(
        uploader=person, seq=None, state=Attachment.State.READY
    )
    return sum(
        archive.add_attachment(f"files/{attachment.pk}", attachment) for attachment in waiting
    )
