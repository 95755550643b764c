"""Registers, renames and removes passkeys."""

from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.auth.client_address import Client
from accounts.models import FactorStep, Passkey, User
from accounts.people.names import name_errors
from accounts.second_factor.errors import (
    InvalidStep,
    PasskeyNotFound,
    TooManyPasskeys,
    WrongPasskey,
)
from accounts.second_factor.factors import check_one_stays, lock_person, note_factors
from accounts.second_factor.identity import check_identity
from accounts.second_factor.passkeys import (
    Credential,
    Options,
    RelyingParty,
    registration_options,
    verify_registration,
)
from accounts.second_factor.recovery_codes import issue_recovery_codes
from accounts.second_factor.steps import Step, begin_step, end_step, read_step
from chatproject.core.errors import InvalidInput

MOST = 20


class Registered(NamedTuple):
    """`recovery_codes` come with the first factor of a person alone."""

    passkey: Passkey
    recovery_codes: list[str]


def begin_passkey(*, user: User, party: RelyingParty) -> tuple[Step, Options]:
    """Raises TooManyPasskeys."""
    if Passkey.objects.filter(user=user).count() >= MOST:
        raise TooManyPasskeys
    challenge, options = registration_options(user, party)
    purpose = FactorStep.Purpose.PASSKEY_REGISTRATION
    return begin_step(purpose=purpose, user=user, challenge=challenge), options


@transaction.atomic
def add_passkey(
    *, user: User, step_token: str, credential: Credential, name: str, party: RelyingParty
) -> Registered:
    """Raises InvalidStep, WrongPasskey (also for one that is registered already), InvalidInput."""
    step = read_step(step_token, FactorStep.Purpose.PASSKEY_REGISTRATION)
    if step.user_id != user.pk:
        raise InvalidStep
    name = _checked_name(name)
    new = verify_registration(step, credential, party)
    end_step(step)
    locked = lock_person(user)
    try:
        with transaction.atomic():
            passkey = Passkey.objects.create(user=locked, name=name, **new._asdict())
    except IntegrityError:
        raise WrongPasskey from None
    had_factor = locked.has_second_factor
    note_factors(locked)
    user.has_second_factor = True
    return Registered(passkey, [] if had_factor else issue_recovery_codes(locked))


def rename_passkey(*, user: User, passkey_id: UUID, name: str) -> Passkey:
    """Raises PasskeyNotFound, InvalidInput."""
    name = _checked_name(name)
    if not Passkey.objects.filter(pk=passkey_id, user=user).update(name=name):
        raise PasskeyNotFound
    return Passkey.objects.get(pk=passkey_id)


def remove_passkey(
    *, user: User, passkey_id: UUID, password: str | None, code: str | None = None, client: Client
) -> None:
    """Raises PasskeyNotFound, SecondFactorNeeded, and what `check_identity` raises.

    Must run outside of a transaction, so that the rate limit's count is kept.
    """
    check_identity(user=user, password=password, code=code, client=client)
    with transaction.atomic():
        locked = lock_person(user)
        if not Passkey.objects.filter(pk=passkey_id, user=locked).delete()[0]:
            raise PasskeyNotFound
        check_one_stays(locked)


def _checked_name(name: str) -> str:
    if wrong := name_errors(name.strip()):
        raise InvalidInput(errors=wrong)
    return name.strip()
