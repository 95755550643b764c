"""Creates the first operator of an installation, by a link that the server prints."""

from datetime import timedelta
from urllib.parse import urlencode

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.audit.audit_log import record
from accounts.auth.client_address import Client
from accounts.auth.passwords import password_errors
from accounts.auth.rate_limits import count_attempt
from accounts.email_addresses import email_errors, email_taken, normalize_email
from accounts.errors import LinkNotValid
from accounts.mail.mails import absolute_url
from accounts.mail.tokens import read_signed, signed
from accounts.models import User
from accounts.people.names import name_errors
from chatproject.core.errors import InvalidInput

LASTS = timedelta(days=1)
_PURPOSE = "first-operator"
# Of two who follow the link at once the second finds the first: a lock of the transaction, by a
# number that nothing else uses.
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(7310544)"


def first_operator_url() -> str | None:
    """The link, good for a day; None where there is somebody who runs the installation."""
    if _has_operator():
        return None
    token = urlencode({"token": signed(_PURPOSE, "")})
    return absolute_url(f"{reverse('first-operator')}?{token}")


def is_first_operator_token(token: str) -> bool:
    return read_signed(_PURPOSE, token, lasts=LASTS) is not None and not _has_operator()


def set_up_first_operator(
    *, token: str, name: str, email: str, password: str, client: Client
) -> User:
    """Makes the person an administrator of the installation; the link works for nobody after that.

    Whoever reads the server's output answers for the address. Raises RateLimited, LinkNotValid,
    InvalidInput. Must run outside of a transaction, so that the rate limit's count is kept.
    """
    count_attempt(what="emailed-link", account="", address=client.address)
    if not is_first_operator_token(token):
        raise LinkNotValid
    person = User(name=name.strip(), email=normalize_email(email))
    wrong = [
        *name_errors(person.name),
        *email_errors(str(person.email)),
        *password_errors(password, person),
    ]
    if wrong:
        raise InvalidInput(errors=wrong)
    person.set_password(password)
    person.is_staff = person.is_superuser = True
    person.email_verified_at = timezone.now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_ONE_AT_A_TIME)
        if not is_first_operator_token(token):
            raise LinkNotValid
        if User.objects.by_email(str(person.email)).exists():
            raise InvalidInput(errors=[email_taken()])
        person.save(force_insert=True)
        record(by=person, action="operator.set_up", subject=person)
    return person


def _has_operator() -> bool:
    found: bool = User.objects.filter(is_staff=True, deactivated_at=None).exists()
    return found
