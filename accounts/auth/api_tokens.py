"""API tokens: personal access tokens of people's scripts, and the tokens of bots.

A token stands for a sign-in of kind `api`, so all that ends sign-ins ends tokens, with their
sockets, and every process hears of it. It never is more than its account: a scope only takes away.
"""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.auth.live_sign_ins import COLUMNS, LIVE, alive, sign_in_of_row
from accounts.auth.scopes import Access, Scope
from accounts.auth.sign_ins import end_sign_in
from accounts.errors import (
    ConversationNotInToken,
    InvalidToken,
    NotForTokens,
    ScopeMissing,
    SignInNotFound,
    TokenNotFound,
    TooManyTokens,
)
from accounts.models import ApiToken, SignIn, User
from chatproject.core.db.readings import Steps, query, read
from chatproject.core.errors import FieldError, InvalidInput
from chatproject.core.plain_text import control_errors

# By it a token is told from a JWT, and found by scanners of leaked secrets.
PREFIX = "chat_"
MAX_LENGTH = 100
MAX_NAME_LENGTH = 100
MAX_TOKENS = 50  # live ones of an account
MAX_CONVERSATIONS = 100
# Of a sign-in whose token does not expire.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
# How stale `last_used_at` may be.
TOUCH_INTERVAL = timedelta(minutes=1)

_BY_DIGEST = f"""
    SELECT t.scopes, t.conversation_ids, {COLUMNS}
    FROM accounts_apitoken t JOIN accounts_signin s ON s.id = t.sign_in_id
    JOIN accounts_user u ON u.id = s.user_id
    WHERE t.digest = %s AND {LIVE}"""  # noqa: S608 (column names only)


class NewToken(NamedTuple):
    """`text` is shown once: only its hash is stored."""

    text: str
    token: ApiToken


def is_api_token(raw: str) -> bool:
    return raw.startswith(PREFIX)


def create_api_token(
    *,
    user: User,
    made_by: User,
    name: str,
    scopes: Collection[str],
    expires_at: datetime | None = None,
    conversation_ids: Collection[UUID] = (),
) -> NewToken:
    """A new token of the account, which never expires without `expires_at`.

    Raises InvalidInput, or TooManyTokens. Whether the account is in the conversations is asked at
    each use, not here.
    """
    name = name.strip()
    if wrong := _errors(name, scopes, expires_at, conversation_ids):
        raise InvalidInput(errors=wrong)
    text = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        # Locked, so that nothing is made beside the end of all sign-ins, nor above the limit.
        if not User.objects.active().filter(pk=user.pk).select_for_update(no_key=True).exists():
            raise TokenNotFound
        if tokens_of(user.pk).count() >= MAX_TOKENS:
            raise TooManyTokens
        now = timezone.now()  # unused while both are the same
        sign_in = SignIn.objects.create(
            user=user,
            kind=SignIn.Kind.API,
            created_at=now,
            last_used_at=now,
            expires_at=expires_at or NEVER,
        )
        token = ApiToken.objects.create(
            sign_in=sign_in,
            digest=hash_of(text),
            name=name,
            scopes=sorted(set(scopes)),
            conversation_ids=sorted(set(conversation_ids)),
            made_by=made_by,
        )
    return NewToken(text, token)


def tokens_of(user_id: UUID) -> QuerySet[ApiToken]:
    """The live tokens of an account with their `sign_in`, the newest first."""
    live = alive().filter(user=user_id, kind=SignIn.Kind.API)
    rows = ApiToken.objects.filter(sign_in__in=live).select_related("sign_in")
    return rows.order_by("-sign_in_id")


def revoke_api_token(*, user_id: UUID, token_id: UUID) -> None:
    """Ends a token of the account and its sockets; raises TokenNotFound."""
    if not tokens_of(user_id).filter(pk=token_id).exists():
        raise TokenNotFound
    try:
        end_sign_in(user_id=user_id, sign_in_id=token_id)
    except SignInNotFound:  # by another request meanwhile
        raise TokenNotFound from None


def end_tokens_of_bots(*, made_by: UUID) -> int:
    """Ends the tokens that a person made for bots, whose secrets they may know; returns how many.

    For who is suspended or closes the account.
    """
    live = ApiToken.objects.filter(made_by=made_by, sign_in__in=alive()).exclude(
        sign_in__user=made_by
    )
    rows: Sequence[tuple[UUID, UUID]] = list(live.values_list("sign_in__user_id", "sign_in_id"))
    for user_id, sign_in_id in rows:
        end_sign_in(user_id=user_id, sign_in_id=sign_in_id)
    return len(rows)


def sign_in_of_api_token(raw: str) -> SignIn:
    """The live sign-in of a token, with its `user`, `scopes` and `only_in`, after its use was
    noted; one query, and another one once a minute.

    Raises InvalidToken, also for a token that was revoked or has expired.
    """
    sign_in = read(find_api_token(raw))
    if is_use_to_be_noted(sign_in):
        SignIn.objects.filter(pk=sign_in.pk).update(last_used_at=timezone.now())
    return sign_in


def find_api_token(raw: str) -> Steps[SignIn]:
    """The same, and nothing is noted."""
    rows = (yield from query(_BY_DIGEST, [hash_of(raw)])) if len(raw) <= MAX_LENGTH else []
    if not rows:
        raise InvalidToken
    scopes, only_in, *columns = rows[0]
    sign_in = sign_in_of_row(columns)
    sign_in.scopes, sign_in.only_in = frozenset(scopes), frozenset(only_in)
    return sign_in


def is_use_to_be_noted(sign_in: SignIn) -> bool:
    is_unused = sign_in.last_used_at == sign_in.created_at
    return is_unused or sign_in.last_used_at < timezone.now() - TOUCH_INTERVAL


def require_scope(sign_in: SignIn, needed: Scope | Access) -> None:
    """Raises NotForTokens or ScopeMissing, where the sign-in is that of an API token."""
    if sign_in.scopes is None or needed is Access.ANY:
        return
    if needed is Access.NEVER:
        raise NotForTokens
    if needed not in sign_in.scopes:
        raise ScopeMissing(needed)


def require_conversation(sign_in: SignIn, conversation_id: UUID | None) -> None:
    """Raises ConversationNotInToken, where the token is for some conversations and not this one."""
    if sign_in.only_in and conversation_id not in sign_in.only_in:
        raise ConversationNotInToken


def _errors(
    name: str,
    scopes: Collection[str],
    expires_at: datetime | None,
    conversation_ids: Collection[UUID],
) -> list[FieldError]:
    wrong = control_errors(name, "name")
    if not name or len(name) > MAX_NAME_LENGTH:
        detail = f"A name of 1 to {MAX_NAME_LENGTH} characters is needed."
        wrong.append(FieldError(field="name", code="invalid", detail=detail))
    unknown = sorted(set(scopes) - set(Scope))
    if unknown or not scopes:
        detail = f"At least one of {', '.join(Scope)} is needed, and no other."
        wrong.append(FieldError(field="scopes", code="unknown_choice", detail=detail))
    if expires_at is not None and expires_at <= timezone.now():
        detail = "It has to be in the future."
        wrong.append(FieldError(field="expiresAt", code="past", detail=detail))
    if len(conversation_ids) > MAX_CONVERSATIONS:
        detail = f"At most {MAX_CONVERSATIONS} different ids."
        wrong.append(FieldError(field="conversationIds", code="too_many", detail=detail))
    return wrong


def hash_of(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
