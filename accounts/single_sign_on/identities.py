"""Finds the account of an identity at the provider; links accounts and creates them."""

import logging

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.audit.audit_log import record
from accounts.auth.log_in import check_not_suspended
from accounts.auth.sign_ins import end_all_sign_ins
from accounts.email_addresses import email_errors, normalize_email
from accounts.models import Identity, User
from accounts.people.names import MAX_LENGTH, name_errors
from accounts.people.registration_policy import registration_policy
from accounts.second_factor.factors import forget_factors
from accounts.single_sign_on.authorization import Person
from accounts.single_sign_on.errors import ProviderRefused, RegistrationRefused
from accounts.single_sign_on.roles import apply_roles

NAMELESS = "New person"

log = logging.getLogger(__name__)


def identity_of(person: Person) -> Identity:
    """The identity of an active account, with its `user`, whose roles follow the person's groups.

    Known by its subject; else linked by an address that the provider has verified; else new. Raises
    RegistrationRefused or a refusal of the registration policy, AccountSuspended, and
    InvalidCredentials for a closed account.
    """
    if len(person.subject) > 255 or not person.subject:
        raise ProviderRefused
    try:
        with transaction.atomic():
            identity = _known(person) or _linked(person) or _new(person)
    except IntegrityError:  # the same person came twice at once
        found = _known(person)
        if found is None:
            raise ProviderRefused from None
        identity = found
    check_not_suspended(identity.user)
    apply_roles(identity.user, person.groups)
    Identity.objects.filter(pk=identity.pk).update(last_used_at=timezone.now())
    return identity


def _known(person: Person) -> Identity | None:
    rows = Identity.objects.select_related("user")
    found: Identity | None = rows.filter(issuer=person.issuer, subject=person.subject).first()
    return found


def _linked(person: Person) -> Identity | None:
    """The account with the verified address, from now on this identity's.

    Where its address was not confirmed here, whoever opened it has not shown that it is theirs.
    Then nothing by which they could come in stays: password, second factors, sign-ins.
    """
    user = User.objects.by_email(person.email).select_for_update(no_key=True).first()
    if not person.email or user is None:
        return None
    if Identity.objects.filter(user=user, issuer=person.issuer).exists():
        log.warning("Another subject of the OpenID provider has the address of %s.", user.pk)
        raise ProviderRefused
    if user.email_verified_at is None:
        user.set_unusable_password()
        user.email_verified_at = timezone.now()
        user.save(update_fields=["password", "email_verified_at"])
        forget_factors(user)
        end_all_sign_ins(user_id=user.pk)
    record(by=None, action="identity.linked", subject=user, after={"issuer": person.issuer})
    return _identity(person, user)


def _new(person: Person) -> Identity:
    """Raises RegistrationRefused, and what the registration policy raises."""
    email = normalize_email(person.email) if person.email else ""
    if settings.OIDC_NEW_ACCOUNTS == "off":
        raise RegistrationRefused
    if settings.OIDC_NEW_ACCOUNTS == "registration":
        registration_policy().require(email=email, invite_token="")
    usable = email if email and not email_errors(email) else None
    verified_at = timezone.now() if usable else None
    user = User(name=_name(person), email=usable, email_verified_at=verified_at)
    user.set_unusable_password()
    user.save(force_insert=True)
    record(by=None, action="person.registered", subject=user, after={"issuer": person.issuer})
    return _identity(person, user)


def _identity(person: Person, user: User) -> Identity:
    return Identity.objects.create(user=user, issuer=person.issuer, subject=person.subject)


def _name(person: Person) -> str:
    for text in (person.name, person.email.partition("@")[0]):
        name = text.strip()[:MAX_LENGTH].strip()
        if name and not name_errors(name):
            return name
    return NAMELESS
