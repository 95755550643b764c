"""Delivers events to outgoing webhooks, retries with growing pauses, and disables webhooks that
stay unreachable.
"""

from datetime import timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from chatproject.core.api.json import parse_object
from chatproject.core.errors import InvalidInput, Refusal
from chatproject.core.outbound import AddressRefused, Answer, Unreachable, request
from chatproject.core.outbound.addresses import NoSuchHost
from messaging.integrations.models import Delivery, OutgoingWebhook
from messaging.integrations.outgoing_webhooks import defer_delivery
from messaging.integrations.payloads import PayloadRefused, read_payload
from messaging.integrations.signatures import signature_headers
from messaging.sending.drafts import Draft
from messaging.sending.send import send_message

SECONDS = 10.0  # for an answer
MAX_ANSWER = 64 * 1024
ATTEMPTS = 7
FIRST_PAUSE = 10  # seconds, three times as many after each try: an hour in all
FACTOR = 3
MAX_FAILURES = 5  # deliveries in a row that were given up
GONE = 410
KEPT = timedelta(days=7)

State = Delivery.State


def deliver_once(delivery_id: UUID) -> None:
    """Tries a delivery, and has it tried again later where that failed.

    What the program answers as `{"text": …}` is posted into the conversation.
    """
    rows = Delivery.objects.select_related("webhook__account", "webhook__conversation")
    delivery = rows.filter(pk=delivery_id, state=State.WAITING).first()
    if delivery is None or not _is_live(delivery.webhook):
        return
    body = delivery.body.encode()
    headers = {
        "Content-Type": "application/json",
        "X-Chat-Delivery": str(delivery.pk),
        "X-Chat-Event": delivery.event,
        **signature_headers(delivery.webhook.secret, body),
    }
    url = delivery.webhook.url
    delivery.attempts += 1
    delivery.status, delivery.error = None, ""
    answer: Answer | None = None
    is_final = False  # what is no address to be asked will be none in an hour
    try:
        answer = request("POST", url, headers=headers, body=body, seconds=SECONDS, most=MAX_ANSWER)
        delivery.status = answer.status
        is_final = answer.status == GONE
    except (AddressRefused, Unreachable) as error:
        delivery.error, is_final = str(error)[:200], _is_final(error)
    if answer is not None and 200 <= answer.status < 300:
        _succeed(delivery, answer)
    else:
        _fail(delivery, is_final=is_final)


def _is_final(error: AddressRefused | Unreachable) -> bool:
    return isinstance(error, AddressRefused) and not isinstance(error, NoSuchHost)


def _is_live(webhook: OutgoingWebhook) -> bool:
    return webhook.ended_at is None and webhook.switched_off_at is None


def _succeed(delivery: Delivery, answer: Answer) -> None:
    delivery.state, delivery.done_at = State.DELIVERED, timezone.now()
    delivery.save()
    OutgoingWebhook.objects.filter(pk=delivery.webhook_id, failures__gt=0).update(failures=0)
    if answer.headers.get("content-type", "").startswith("application/json"):
        _post_answer(delivery.webhook, answer.body)


def _fail(delivery: Delivery, *, is_final: bool) -> None:
    if delivery.attempts < ATTEMPTS and not is_final:
        delivery.save()
        defer_delivery(delivery, seconds=FIRST_PAUSE * FACTOR ** (delivery.attempts - 1))
        return
    delivery.state, delivery.done_at = State.FAILED, timezone.now()
    delivery.save()
    with transaction.atomic():
        webhook = OutgoingWebhook.objects.select_for_update(of=("self",)).get(
            pk=delivery.webhook_id
        )
        webhook.failures += 1
        is_dead = webhook.failures >= MAX_FAILURES or delivery.status == GONE
        if is_dead and _is_live(webhook):
            webhook.switched_off_at = timezone.now()
        webhook.save(update_fields=["failures", "switched_off_at"])
    if is_dead:
        reason = f"it answered {delivery.status}" if delivery.status else delivery.error
        post_as(webhook, f"This webhook was switched off, since its address took nothing: {reason}")


def _post_answer(webhook: OutgoingWebhook, body: bytes) -> None:
    """Posts the text of an answer, if it has one; whatever else it is does not matter."""
    try:
        words = read_payload(parse_object(body))
    except (InvalidInput, PayloadRefused):
        return
    if words.body:
        post_as(webhook, words.body, words.author)


def post_as(webhook: OutgoingWebhook, body: str, author: dict[str, str] | None = None) -> None:
    """A message of the webhook's account; where it is refused (a locked conversation) nothing."""
    draft = Draft(
        conversation_id=webhook.conversation_id,
        sender_id=webhook.account_id,
        client_id=uuid4(),
        body=body,
        meta=None if author is None else {"author": author},
        is_of_webhook=True,
    )
    try:
        send_message(draft)
    except Refusal:
        return


def prune_deliveries() -> int:
    """Deletes those that are older than a week; returns how many."""
    old = Delivery.objects.filter(created_at__lt=timezone.now() - KEPT)
    return old.delete()[0]
