"""Which devices are notified of what, in which words; and what is withdrawn when it was read."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import NotificationCursor, PushSubscription, ShownNotification, User
from accounts.web_push.subscriptions import live_subscriptions
from conversations.models import Conversation, Participant
from conversations.visibility import visibilities_of
from messaging.digests import is_quiet as is_in_quiet_hours
from messaging.markup import plain_line
from messaging.models import Hide, Mention, Message

# What is older is no news, as after a server was down.
FRESH = timedelta(minutes=10)
LOOKED_AT = 50
BODY_LENGTH = 300


class Push(NamedTuple):
    """For one device."""

    subscription_id: UUID
    payload: dict[str, Any]


def new_notifications(conversation_id: UUID) -> list[Push]:
    """What the devices of the conversation's people are told of its new messages; once.

    At most one for a device: of the newest message that notifies its person.
    """
    messages = _take_new(conversation_id)
    if not messages:
        return []
    conversation = Conversation.objects.get(pk=conversation_id)
    mentions = _mentions(conversation_id, messages)
    return [
        Push(subscription.pk, _payload(conversation, message, subscription))
        for period, subscriptions in _people_with_devices(conversation_id)
        if (message := _first_that_notifies(conversation, period, messages, mentions)) is not None
        for subscription in subscriptions
    ]


def withdrawn_notifications(user_id: UUID, conversation_id: UUID) -> list[Push]:
    """What the person's devices are told when they have read, on one of them, what all show."""
    period = Participant.objects.filter(conversation=conversation_id, user=user_id, left_at=None)
    read_up_to = period.values_list("last_read_seq", flat=True).first()
    shown = ShownNotification.objects.filter(
        conversation_id=conversation_id,
        subscription__sign_in__user=user_id,
        seq__lte=read_up_to or 0,
    )
    return [
        Push(
            each.subscription_id,
            {"type": "read", "conversationId": str(conversation_id), "seq": read_up_to},
        )
        for each in shown
    ]


def note_shown(subscription_id: UUID, payload: dict[str, Any]) -> None:
    """Keeps what a device shows now, so that it can be withdrawn."""
    place = {"subscription_id": subscription_id, "conversation_id": payload["conversationId"]}
    if payload["type"] == "read":
        ShownNotification.objects.filter(**place, seq__lte=payload["seq"]).delete()
    elif PushSubscription.objects.filter(pk=subscription_id).exists():
        ShownNotification.objects.update_or_create(**place, defaults={"seq": payload["seq"]})


@transaction.atomic
def _take_new(conversation_id: UUID) -> list[Message]:
    """The messages since the last call, the newest first; moves the cursor."""
    head = Conversation.objects.filter(pk=conversation_id).values_list("last_seq", flat=True)
    last_seq = head.first() or 0
    cursor, is_new = NotificationCursor.objects.select_for_update().get_or_create(
        conversation_id=conversation_id, defaults={"seq": last_seq}
    )
    told_up_to = 0 if is_new else cursor.seq
    if told_up_to < last_seq:
        NotificationCursor.objects.filter(pk=conversation_id).update(seq=last_seq)
    fresh = Message.objects.filter(
        conversation=conversation_id,
        seq__gt=told_up_to,
        seq__lte=last_seq,
        created_at__gt=timezone.now() - FRESH,
        deleted_at=None,
    )
    news = fresh.exclude(kind=Message.Kind.SYSTEM).select_related("sender")
    return list(news.order_by("-seq")[:LOOKED_AT])


def _mentions(conversation_id: UUID, messages: Sequence[Message]) -> set[tuple[int, UUID | None]]:
    seqs = [message.seq for message in messages]
    rows = Mention.objects.filter(conversation=conversation_id, seq__in=seqs)
    return set(rows.values_list("seq", "user"))


def _people_with_devices(
    conversation_id: UUID,
) -> Iterator[tuple[Participant, list[PushSubscription]]]:
    """Open periods of people with subscribed devices, with those."""
    inside = Participant.objects.open().filter(conversation=conversation_id)
    devices: dict[UUID, list[PushSubscription]] = {}
    for each in live_subscriptions().filter(sign_in__user__in=inside.values("user")):
        devices.setdefault(each.sign_in.user_id, []).append(each)
    for period in inside.filter(user__in=devices).select_related("user"):
        yield period, devices[period.user_id]


def _first_that_notifies(
    conversation: Conversation,
    period: Participant,
    messages: Sequence[Message],
    mentions: set[tuple[int, UUID | None]],
) -> Message | None:
    """The newest message that the person is to be told of, by the rules of the page (unread.js)."""
    now = timezone.now()
    user: User = period.user
    is_muted = period.muted_until is not None and period.muted_until > now
    if is_muted or is_quiet(user, now) or period.notify == Participant.Notify.NONE:
        return None
    if user.notifications == User.Notifications.NONE:
        return None
    is_direct = conversation.kind == Conversation.Kind.DIRECT
    only_mentions = period.notify == Participant.Notify.MENTIONS or (
        user.notifications == User.Notifications.MENTIONS and not is_direct
    )
    visibility = visibilities_of(user.pk, [conversation.pk]).get(conversation.pk)
    hidden = set(
        Hide.objects.filter(
            conversation=conversation, user=user, seq__in=[each.seq for each in messages]
        ).values_list("seq", flat=True)
    )
    for message in messages:
        if message.seq <= period.last_read_seq or message.sender_id == user.pk:
            continue
        if visibility is None or not visibility.covers(message.seq) or message.seq in hidden:
            continue
        calls = (message.seq, user.pk) in mentions or (message.seq, None) in mentions
        if calls or not only_mentions:
            return message
    return None


def is_quiet(user: User, now: datetime) -> bool:
    """Whether the person wants no notifications now: do not disturb, or their quiet hours."""
    until: datetime | None = getattr(user, "quiet_all_until", None)
    return (until is not None and until > now) or is_in_quiet_hours(user, now)


def _payload(
    conversation: Conversation, message: Message, subscription: PushSubscription
) -> dict[str, Any]:
    user: User = subscription.sign_in.user
    with translation.override(user.language or "en"):
        title, body = settings.SITE_NAME, _("A new message")
        if subscription.shows_text:
            title, body = _words(conversation, message)
        return {
            "type": "message",
            "conversationId": str(conversation.pk),
            "seq": message.seq,
            "path": f"/c/{conversation.pk}/{message.seq}",
            "title": title,
            "body": body,
            "reply": _("Reply"),
            "failed": _("Your reply was not sent."),
        }


def _words(conversation: Conversation, message: Message) -> tuple[str, str]:
    sender = message.sender.name if message.sender else ""
    is_direct = conversation.kind == Conversation.Kind.DIRECT
    title = sender if is_direct or not conversation.title else f"{sender} · {conversation.title}"
    ids = {user for _seq, user in _mentions(conversation.pk, [message]) if user is not None}
    names = {str(each.pk): each.name for each in User.objects.filter(pk__in=ids)}
    line = plain_line(message.body, lambda user_id: names.get(user_id, "?"))
    return title, line[:BODY_LENGTH] or _("A file")
