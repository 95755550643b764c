"""Log-outs that the provider tells us of (OpenID Connect Back-Channel Logout 1.0)."""

import hashlib
from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.auth.sign_ins import end_sign_in
from accounts.models import Identity, SignIn, UsedLogoutToken
from accounts.single_sign_on.errors import InvalidLogoutToken, ProviderRefused
from accounts.single_sign_on.provider import LEEWAY, provider

EVENT = "http://schemas.openid.net/event/backchannel-logout"
_PRUNED_AT_ONCE = 10


def end_by_logout_token(token: str) -> int:
    """Ends the sign-ins that the token names, by session or by person; returns how many.

    Raises InvalidLogoutToken, also for one that was used before, and ProviderUnavailable.
    """
    try:
        claims = provider().verify(token, required=("iss", "aud", "iat", "exp", "jti", "events"))
    except ProviderRefused:
        raise InvalidLogoutToken from None
    events, subject, session = claims["events"], claims.get("sub"), claims.get("sid")
    is_logout = isinstance(events, dict) and isinstance(events.get(EVENT), dict)
    if not is_logout or "nonce" in claims or not (subject or session):
        raise InvalidLogoutToken
    with transaction.atomic():
        _use_once(str(claims["jti"]), datetime.fromtimestamp(claims["exp"], UTC))
        return _end(str(claims["iss"]), subject, session)


def _use_once(jti: str, expires_at: datetime) -> None:
    expired = UsedLogoutToken.objects.filter(expires_at__lt=timezone.now())[:_PRUNED_AT_ONCE]
    UsedLogoutToken.objects.filter(pk__in=[each.pk for each in expired]).delete()
    digest = hashlib.sha256(jti.encode()).digest()
    kept_until = expires_at + timedelta(seconds=LEEWAY)
    try:
        with transaction.atomic():
            UsedLogoutToken.objects.create(digest=digest, expires_at=kept_until)
    except IntegrityError:
        raise InvalidLogoutToken from None


def _end(issuer: str, subject: object, session: object) -> int:
    """A token with both means that session of that person."""
    identities = Identity.objects.filter(issuer=issuer)
    if subject:
        identities = identities.filter(subject=str(subject))
    running = SignIn.objects.filter(identity__in=identities, ended_at=None)
    if session:
        running = running.filter(provider_session=str(session))
    found = list(running)
    for each in found:
        end_sign_in(user_id=each.user_id, sign_in_id=each.pk)
    return len(found)
