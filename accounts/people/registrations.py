"""Registrations that wait for their person to follow the link of a mail."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import LinkNotValid
from accounts.mail.tokens import read_signed
from accounts.models import PendingRegistration, User
from accounts.people.invites import claim_invite
from accounts.tasks import send_registration
from chatproject.core.task_queue import defer


def hold_registration(person: User, *, language: str, invite_token: str = "") -> None:
    """Keeps the unsaved person until the address is confirmed, and has the mail sent.

    The same work for a taken address: the task looks whether it is.
    """
    held = PendingRegistration(
        email=str(person.email),
        name=person.name,
        password=person.password,
        invite_token=invite_token,
    )
    with transaction.atomic():
        PendingRegistration.objects.bulk_create(
            [held],
            update_conflicts=True,
            unique_fields=["email"],
            update_fields=["link_id", "name", "password", "invite_token", "created_at"],
        )
        defer(send_registration, email=held.email, language=language)


def confirm_registration(token: str) -> User | None:
    """The person whose account begins now; None where the token is no link of a registration.

    Raises LinkNotValid for one that was used, replaced or is too old, InviteNotValid where the
    invite was used up meanwhile.
    """
    lasts = timedelta(seconds=settings.EMAIL_LINK_SECONDS)
    given = read_signed("registration", token, lasts=lasts)
    if given is None:
        return None
    with transaction.atomic():
        waiting = PendingRegistration.objects.select_for_update().filter(link_id=UUID(given))
        held = waiting.first()
        if held is None or User.objects.by_email(held.email).exists():
            raise LinkNotValid
        person = User(name=held.name, email=held.email, password=held.password)
        person.email_verified_at = timezone.now()
        try:
            with transaction.atomic():
                person.save(force_insert=True)
                if held.invite_token:
                    claim_invite(token=held.invite_token, user_id=person.pk)
        except IntegrityError:  # the address was registered by another way meanwhile
            raise LinkNotValid from None
        held.delete()
    return person


def prune_registrations() -> int:
    """Deletes those whose links have expired; returns how many."""
    before = timezone.now() - timedelta(seconds=settings.EMAIL_LINK_SECONDS)
    return PendingRegistration.objects.filter(created_at__lt=before).delete()[0]
