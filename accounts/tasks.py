"""Background tasks of accounts: each sends one mail.

A mail is composed when it is sent, so tokens are never stored, and what has changed meanwhile
counts: nothing is sent to a person who is suspended or erased.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from accounts.mail.address_mails import (
    account_exists_mail,
    email_changed_mail,
    new_address_mail,
    new_sign_in_mail,
    old_address_mail,
    registration_mail,
    verification_mail,
)
from accounts.mail.delivery import deliver, deliver_anyway
from accounts.mail.invite_mails import invite_mail
from accounts.mail.mails import Mail, language_of
from accounts.mail.password_mails import password_changed_mail, password_reset_mail
from accounts.models import EmailChange, Invite, PendingRegistration, SignIn, User
from chatproject.core.mail.folder import remove_old_mails

MAILS_KEPT = timedelta(days=30)  # in the folder of an installation without a mail server
# Ten tries over some eight hours, for a mail server that is down.
MAIL_RETRIES = RetryStrategy(max_attempts=10, exponential_wait=3)


@app.task(pass_context=True, retry=MAIL_RETRIES)
def send_password_reset(context: JobContext, email: str, language: str) -> None:
    """Looks the address up only here, so that the request's time tells nothing."""
    person = User.objects.active().by_email(email).first()
    send_to(context, person, password_reset_mail, language)


@app.task(pass_context=True, retry=MAIL_RETRIES)
def send_password_changed(context: JobContext, person_id: str) -> None:
    send_to(context, active_person(person_id), password_changed_mail)


@app.task(pass_context=True, retry=MAIL_RETRIES)
def send_registration(context: JobContext, email: str, language: str) -> None:
    """The link by which the account begins, or, for a taken address, that there is an account."""
    person = User.objects.by_email(email).first()
    if person is not None:
        PendingRegistration.objects.filter(email=email).delete()
        send_to(context, person if person.is_active else None, account_exists_mail, language)
    elif held := PendingRegistration.objects.filter(email=email).first():
        with translation.override(language_of(None, language)):
            deliver(registration_mail(held), number=number_of(context))


@app.task(pass_context=True, retry=MAIL_RETRIES)
def send_email_verification(context: JobContext, person_id: str, language: str) -> None:
    """Also to an address that was set aside: its person asks for it."""
    person = active_person(person_id)
    if person is not None and person.email:
        with translation.override(language_of(person, language)):
            deliver_anyway(verification_mail(person), number=number_of(context))


@app.task(pass_context=True, retry=MAIL_RETRIES)
def send_email_change(context: JobContext, link_id: str, side: str, language: str) -> None:
    """To the old address, or to the new one; who has the new one already is told so."""
    changes = EmailChange.objects.select_related("user").filter(link_id=UUID(link_id))
    change = changes.filter(user__is_active=True).first()
    if change is None:
        return
    if side == "old":
        send_to(context, change.user, lambda _: old_address_mail(change), language)
        return
    holder = User.objects.by_email(change.email).exclude(pk=change.user_id).first()
    if holder is not None:
        send_to(context, holder if holder.is_active else None, account_exists_mail)
        return
    with translation.override(language_of(change.user, language)):
        deliver(new_address_mail(change), number=number_of(context))


@app.task(pass_context=True, retry=MAIL_RETRIES)
def send_email_changed(context: JobContext, person_id: str, former: str) -> None:
    if former and (person := active_person(person_id)) is not None:
        send_to(context, person, lambda person: email_changed_mail(person, former))


@app.task(pass_context=True, retry=MAIL_RETRIES)
def send_new_sign_in(context: JobContext, sign_in_id: str) -> None:
    sign_in = SignIn.objects.select_related("user").filter(pk=UUID(sign_in_id)).first()
    if sign_in is not None and sign_in.user.is_active:
        send_to(context, sign_in.user, lambda _: new_sign_in_mail(sign_in))


@app.task(pass_context=True, retry=MAIL_RETRIES)
def send_invite(context: JobContext, invite_id: str, language: str) -> None:
    """In the language of who invites; an account with this address has another."""
    invites = Invite.objects.select_related("created_by").filter(revoked_at=None)
    invite = invites.filter(pk=UUID(invite_id), created_by__is_active=True).first()
    if invite is None or not invite.email:
        return
    holder = User.objects.by_email(invite.email).first()
    with translation.override(language_of(holder, language)):
        deliver(invite_mail(invite), number=number_of(context))


@app.periodic(cron="37 4 * * *")
@app.task(queueing_lock="prune_links")
def prune_links(timestamp: int) -> None:
    """Forgets registrations whose links have expired, and invites that ended long ago."""
    # They defer tasks of this module.
    from accounts.people import invites, registrations  # noqa: PLC0415

    registrations.prune_registrations()
    invites.prune_invites()


@app.periodic(cron="47 4 * * *")
@app.task(queueing_lock="prune_mail_folder")
def prune_mail_folder(timestamp: int) -> None:
    """Mails in the folder of an installation without a mail server are kept for 30 days."""
    if settings.EMAIL_FILE_PATH:
        remove_old_mails(Path(settings.EMAIL_FILE_PATH), before=timezone.now() - MAILS_KEPT)


def active_person(person_id: str) -> User | None:
    person: User | None = User.objects.active().filter(pk=UUID(person_id)).first()
    return person


def send_to(
    context: JobContext,
    person: User | None,
    compose: Callable[[User], Mail | None],
    fallback_language: str = "",
) -> None:
    """Sends what `compose` makes, if anything, in the person's language; nothing to nobody."""
    if person is None or not person.email:
        return
    with translation.override(language_of(person, fallback_language)):
        mail = compose(person)
        if mail is not None:
            deliver(mail, number=number_of(context))


def number_of(context: JobContext) -> str:
    """Names the mail of this job, the same for each try."""
    number = str(context.job.id)
    return f"{number}.{salted_hmac('accounts.tasks', number).hexdigest()[:20]}"
