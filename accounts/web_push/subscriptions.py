"""Subscribes devices to notifications, and ends that."""

import base64
import binascii
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from accounts.models import PushSubscription, SignIn
from accounts.web_push.errors import PushSubscriptionNotFound
from chatproject.core.errors import FieldError, InvalidInput
from chatproject.core.outbound import AddressRefused
from chatproject.core.outbound.addresses import is_among, may_be_public
from chatproject.core.outbound.client import PORTS, split_url

MAX_ENDPOINT_LENGTH = 1000
AUTH_BYTES = 16


@transaction.atomic
def subscribe_device(
    *, sign_in: SignIn, endpoint: str, p256dh: str, auth: str, shows_text: bool
) -> PushSubscription:
    """Notifies the device of this sign-in from now on; what it had before is replaced.

    Raises InvalidInput for an endpoint that is no public https address, and for keys that are none.
    """
    wrong = [*_endpoint_errors(endpoint), *_key_errors(p256dh, auth)]
    if wrong:
        raise InvalidInput(errors=wrong)
    # Of this device under another sign-in, and of this sign-in with another endpoint.
    PushSubscription.objects.filter(Q(endpoint=endpoint) | Q(sign_in=sign_in)).delete()
    return PushSubscription.objects.create(
        sign_in=sign_in, endpoint=endpoint, p256dh=p256dh, auth=auth, shows_text=shows_text
    )


def unsubscribe_device(*, user_id: UUID, sign_in_id: UUID) -> None:
    """Raises PushSubscriptionNotFound."""
    mine = PushSubscription.objects.filter(sign_in=sign_in_id, sign_in__user=user_id)
    if not mine.delete()[0]:
        raise PushSubscriptionNotFound


def set_shows_text(*, user_id: UUID, sign_in_id: UUID, shows_text: bool) -> None:
    """Raises PushSubscriptionNotFound."""
    mine = PushSubscription.objects.filter(sign_in=sign_in_id, sign_in__user=user_id)
    if not mine.update(shows_text=shows_text):
        raise PushSubscriptionNotFound


def live_subscriptions() -> QuerySet[PushSubscription]:
    """Of sign-ins that have neither ended nor expired, and of active people."""
    return PushSubscription.objects.select_related("sign_in__user").filter(
        sign_in__ended_at=None, sign_in__expires_at__gt=Now(), sign_in__user__is_active=True
    )


def drop_ended_subscriptions() -> int:
    """Deletes those of ended sign-ins; returns how many."""
    over = Q(sign_in__ended_at__isnull=False) | Q(sign_in__expires_at__lte=Now())
    return PushSubscription.objects.filter(over).delete()[0]


def _endpoint_errors(endpoint: str) -> list[FieldError]:
    if len(endpoint) <= MAX_ENDPOINT_LENGTH and _may_be_asked(endpoint):
        return []
    detail = "An https address of a push service is needed."
    return [FieldError(field="endpoint", code="invalid", detail=detail)]


def _may_be_asked(endpoint: str) -> bool:
    try:
        url = split_url(endpoint)
    except AddressRefused:
        return False
    host = url.hostname or ""
    if is_among(host, url.port or PORTS[url.scheme], settings.OUTBOUND_HOSTS):
        return True
    return url.scheme == "https" and may_be_public(host)


def _key_errors(p256dh: str, auth: str) -> list[FieldError]:
    wrong = []
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(p256dh))
    except ValueError:
        detail = "The public key of the device is needed, in base64url."
        wrong.append(FieldError(field="keys.p256dh", code="invalid", detail=detail))
    try:
        is_right = len(_bytes(auth)) == AUTH_BYTES
    except ValueError:
        is_right = False
    if not is_right:
        detail = "16 bytes in base64url are needed."
        wrong.append(FieldError(field="keys.auth", code="invalid", detail=detail))
    return wrong


def _bytes(text: str) -> bytes:
    """Raises ValueError."""
    try:
        padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
        return base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError(text) from error
