"""Sets up an authenticator app, removes it, and replaces recovery codes."""

from typing import Any, NamedTuple

import pyotp
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.auth.client_address import Client
from accounts.auth.rate_limits import count_attempt, forgive_attempt
from accounts.models import Totp, User
from accounts.second_factor import encryption
from accounts.second_factor.errors import NoSecondFactor, TotpExists, TotpNotFound, WrongCode
from accounts.second_factor.factors import check_one_stays, lock_person, note_factors
from accounts.second_factor.identity import check_identity
from accounts.second_factor.recovery_codes import issue_recovery_codes
from accounts.second_factor.totp import check_totp


class TotpEnrolment(NamedTuple):
    """The secret in Base32, and the `otpauth:` URI that an authenticator app scans."""

    secret: str
    uri: str


@transaction.atomic
def begin_totp(*, user: User) -> TotpEnrolment:
    """A new secret, which counts after `confirm_totp`; one that was begun before is replaced.

    Raises TotpExists.
    """
    locked = lock_person(user)
    if Totp.objects.filter(user=locked, confirmed_at__isnull=False).exists():
        raise TotpExists
    secret = pyotp.random_base32()
    Totp.objects.update_or_create(
        user=locked, defaults={"secret": encryption.encrypt(secret), "last_step": 0}
    )
    return _enrolment(locked, secret)


def _enrolment(user: User, secret: str) -> TotpEnrolment:
    name = str(user.email or user.name)
    return TotpEnrolment(
        secret, pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=settings.SITE_NAME)
    )


def begun_totp(user: User) -> TotpEnrolment | None:
    """The enrolment that waits for its confirmation."""
    totp = Totp.objects.filter(user=user, confirmed_at=None).first()
    try:
        return None if totp is None else _enrolment(user, encryption.decrypt(totp.secret))
    except encryption.Undecipherable:
        return None


def confirm_totp(*, user: User, code: str, client: Client) -> list[str]:
    """Ends the enrolment; returns recovery codes, or none when the person has some already.

    Raises RateLimited, TotpNotFound, WrongCode. Must run outside of a transaction, so that the rate
    limit's count is kept.
    """
    attempt: Any = {"account": str(user.pk), "address": client.address}
    count_attempt(what="second-factor", **attempt)
    with transaction.atomic():
        locked = lock_person(user)
        if not Totp.objects.filter(user=locked, confirmed_at=None).exists():
            raise TotpNotFound
        if not check_totp(locked, code):
            raise WrongCode
        had_factor = locked.has_second_factor
        Totp.objects.filter(user=locked).update(confirmed_at=timezone.now())
        note_factors(locked)
        codes = [] if had_factor else issue_recovery_codes(locked)
    forgive_attempt(what="second-factor", **attempt)
    user.has_second_factor = True
    return codes


def remove_totp(
    *, user: User, password: str | None, code: str | None = None, client: Client
) -> None:
    """Raises TotpNotFound, SecondFactorNeeded, and what `check_identity` raises.

    Must run outside of a transaction, so that the rate limit's count is kept.
    """
    check_identity(user=user, password=password, code=code, client=client)
    with transaction.atomic():
        locked = lock_person(user)
        if not Totp.objects.filter(user=locked).delete()[0]:
            raise TotpNotFound
        check_one_stays(locked)


def replace_recovery_codes(
    *, user: User, password: str | None, code: str | None = None, client: Client
) -> list[str]:
    """Ten new codes instead of the old ones. Raises NoSecondFactor and what `check_identity` does.

    Must run outside of a transaction, so that the rate limit's count is kept.
    """
    check_identity(user=user, password=password, code=code, client=client)
    with transaction.atomic():
        locked = lock_person(user)
        if not locked.has_second_factor:
            raise NoSecondFactor
        return issue_recovery_codes(locked)
