"""The second half of a log-in: a step token that a second factor completes, once."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import F
from django.utils import timezone

from accounts.auth.client_address import Client
from accounts.auth.rate_limits import count_attempt, forgive_attempt
from accounts.models import FactorStep, User
from accounts.second_factor.codes import is_right_code
from accounts.second_factor.errors import InvalidStep, MfaRequired, WrongCode, WrongPasskey
from accounts.second_factor.factors import methods_of
from accounts.second_factor.passkeys import (
    Credential,
    Options,
    RelyingParty,
    assertion_options,
    verify_assertion,
)

LIFETIME = timedelta(minutes=5)
TRIES = 5
MAX_TOKEN_LENGTH = 64
_PRUNED_AT_ONCE = 10


class Step(NamedTuple):
    """`token` is the secret; only its hash is stored."""

    token: str
    expires_at: datetime


def ask_for_second_factor(user: User) -> MfaRequired:
    """The refusal of a log-in whose password was right, with a step token for its second half."""
    step = begin_step(purpose=FactorStep.Purpose.LOG_IN, user=user)
    return MfaRequired(step.token, methods_of(user), step.expires_at)


def begin_step(
    *, purpose: FactorStep.Purpose, user: User | None, challenge: bytes | None = None
) -> Step:
    """A new step; deletes a few expired ones. The person comes with their password's hash."""
    expired = FactorStep.objects.filter(expires_at__lt=timezone.now())[:_PRUNED_AT_ONCE]
    FactorStep.objects.filter(pk__in=list(expired.values_list("pk", flat=True))).delete()
    token, expires_at = secrets.token_urlsafe(32), timezone.now() + LIFETIME
    FactorStep.objects.create(
        digest=_digest(token),
        purpose=purpose,
        user=user,
        password_digest=None if user is None else _digest(user.password),
        challenge=challenge,
        expires_at=expires_at,
    )
    return Step(token, expires_at)


def read_step(token: str, *purposes: FactorStep.Purpose) -> FactorStep:
    """The live step of a token, with its `user`.

    Raises InvalidStep, also when the account was closed or the password changed meanwhile.
    """
    steps = FactorStep.objects.select_related("user").filter(
        digest=_digest(token),
        purpose__in=purposes,
        expires_at__gt=timezone.now(),
        tries__lt=TRIES,
    )
    step: FactorStep | None = steps.first()
    if step is None:
        raise InvalidStep
    user = step.user
    if user is not None and not (
        user.is_active and bytes(step.password_digest or b"") == _digest(user.password)
    ):
        raise InvalidStep
    return step


def end_step(step: FactorStep) -> None:
    """Raises InvalidStep for the second of two parallel uses."""
    if not FactorStep.objects.filter(pk=step.pk).delete()[0]:
        raise InvalidStep


def begin_passkey_log_in(
    *, step_token: str | None, party: RelyingParty, client: Client
) -> tuple[Step, Options]:
    """What a passkey is asked to sign: for the second half of the log-in of the step token, or,
    with none, for a log-in without a password.

    Raises InvalidStep, RateLimited. Must run outside of a transaction, so that the count is kept.
    """
    count_attempt(what="passkey", account="", address=client.address)
    if step_token is None:
        challenge, options = assertion_options(None, party)
        purpose = FactorStep.Purpose.PASSKEY_LOG_IN
        return begin_step(purpose=purpose, user=None, challenge=challenge), options
    step = read_step(step_token, FactorStep.Purpose.LOG_IN)
    challenge, options = assertion_options(step.user, party)
    FactorStep.objects.filter(pk=step.pk).update(challenge=challenge)
    return Step(step_token, step.expires_at), options


def complete_by_passkey(
    *, token: str, credential: Credential, party: RelyingParty, client: Client
) -> User:
    """The person whose passkey has signed: of the second half of a log-in, or of a whole one.

    Raises InvalidStep, WrongPasskey. The person of a whole log-in may be suspended or closed.
    """
    step = read_step(token, FactorStep.Purpose.LOG_IN, FactorStep.Purpose.PASSKEY_LOG_IN)
    if step.challenge is None:
        raise InvalidStep
    try:
        passkey = verify_assertion(step, credential, party)
    except WrongPasskey:
        count_failure(step)
        raise
    end_step(step)
    user: User = passkey.user
    return user


def complete_log_in(*, token: str, code: str, client: Client) -> User:
    """The person whose log-in the code completes: one of the app, or a recovery code.

    Raises InvalidStep, RateLimited, WrongCode. Must run outside of a transaction, so that the
    counts are kept.
    """
    step = read_step(token, FactorStep.Purpose.LOG_IN)
    user: User = step.user
    attempt: Any = {"account": str(user.pk), "address": client.address}
    count_attempt(what="second-factor", **attempt)
    if not is_right_code(user, code):
        count_failure(step)
        raise WrongCode
    forgive_attempt(what="second-factor", **attempt)
    end_step(step)
    return user


def count_failure(step: FactorStep) -> None:
    FactorStep.objects.filter(pk=step.pk).update(tries=F("tries") + 1)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
