"""Confirms a person's address by a link, and changes it with links to the old and the new one."""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.auth.client_address import Client
from accounts.auth.passwords import is_right_password
from accounts.auth.rate_limits import count_attempt
from accounts.email_addresses import email_errors, normalize_email
from accounts.errors import LinkNotValid, WrongPassword
from accounts.events import announce_state
from accounts.mail.tokens import read_signed
from accounts.models import EmailChange, User
from accounts.tasks import send_email_change, send_email_changed, send_email_verification
from chatproject.core.errors import InvalidInput
from chatproject.core.task_queue import defer


class Confirmed(StrEnum):
    """What following a link has done."""

    VERIFIED = "verified"
    WAITING = "waiting"  # for the link to the other address
    CHANGED = "changed"


def ask_to_verify(*, user: User, client: Client, language: str = "") -> None:
    """Has a link sent to the person's address, also to one that was set aside.

    Raises RateLimited. Must run outside of a transaction.
    """
    count_attempt(what="email-link", account=str(user.pk), address=client.address)
    defer(send_email_verification, person_id=str(user.pk), language=language)


def change_email(
    *, user: User, email: str, password: str, client: Client, language: str = ""
) -> EmailChange:
    """Has links sent to the new and the old address; the change comes when both were followed.

    An old address that was set aside is not asked. The answer is the same for an address that is
    somebody's, who is told by mail. Raises RateLimited, WrongPassword, InvalidInput. Must run
    outside of a transaction.
    """
    count_attempt(what="password", account=str(user.pk), address=client.address)
    count_attempt(what="email-link", account=str(user.pk), address=client.address)
    if not is_right_password(user, password):
        raise WrongPassword
    email = normalize_email(email)
    wrong = email_errors(email)
    if not wrong and email == user.email:
        raise InvalidInput.of("email", "This is your address already.", "unchanged")
    if wrong:
        raise InvalidInput(errors=wrong)
    change = EmailChange(user=user, email=email)
    if not _reads_mail(user):
        change.old_confirmed_at = change.created_at
    with transaction.atomic():
        EmailChange.objects.bulk_create(
            [change],
            update_conflicts=True,
            unique_fields=["user"],
            update_fields=[
                "link_id",
                "email",
                "created_at",
                "old_confirmed_at",
                "new_confirmed_at",
            ],
        )
        for side in ("old", "new"):
            defer(send_email_change, link_id=str(change.link_id), side=side, language=language)
    return change


def cancel_email_change(*, user_id: UUID) -> None:
    EmailChange.objects.filter(user=user_id).delete()


def pending_change(user_id: UUID) -> EmailChange | None:
    """The change that waits for links to be followed, while they work."""
    after = timezone.now() - _lasts()
    return EmailChange.objects.filter(user=user_id, created_at__gte=after).first()


def confirm_email(token: str) -> Confirmed:
    """Does what the link of the mail is for. Raises LinkNotValid."""
    if (verified := read_signed("verification", token, lasts=_lasts())) is not None:
        return _verify(UUID(verified[0]), verified[1])
    if (confirmed := read_signed("email-change", token, lasts=_lasts())) is not None:
        return _confirm_change(UUID(confirmed[0]), is_new=confirmed[1] == "new")
    raise LinkNotValid


def _verify(user_id: UUID, email: str) -> Confirmed:
    """May be repeated; an address that the person no longer has is nobody's to confirm."""
    people = User.objects.active().filter(pk=user_id, email=email)
    if not people.update(email_verified_at=timezone.now(), email_bounced_at=None):
        raise LinkNotValid
    announce_state(user_id, "profile")
    return Confirmed.VERIFIED


@transaction.atomic
def _confirm_change(link_id: UUID, *, is_new: bool) -> Confirmed:
    change = EmailChange.objects.select_for_update().filter(link_id=link_id).first()
    if change is None or change.user.deactivated_at or not change.user.is_active:
        raise LinkNotValid
    if is_new:
        change.new_confirmed_at = timezone.now()
    else:
        change.old_confirmed_at = timezone.now()
    if change.old_confirmed_at is None or change.new_confirmed_at is None:
        change.save()
        return Confirmed.WAITING
    _finish(change)
    return Confirmed.CHANGED


def _finish(change: EmailChange) -> None:
    """Raises LinkNotValid when the address became somebody else's meanwhile."""
    people = User.objects.filter(pk=change.user_id)
    person = people.select_for_update(no_key=True).get()
    former = str(person.email)
    if User.objects.by_email(change.email).exclude(pk=person.pk).exists():
        raise LinkNotValid
    try:
        with transaction.atomic():
            people.update(
                email=change.email, email_verified_at=timezone.now(), email_bounced_at=None
            )
    except IntegrityError:
        raise LinkNotValid from None
    change.delete()
    defer(send_email_changed, person_id=str(person.pk), former=former)
    announce_state(person.pk, "profile")


def _reads_mail(user: User) -> bool:
    return bool(user.email) and user.email_bounced_at is None


def _lasts() -> timedelta:
    return timedelta(seconds=settings.EMAIL_LINK_SECONDS)
