"""Issues and reads JWTs (access and refresh tokens) and single-use socket tickets.

A JWT contains the id of its sign-in (`sid`), and each use checks in the database that this is live.
Simple JWT builds the tokens. PyJWT reads them, with the same checks in three quarters of the time,
since every request reads one. Refreshing is in `token_refresh.py`.
"""

import hashlib
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import jwt
from django.conf import settings
from django.utils import timezone
from rest_framework_simplejwt import tokens as simplejwt
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.settings import api_settings

from accounts.auth.live_sign_ins import COLUMNS, LIVE, live_sign_in, sign_in_of_row
from accounts.errors import InvalidTicket, InvalidToken, TokenExpired
from accounts.models import SignIn, SocketTicket
from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.statements import fetch

ALGORITHM = "HS256"
TICKET_LIFETIME = timedelta(seconds=30)
# Our tokens have about 350 characters. PyJWT parses the header before it checks the signature, and
# deep nesting there would raise a RecursionError.
MAX_LENGTH = 600
# `iat` is not checked, so that a machine whose clock is behind accepts the tokens of the others.
# Nor does PyJWT check `exp`: that is checked for cached claims too.
_OPTIONS: Any = {"require": ["exp"], "verify_iat": False, "verify_exp": False}
_KEPT_CLAIMS = 4_096
_PRUNED_AT_ONCE = 10


class TokenPair(NamedTuple):
    """What a log-in returns; the sign-in comes with its `user`."""

    access: str
    refresh: str
    sign_in: SignIn


class RefreshSecret(NamedTuple):
    """The id (`jti`) of the refresh token that is valid now, and when it expires."""

    jti: UUID
    expires_at: datetime


class AccessClaims(NamedTuple):
    user_id: UUID
    sign_in_id: UUID


class RefreshClaims(NamedTuple):
    user_id: UUID
    sign_in_id: UUID
    jti: UUID


class AccessToken(simplejwt.AccessToken):
    def get_token_backend(self) -> TokenBackend:
        return _backend(settings.SECRET_KEY)


class RefreshToken(simplejwt.RefreshToken):
    def get_token_backend(self) -> TokenBackend:
        return _backend(settings.SECRET_KEY)


def new_refresh_secret() -> RefreshSecret:
    expires_at = timezone.now() + api_settings.REFRESH_TOKEN_LIFETIME
    return RefreshSecret(uuid4(), expires_at.replace(microsecond=0))


def token_pair(sign_in: SignIn, secret: RefreshSecret) -> TokenPair:
    """Tokens for a sign-in whose stored `refresh_jti` is that of the secret."""
    access, refresh = AccessToken(), RefreshToken()
    for token in (access, refresh):
        token["sub"], token["sid"] = str(sign_in.user_id), str(sign_in.pk)
    refresh["jti"], refresh["exp"] = secret.jti.hex, int(secret.expires_at.timestamp())
    return TokenPair(str(access), str(refresh), sign_in)


def read_access_claims(raw: str) -> AccessClaims:
    """Raises InvalidToken or TokenExpired."""
    claims = _claims(raw, "access")
    return AccessClaims(_uuid(claims, "sub"), _uuid(claims, "sid"))


def read_access(raw: str) -> UUID:
    """The id of the sign-in in an access token; raises InvalidToken or TokenExpired."""
    return _uuid(_claims(raw, "access"), "sid")


def user_id_of(raw: str) -> UUID:
    """The person that an access token names, also when it has expired; raises InvalidToken."""
    try:
        return _uuid(_claims(raw, "access", is_expiry_judged=False), "sub")
    except TokenExpired:
        raise InvalidToken from None


def read_refresh(raw: str) -> RefreshClaims:
    """Raises InvalidToken or TokenExpired."""
    claims = _claims(raw, "refresh")
    return RefreshClaims(_uuid(claims, "sub"), _uuid(claims, "sid"), _uuid(claims, "jti"))


def _claims(raw: str, kind: str, *, is_expiry_judged: bool = True) -> Mapping[str, Any]:
    if len(raw) > MAX_LENGTH:
        raise InvalidToken
    claims = _signed_claims(raw, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))
    if is_expiry_judged and claims["exp"] <= time.time():
        raise TokenExpired
    if claims.get("token_type") != kind:
        raise InvalidToken
    return claims


@lru_cache(maxsize=_KEPT_CLAIMS)
def _signed_claims(raw: str, keys: Sequence[str]) -> Mapping[str, Any]:
    """The claims, if one of the keys has signed them, expired or not; raises InvalidToken.

    Cached, since a program sends its token with each request. The claims never change; whether they
    are still valid is checked each time.
    """
    for secret in keys:
        try:
            claims: dict[str, Any] = jwt.decode(
                raw, _signing_key(secret), algorithms=[ALGORITHM], options=_OPTIONS
            )
        except jwt.InvalidSignatureError:
            continue
        except jwt.InvalidTokenError:
            break
        if isinstance(claims["exp"], int | float):
            return claims
        break
    raise InvalidToken


def _uuid(claims: Mapping[str, Any], name: str) -> UUID:
    try:
        return _parsed(claims[name])
    except (KeyError, ValueError, AttributeError, TypeError):
        raise InvalidToken from None


@lru_cache(maxsize=2 * _KEPT_CLAIMS)
def _parsed(text: str) -> UUID:
    return UUID(text)


@lru_cache(maxsize=8)
def _signing_key(secret: str) -> str:
    return hashlib.blake2b(secret.encode(), digest_size=32, person=b"jwt").hexdigest()


@lru_cache(maxsize=8)
def _backend(secret: str) -> TokenBackend:
    return TokenBackend(ALGORITHM, signing_key=_signing_key(secret))


class Ticket(NamedTuple):
    text: str
    expires_at: datetime


def issue_ticket(*, sign_in_id: UUID) -> Ticket:
    """A new ticket; deletes a few expired ones."""
    text = secrets.token_urlsafe(32)
    expires_at = timezone.now() + TICKET_LIFETIME
    expired = SocketTicket.objects.filter(expires_at__lt=timezone.now())[:_PRUNED_AT_ONCE]
    SocketTicket.objects.filter(pk__in=list(expired.values_list("pk", flat=True))).delete()
    SocketTicket.objects.create(digest=_digest(text), sign_in_id=sign_in_id, expires_at=expires_at)
    return Ticket(text, expires_at)


def redeem_ticket(text: str) -> SignIn:
    """The live sign-in of the ticket, with its `user`; raises InvalidTicket.

    One statement deletes and returns it, so of two parallel uses one is refused.
    """
    digest = _digest(text)
    if is_distributed():
        found = fetch(_DELETE, [digest])
        sign_in = live_sign_in(found[0][0]) if found else None
    else:
        rows = fetch(_REDEEM, [digest])
        sign_in = sign_in_of_row(rows[0]) if rows else None
    if sign_in is None:
        raise InvalidTicket
    return sign_in


_REDEEM = f"""
    DELETE FROM accounts_socketticket t USING accounts_signin s, accounts_user u
    WHERE t.digest = %s AND t.expires_at > now()
      AND s.id = t.sign_in_id AND u.id = s.user_id AND {LIVE}
    RETURNING {COLUMNS}"""  # noqa: S608 (column names only)
# Citus refuses to delete beside a join with people, of whom every node has a copy.
_DELETE = """
    DELETE FROM accounts_socketticket WHERE digest = %s AND expires_at > now() RETURNING sign_in_id
"""


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
