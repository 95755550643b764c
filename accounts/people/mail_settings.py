"""Which mails a person gets beside those that their account needs, and when none."""

from datetime import time
from uuid import UUID

from django.utils import timezone

from accounts.errors import LinkNotValid
from accounts.mail.tokens import read_signed
from accounts.models import User
from chatproject.core.errors import InvalidInput


def set_mail_settings(
    *, user: User, digest: str, quiet_from: time | None, quiet_until: time | None
) -> User:
    """Sets how often digests come, and the hours without any; both ends of these, or none.

    A digest that is chosen tells what comes from then on. Raises InvalidInput.
    """
    if digest not in User.Digest.values:
        raise InvalidInput.of("digest", "It must be one of the choices.", "unknown_choice")
    if (quiet_from is None) != (quiet_until is None):
        missing = "quiet_until" if quiet_until is None else "quiet_from"
        raise InvalidInput.of(missing, "Quiet hours need a beginning and an end.", "required")
    if user.digest == User.Digest.OFF != digest:
        user.digest_sent_at = timezone.now()
    user.digest, user.quiet_from, user.quiet_until = digest, quiet_from, quiet_until
    user.save(update_fields=["digest", "digest_sent_at", "quiet_from", "quiet_until"])
    return user


def unsubscribe(token: str) -> None:
    """Ends the digests of the person whom the link was sent to; may be repeated.

    Raises LinkNotValid.
    """
    person_id = read_signed("unsubscribe", token)
    if person_id is None:
        raise LinkNotValid
    User.objects.filter(pk=UUID(person_id)).update(digest=User.Digest.OFF)
