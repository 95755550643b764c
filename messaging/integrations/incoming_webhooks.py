"""Incoming webhooks: made and ended by a conversation's admins, used by whoever has the address."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts.audit.audit_log import record
from accounts.auth.token_rates import take_request
from accounts.models import User
from accounts.people.names import name_errors
from chatproject.core.errors import InvalidInput, RateLimited, Refusal
from conversations.errors import ConversationLocked, Muted
from conversations.models import Conversation, Participant
from conversations.permissions import Right, standing_of
from messaging.integrations.errors import TooManyWebhooks, WebhookNotFound
from messaging.integrations.models import IncomingWebhook
from messaging.integrations.payloads import PayloadRefused, read_payload
from messaging.log import writing
from messaging.sending.drafts import Draft
from messaging.sending.send import send_message

MAX_WEBHOOKS = 50  # of a conversation
TOKEN_BYTES = 16
MAX_TOKEN = 100
TOUCH_INTERVAL = timedelta(minutes=1)


class NewWebhook(NamedTuple):
    """`url` is shown once: only a hash of its secret is stored."""

    webhook: IncomingWebhook
    url: str


def create_webhook(
    *, conversation_id: UUID, by: UUID, name: str, chooses_conversation: bool = False
) -> NewWebhook:
    """Raises what `Standing.require` raises for MANAGE_WEBHOOKS, InvalidInput, TooManyWebhooks."""
    name = name.strip()
    if wrong := name_errors(name):
        raise InvalidInput(errors=wrong)
    # Letters and digits alone, and in lower case, as programs expect of Mattermost's.
    token = base64.b32encode(secrets.token_bytes(TOKEN_BYTES)).decode().rstrip("=").lower()
    with writing(conversation_id) as log:
        standing_of(log.conversation, by).require(Right.MANAGE_WEBHOOKS)
        if live_webhooks(conversation_id).count() >= MAX_WEBHOOKS:
            raise TooManyWebhooks
        # Closed from the start: nobody finds it, writes to it or adds it to a conversation.
        account = User(name=name, is_bot=True, is_active=False)
        account.set_unusable_password()
        account.save(force_insert=True)
        webhook = IncomingWebhook.objects.create(
            conversation=log.conversation,
            account=account,
            digest=_digest(token),
            chooses_conversation=chooses_conversation,
            made_by_id=by,
        )
        _record(webhook, "webhook.created", by)
    return NewWebhook(webhook, f"{settings.PUBLIC_URL}/hooks/{token}")


def list_webhooks(*, conversation_id: UUID, by: UUID) -> list[IncomingWebhook]:
    """For those who may make them; the oldest first. Raises as `create_webhook`."""
    conversation = Conversation.objects.filter(pk=conversation_id).first()
    standing_of(conversation or Conversation(pk=conversation_id), by).require(Right.MANAGE_WEBHOOKS)
    return list(live_webhooks(conversation_id).select_related("account").order_by("pk"))


def end_webhook(*, conversation_id: UUID, by: UUID, webhook_id: UUID) -> None:
    """Its address answers nobody any more. Raises WebhookNotFound, or as `create_webhook`."""
    with writing(conversation_id) as log:
        standing_of(log.conversation, by).require(Right.MANAGE_WEBHOOKS)
        webhook = live_webhooks(conversation_id).filter(pk=webhook_id).first()
        if webhook is None:
            raise WebhookNotFound
        _end(webhook, by)


@transaction.atomic
def end_by_staff(webhook: IncomingWebhook, *, by: User) -> bool:
    """Whether it had not been ended before; that right is the caller's to check."""
    locked = (
        live_webhooks(webhook.conversation_id).select_for_update().filter(pk=webhook.pk).first()
    )
    if locked is not None:
        _end(locked, by.pk)
    return locked is not None


def _end(webhook: IncomingWebhook, by: UUID) -> None:
    webhook.ended_at = timezone.now()
    webhook.save(update_fields=["ended_at"])
    _record(webhook, "webhook.ended", by)


def live_webhooks(conversation_id: UUID) -> QuerySet[IncomingWebhook]:
    return IncomingWebhook.objects.filter(conversation=conversation_id, ended_at=None)


def find_webhook(token: str) -> IncomingWebhook:
    """Counts a use. Raises PayloadRefused for an unknown one, RateLimited."""
    rows = IncomingWebhook.objects.filter(digest=_digest(token), ended_at=None)
    webhook = rows.select_related("account").first() if len(token) <= MAX_TOKEN else None
    if webhook is None:
        raise PayloadRefused("no_service", 404)
    take_request(webhook.pk, settings.WEBHOOK_MESSAGES_PER_SECOND)
    return webhook


def post_to_webhook(
    webhook: IncomingWebhook, payload: Mapping[str, Any], *, is_markdown: bool | None = None
) -> None:
    """Posts what the payload says. Raises PayloadRefused with Slack's code."""
    words = read_payload(payload, is_markdown=is_markdown)
    if not words.body:
        raise PayloadRefused("no_text")
    draft = Draft(
        conversation_id=_conversation_named(webhook, payload.get("channel")),
        sender_id=webhook.account_id,
        client_id=uuid4(),
        body=words.body,
        meta=None if words.author is None else {"author": words.author},
        is_of_webhook=True,
    )
    try:
        send_message(draft)
    except RateLimited:
        raise
    except Refusal as refusal:
        raise _refused(refusal) from refusal
    if webhook.last_used_at is None or webhook.last_used_at < timezone.now() - TOUCH_INTERVAL:
        IncomingWebhook.objects.filter(pk=webhook.pk).update(last_used_at=Now())


def _refused(refusal: Refusal) -> PayloadRefused:
    if isinstance(refusal, ConversationLocked):
        return PayloadRefused("channel_is_archived", 410)
    if isinstance(refusal, Muted):
        return PayloadRefused("action_prohibited", 403)
    return PayloadRefused(refusal.code, refusal.status)


def _conversation_named(webhook: IncomingWebhook, channel: object) -> UUID:
    """The webhook's own, unless it may post elsewhere and `channel` names such a place."""
    own: UUID = webhook.conversation_id
    if not webhook.chooses_conversation or not isinstance(channel, str) or not channel.strip():
        return own
    name = channel.strip().removeprefix("#")
    ranks = (Participant.Role.OWNER, Participant.Role.ADMIN)
    mine = Participant.objects.open().filter(user=webhook.made_by_id, role__in=ranks)
    places = mine.exclude(conversation__kind=Conversation.Kind.DIRECT)
    by_id = places.filter(conversation=_uuid(name)) if _uuid(name) else places.none()
    found = by_id.first() or places.filter(conversation__title=name).order_by("pk").first()
    if found is None:
        raise PayloadRefused("channel_not_found", 404)
    conversation_id: UUID = found.conversation_id
    return conversation_id


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _record(webhook: IncomingWebhook, action: str, by: UUID) -> None:
    record(by=by, action=action, subject=webhook, conversation_id=webhook.conversation_id)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
