"""Background tasks of accounts: each sends one mail.

A mail is composed when it is sent, so tokens are never stored, and what has changed meanwhile
counts: nothing is sent to a person who is suspended or erased.
"""

from collections.abc import Callable
from uuid import UUID

from django.utils import translation
from django.utils.crypto import salted_hmac
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from accounts.mail.delivery import deliver
from accounts.mail.mails import Mail, language_of
from accounts.mail.password_mails import password_changed_mail, password_reset_mail
from accounts.models import User

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


def active_person(person_id: str) -> User | None:
    person: User | None = User.objects.active().filter(pk=UUID(person_id)).first()
    return person


def send_to(
    context: JobContext,
    person: User | None,
    compose: Callable[[User], Mail],
    fallback_language: str = "",
) -> None:
    """Sends what `compose` makes, in the person's language; nothing to nobody."""
    if person is None or not person.email:
        return
    with translation.override(language_of(person, fallback_language)):
        deliver(compose(person), number=number_of(context))


def number_of(context: JobContext) -> str:
    """Names the mail of this job, the same for each try."""
    number = str(context.job.id)
    return f"{number}.{salted_hmac('accounts.tasks', number).hexdigest()[:20]}"
