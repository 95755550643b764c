"""Resets a forgotten password, by a link in a mail that works once."""

from django.db import transaction
from django.utils import timezone

from accounts.auth.client_address import Client
from accounts.auth.passwords import password_errors
from accounts.auth.rate_limits import AccountLimited, count_attempt
from accounts.auth.sign_ins import end_all_sign_ins
from accounts.email_addresses import email_errors, normalize_email
from accounts.errors import LinkNotValid
from accounts.mail.tokens import is_password_reset_token, person_id_of_reset_token
from accounts.models import User
from accounts.people.email_changes import cancel_email_change
from accounts.tasks import send_password_changed, send_password_reset
from chatproject.core.errors import InvalidInput
from chatproject.core.task_queue import defer


def request_password_reset(*, email: str, client: Client, language: str = "") -> None:
    """Has a link sent to the address, if it is somebody's; does the same work if it is nobody's.

    `language` is that of who asks, for a person who has chosen none. Raises RateLimited for the
    address that asks. Over the limit of the account nothing is sent, and nothing is said: the links
    of the mails before still work. Raises InvalidInput for what is no address. Must run outside of
    a transaction.
    """
    account = normalize_email(email)
    if wrong := email_errors(account):
        raise InvalidInput(errors=wrong)
    try:
        count_attempt(what="password-reset", account=account, address=client.address)
    except AccountLimited:
        return
    defer(send_password_reset, email=account, language=language)


def reset_password(*, token: str, password: str, client: Client) -> User:
    """Sets the password and ends all sign-ins of the person, to whom it is told by mail.

    Raises RateLimited, LinkNotValid, InvalidInput for a password that is too weak. Of two at once
    one wins. Must run outside of a transaction, so that the rate limit's count is kept.
    """
    count_attempt(what="emailed-link", account="", address=client.address)
    people = User.objects.active().filter(pk=person_id_of_reset_token(token))
    person: User | None = people.first()
    if person is None or not is_password_reset_token(person, token):
        raise LinkNotValid
    if wrong := password_errors(password, person):
        raise InvalidInput(errors=wrong)
    with transaction.atomic():
        locked: User | None = people.select_for_update(no_key=True).first()
        if locked is None or not is_password_reset_token(locked, token):
            raise LinkNotValid
        end_all_sign_ins(user_id=locked.pk)
        locked.set_password(password)
        locked.save(update_fields=["password"])
        # Whoever came by the link reads this address.
        verified_at = locked.email_verified_at or timezone.now()
        people.update(email_bounced_at=None, email_verified_at=verified_at)
        cancel_email_change(user_id=locked.pk)
        defer(send_password_changed, person_id=str(locked.pk))
    return locked
