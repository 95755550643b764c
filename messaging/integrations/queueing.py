"""Queues deliveries to outgoing webhooks for what has happened in the log, after the commit.

Nothing is added to a send: the log is the outbox. Each webhook has a cursor, so that an event that
a crash left out is queued later, once. Messages of bots are left out, so that no two bots answer
each other for ever.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from accounts.models import User
from chatproject.core.api.json import dump
from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.text_folding import fold
from chatproject.core.times import rfc3339
from messaging.integrations.models import Delivery, OutgoingWebhook
from messaging.integrations.outgoing_webhooks import defer_delivery
from messaging.models import Message, Reaction
from messaging.reads.messages import whole_messages

MESSAGES_AT_ONCE = 100
WEBHOOKS_AT_ONCE = 20


class _Event(NamedTuple):
    name: str
    seq: int
    fields: dict[str, Any]


def queue_deliveries() -> bool:
    """Inserts the deliveries that are due, and defers their tasks. Returns whether there may be
    more.

    Locks the webhooks; other processes skip them.
    """
    with transaction.atomic():
        rows = OutgoingWebhook.objects.filter(ended_at=None, switched_off_at=None)
        due = rows.filter(conversation__last_rev__gt=F("through_rev")).order_by("pk")
        webhooks = _locked(due)
        is_over = [_queue(webhook) for webhook in webhooks]
    return len(webhooks) == WEBHOOKS_AT_ONCE or not all(is_over)


def _locked(due: QuerySet[OutgoingWebhook]) -> list[OutgoingWebhook]:
    if is_distributed():  # which locks nothing that it finds by the rows of other nodes
        ids = list(due.values_list("pk", flat=True)[:WEBHOOKS_AT_ONCE])
        rows = OutgoingWebhook.objects.filter(pk__in=ids).order_by("pk")
        return list(rows.select_for_update(skip_locked=True))
    locked = due.select_for_update(skip_locked=True, of=("self",))
    return list(locked.select_related("conversation")[:WEBHOOKS_AT_ONCE])


def watched_conversations() -> frozenset[str]:
    """The ids of the conversations with an outgoing webhook."""
    rows = OutgoingWebhook.objects.filter(ended_at=None, switched_off_at=None)
    return frozenset(map(str, rows.values_list("conversation_id", flat=True)))


def _queue(webhook: OutgoingWebhook) -> bool:
    """Whether nothing is left to be told."""
    head = webhook.conversation.last_rev
    log = Message.objects.filter(conversation=webhook.conversation_id, rev__lte=head)
    changed = list(log.changed_since(webhook.through_rev)[:MESSAGES_AT_ONCE])
    is_over = len(changed) < MESSAGES_AT_ONCE
    through = head if is_over else changed[-1].rev
    people = _people(changed)
    for event in _events(webhook, changed, through, people):
        if event.name in webhook.events:
            delivery = _delivery(webhook, event, people)
            delivery.save(force_insert=True)
            defer_delivery(delivery)
    webhook.through_rev = through
    webhook.through_seq = max([webhook.through_seq, *(message.seq for message in changed)])
    webhook.save(update_fields=["through_rev", "through_seq"])
    return is_over


def _people(messages: list[Message]) -> dict[UUID, User]:
    ids = {message.sender_id for message in messages} - {None}
    return {person.pk: person for person in User.objects.filter(pk__in=ids)}


def _events(
    webhook: OutgoingWebhook, changed: list[Message], through: int, people: dict[UUID, User]
) -> Iterator[_Event]:
    shapes = whole_messages(webhook.conversation_id, [message.seq for message in changed])
    by_seq = {shape["seq"]: shape for shape in shapes}
    for message in changed:
        sender = people.get(message.sender_id) if message.sender_id else None
        if sender is not None and sender.is_bot:
            continue
        name = _name(message, webhook.through_seq)
        if message.deleted_at is None and not _has_word(webhook, message):
            continue
        yield _Event(name, message.seq, {"message": by_seq[message.seq]})
    reactions = Reaction.objects.filter(
        conversation=webhook.conversation_id,
        seq__in=[message.seq for message in changed],
        rev__gt=webhook.through_rev,
        rev__lte=through,
        removed_rev=None,
        user__is_bot=False,
    )
    for reaction in reactions.order_by("rev"):
        fields = {
            "seq": reaction.seq,
            "emoji": reaction.emoji,
            "userId": str(reaction.user_id),
            "at": rfc3339(reaction.created_at),
        }
        yield _Event("reaction.added", reaction.seq, {"reaction": fields})


def _name(message: Message, through_seq: int) -> str:
    if message.kind == Message.Kind.SYSTEM:
        return "conversation.changed"
    if message.deleted_at is not None:
        return "message.deleted"
    return "message.created" if message.seq > through_seq else "message.updated"


def _has_word(webhook: OutgoingWebhook, message: Message) -> bool:
    """Words are found whatever their letter case and accents; a system message has none."""
    if not webhook.words or message.kind == Message.Kind.SYSTEM:
        return True
    text = fold(message.body)
    return any(fold(word) in text for word in webhook.words)


def _delivery(webhook: OutgoingWebhook, event: _Event, people: dict[UUID, User]) -> Delivery:
    delivery = Delivery(
        webhook=webhook,
        conversation_id=webhook.conversation_id,
        seq=event.seq,
        event=event.name,
    )
    sender_id = event.fields.get("message", {}).get("senderId")
    sender = people.get(UUID(sender_id)) if sender_id else None
    body = {
        "id": str(delivery.pk),
        "type": event.name,
        "webhookId": str(webhook.pk),
        "conversationId": str(webhook.conversation_id),
        "conversationName": webhook.conversation.title,
        "senderName": None if sender is None else sender.name,
        **event.fields,
    }
    delivery.body = dump(body).decode()
    return delivery
