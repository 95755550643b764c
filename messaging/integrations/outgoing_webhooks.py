"""Outgoing webhooks: made, changed and ended by a conversation's admins."""

import secrets
from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from accounts.audit.audit_log import record
from accounts.models import User
from accounts.people.names import name_errors
from chatproject.core.errors import FieldError, InvalidInput
from chatproject.core.outbound.client import split_url
from conversations.models import Conversation
from conversations.permissions import Right, standing_of
from messaging.integrations.errors import DeliveryNotFound, TooManyWebhooks, WebhookNotFound
from messaging.integrations.incoming_webhooks import MAX_WEBHOOKS
from messaging.integrations.models import Delivery, OutgoingWebhook
from messaging.log import writing

EVENTS = (
    "message.created",
    "message.updated",
    "message.deleted",
    "reaction.added",
    "conversation.changed",
)
MAX_WORDS = 50
MAX_WORD = 100


def create_outgoing_webhook(
    *,
    conversation_id: UUID,
    by: UUID,
    name: str,
    url: str,
    events: Sequence[str] = ("message.created",),
    words: Sequence[str] = (),
) -> OutgoingWebhook:
    """Tells of what comes from now on. Its `secret` is to be shown once.

    Raises what `Standing.require` raises for MANAGE_WEBHOOKS, InvalidInput, AddressRefused for
    what is no address (whether its host may be asked is found at each delivery), TooManyWebhooks.
    """
    name, words = name.strip(), [word.strip() for word in words if word.strip()]
    if wrong := [*name_errors(name), *_errors(events, words)]:
        raise InvalidInput(errors=wrong)
    split_url(url)
    with writing(conversation_id) as log:
        standing_of(log.conversation, by).require(Right.MANAGE_WEBHOOKS)
        if live_outgoing(conversation_id).count() >= MAX_WEBHOOKS:
            raise TooManyWebhooks
        account = User(name=name, is_bot=True, is_active=False)
        account.set_unusable_password()
        account.save(force_insert=True)
        webhook = OutgoingWebhook.objects.create(
            conversation=log.conversation,
            account=account,
            url=url,
            secret=secrets.token_hex(32),
            events=list(dict.fromkeys(events)),
            words=words,
            through_rev=log.conversation.last_rev,
            through_seq=log.conversation.last_seq,
            made_by_id=by,
        )
        _record(webhook, "outgoing_webhook.created", by)
    return webhook


def list_outgoing_webhooks(*, conversation_id: UUID, by: UUID) -> list[OutgoingWebhook]:
    """Raises as `create_outgoing_webhook` does for the right."""
    _require(conversation_id, by)
    return list(live_outgoing(conversation_id).select_related("account").order_by("pk"))


def end_outgoing_webhook(*, conversation_id: UUID, by: UUID, webhook_id: UUID) -> None:
    """Raises WebhookNotFound, or as `create_outgoing_webhook` does for the right."""
    with writing(conversation_id) as log:
        standing_of(log.conversation, by).require(Right.MANAGE_WEBHOOKS)
        webhook = _find(conversation_id, webhook_id)
        webhook.ended_at = timezone.now()
        webhook.save(update_fields=["ended_at"])
        Delivery.objects.filter(webhook=webhook).delete()
        _record(webhook, "outgoing_webhook.ended", by)


def switch_on(*, conversation_id: UUID, by: UUID, webhook_id: UUID) -> OutgoingWebhook:
    """Tells again from now on, after it was switched off. Raises as `end_outgoing_webhook`."""
    with writing(conversation_id) as log:
        standing_of(log.conversation, by).require(Right.MANAGE_WEBHOOKS)
        webhook = _find(conversation_id, webhook_id)
        webhook.switched_off_at, webhook.failures = None, 0
        webhook.through_rev, webhook.through_seq = (
            log.conversation.last_rev,
            log.conversation.last_seq,
        )
        webhook.save()
    return webhook


def list_deliveries(
    *, conversation_id: UUID, by: UUID, webhook_id: UUID, limit: int
) -> list[Delivery]:
    """The newest first. Raises as `end_outgoing_webhook`."""
    _require(conversation_id, by)
    webhook = _find(conversation_id, webhook_id)
    return list(Delivery.objects.filter(webhook=webhook).order_by("-pk")[:limit])


def redeliver(*, conversation_id: UUID, by: UUID, webhook_id: UUID, delivery_id: UUID) -> Delivery:
    """Sends it once more, under its old id. Raises DeliveryNotFound, WebhookNotFound, or as
    `create_outgoing_webhook` does for the right.
    """
    _require(conversation_id, by)
    webhook = _find(conversation_id, webhook_id)
    delivery = Delivery.objects.filter(webhook=webhook, pk=delivery_id).first()
    if delivery is None:
        raise DeliveryNotFound
    delivery.state, delivery.attempts, delivery.error = Delivery.State.WAITING, 0, ""
    delivery.save(update_fields=["state", "attempts", "error"])
    defer_delivery(delivery)
    return delivery


def defer_delivery(delivery: Delivery, *, seconds: int = 0) -> None:
    """Has it delivered by a task; those of one webhook are carried out one after the other."""
    from messaging.tasks import deliver  # noqa: PLC0415 (tasks need the apps)

    job = deliver.configure(
        lock=f"webhook-{delivery.webhook_id}", schedule_in={"seconds": seconds} if seconds else None
    )
    job.defer(delivery_id=str(delivery.pk))


def live_outgoing(conversation_id: UUID) -> QuerySet[OutgoingWebhook]:
    return OutgoingWebhook.objects.filter(conversation=conversation_id, ended_at=None)


def _find(conversation_id: UUID, webhook_id: UUID) -> OutgoingWebhook:
    rows = live_outgoing(conversation_id).select_related("account")
    webhook = rows.filter(pk=webhook_id).first()
    if webhook is None:
        raise WebhookNotFound
    return webhook


def _require(conversation_id: UUID, by: UUID) -> None:
    conversation = Conversation.objects.filter(pk=conversation_id).first()
    standing_of(conversation or Conversation(pk=conversation_id), by).require(Right.MANAGE_WEBHOOKS)


def _errors(events: Sequence[str], words: Sequence[str]) -> list[FieldError]:
    wrong = []
    if not events or set(events) - set(EVENTS):
        detail = f"At least one of {', '.join(EVENTS)} is needed, and no other."
        wrong.append(FieldError(field="events", code="unknown_choice", detail=detail))
    if len(words) > MAX_WORDS or any(len(word) > MAX_WORD for word in words):
        detail = f"At most {MAX_WORDS} words of at most {MAX_WORD} characters."
        wrong.append(FieldError(field="words", code="too_many", detail=detail))
    return wrong


def _record(webhook: OutgoingWebhook, action: str, by: UUID) -> None:
    record(by=by, action=action, subject=webhook, conversation_id=webhook.conversation_id)
