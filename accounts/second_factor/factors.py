"""Which second factors a person has, who must have one, and removing all of them."""

from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.audit.audit_log import record
from accounts.auth.sign_ins import end_all_sign_ins
from accounts.errors import PersonNotFound
from accounts.models import FactorStep, Passkey, RecoveryCode, SignIn, Totp, User
from accounts.people.suspensions import lock_person_under
from accounts.second_factor.errors import NoSecondFactor, SecondFactorNeeded

REQUIRED_FOR = ("none", "staff", "everyone")


class Factors(NamedTuple):
    """What a person has set up; `totp` only when it is confirmed."""

    totp: Totp | None
    passkeys: list[Passkey]
    recovery_codes_left: int
    is_required: bool


def factors_of(user: User) -> Factors:
    return Factors(
        totp=Totp.objects.filter(user=user, confirmed_at__isnull=False).first(),
        passkeys=list(Passkey.objects.filter(user=user).order_by("id")),
        recovery_codes_left=RecoveryCode.objects.filter(user=user).count(),
        is_required=is_required_of(user),
    )


def methods_of(user: User) -> list[str]:
    """By which of its factors a log-in can be completed."""
    methods = []
    if Totp.objects.filter(user=user, confirmed_at__isnull=False).exists():
        methods.append("totp")
    if Passkey.objects.filter(user=user).exists():
        methods.append("passkey")
    if RecoveryCode.objects.filter(user=user).exists():
        methods.append("recoveryCode")
    return methods


def is_required_of(user: User) -> bool:
    """Whether MFA_REQUIRED_FOR names this person. Never a bot, who has nobody to ask."""
    if settings.MFA_REQUIRED_FOR == "everyone":
        return not user.is_bot
    is_staff = user.is_staff or user.is_superuser
    return settings.MFA_REQUIRED_FOR == "staff" and is_staff and not user.is_bot


def must_enrol(sign_in: SignIn) -> bool:
    """Whether the person of the sign-in may do nothing before setting up a second factor.

    Who came by single sign-on has given the provider's, unless OIDC_MFA says otherwise.
    """
    if sign_in.identity_id is not None and settings.OIDC_MFA == "provider":
        return False
    return is_required_of(sign_in.user) and not sign_in.user.has_second_factor


def note_factors(user: User) -> bool:
    """Brings `has_second_factor` up to date and returns it; without a factor the recovery codes go.

    Its caller holds the lock of the person's row.
    """
    has_app = Totp.objects.filter(user=user, confirmed_at__isnull=False).exists()
    has_one = has_app or Passkey.objects.filter(user=user).exists()
    User.objects.filter(pk=user.pk).update(has_second_factor=has_one)
    user.has_second_factor = has_one
    if not has_one:
        RecoveryCode.objects.filter(user=user).delete()
    return has_one


def lock_person(user: User) -> User:
    """Locks the row of an active person for a change of factors; raises PersonNotFound."""
    active = User.objects.active().filter(pk=user.pk)
    locked: User | None = active.select_for_update(no_key=True).first()
    if locked is None:
        raise PersonNotFound
    return locked


def check_one_stays(user: User) -> None:
    """Raises SecondFactorNeeded after a removal that this server does not allow."""
    if not note_factors(user) and is_required_of(user):
        raise SecondFactorNeeded


@transaction.atomic
def forget_factors(user: User) -> None:
    """Deletes all that is stored about the person's second factors."""
    for model in (Totp, Passkey, RecoveryCode, FactorStep):
        model.objects.filter(user=user).delete()
    note_factors(user)


@transaction.atomic
def reset_second_factor(
    *, person_id: UUID, by: User | None, reason: str = "", operator: str = ""
) -> None:
    """Takes all second factors from a person who has lost them, and ends their sign-ins.

    Whoever found the lost device may be signed in with it, so nobody stays signed in. Raises
    PersonNotFound, StaffProtected, NoSecondFactor, InvalidInput for oneself.
    """
    if by is None:
        open_accounts = User.objects.filter(pk=person_id, deactivated_at=None)
        found = open_accounts.select_for_update(no_key=True).first()
        if found is None:
            raise PersonNotFound
        person = found
    else:
        person = lock_person_under(person_id, by)
    if not person.has_second_factor:
        raise NoSecondFactor
    before = {"methods": methods_of(person)}
    forget_factors(person)
    end_all_sign_ins(user_id=person.pk)
    record(
        by=by,
        operator=operator,
        action="second_factor.reset",
        subject=person,
        reason=reason,
        before=before,
        after={"methods": []},
    )
