"""Sends a notification to one device by its push service, encrypted (RFC 8030, RFC 8291)."""

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from pywebpush import WebPushException, webpush

from accounts.models import PushSubscription
from accounts.web_push.errors import PushFailed
from accounts.web_push.keys import server_key
from accounts.web_push.subscriptions import live_subscriptions
from chatproject.core.api.json import dump
from chatproject.core.outbound import AddressRefused, Answer, Unreachable, request
from chatproject.core.outbound.addresses import NoSuchHost

SECONDS = 10.0
MAX_ANSWER_BYTES = 8 * 1024
# For how long a push service keeps it for a device that is off.
TIME_TO_LIVE = 6 * 3600
GONE = (404, 410)

log = logging.getLogger(__name__)


class _Response:
    """What pywebpush reads of an answer."""

    def __init__(self, answer: Answer) -> None:
        self.status_code, self.headers = answer.status, answer.headers
        self.text = answer.body.decode("utf-8", "replace")
        self.reason = ""


class _Session:
    """Posts for pywebpush, to public addresses only."""

    def post(
        self, url: str, *, data: bytes, headers: Mapping[str, Any], timeout: float
    ) -> _Response:
        texts = {name: str(value) for name, value in headers.items()}
        return _Response(
            request("POST", url, headers=texts, body=data, seconds=timeout, most=MAX_ANSWER_BYTES)
        )


def deliver(subscription_id: UUID, payload: Mapping[str, Any], *, topic: str) -> bool:
    """Whether the push service has taken it. A dead subscription is deleted.

    `topic` (at most 32 letters of base64url) lets a newer one replace an older one that waits.
    Raises PushFailed when it may be taken later.
    """
    subscription = live_subscriptions().filter(pk=subscription_id).first()
    if subscription is None:
        return False
    try:
        _send(subscription, payload, topic)
    except NoSuchHost as error:
        raise PushFailed(error.detail) from error
    except AddressRefused as error:
        log.warning("A push subscription leads inside and is dropped: %s", error.detail)
        subscription.delete()
        return False
    except Unreachable as error:
        raise PushFailed(str(error)) from error
    except WebPushException as error:
        return _refused(subscription, error)
    PushSubscription.objects.filter(pk=subscription.pk).update(last_sent_at=timezone.now())
    return True


def _send(subscription: PushSubscription, payload: Mapping[str, Any], topic: str) -> None:
    webpush(
        {
            "endpoint": subscription.endpoint,
            "keys": {"p256dh": subscription.p256dh, "auth": subscription.auth},
        },
        dump(payload).decode(),
        vapid_private_key=server_key(),
        vapid_claims={"sub": _contact()},
        ttl=TIME_TO_LIVE,
        timeout=SECONDS,
        headers={"Urgency": "high", "Topic": topic},
        requests_session=_Session(),
    )


def _refused(subscription: PushSubscription, error: WebPushException) -> bool:
    status = error.status_code or 0
    if status in GONE:
        subscription.delete()
        return False
    if status == 429 or status >= 500:
        raise PushFailed(f"status {status}") from error
    log.warning("A push service refused a notification: %s", error)
    return False


def _contact() -> str:
    """Whom a push service may tell of trouble: the site, or in local use nobody."""
    is_public = settings.PUBLIC_URL.startswith("https://")
    return settings.PUBLIC_URL if is_public else "mailto:operator@example.org"
