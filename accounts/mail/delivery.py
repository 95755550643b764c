"""Hands mails to the mail server, and sets addresses aside that it refuses for good.

Only tasks call it (accounts/tasks.py): they try again when the server is away.
"""

import logging
import re
from smtplib import SMTPRecipientsRefused

from django.db.models.functions import Now

from accounts.mail.mails import Mail, render
from accounts.models import User

logger = logging.getLogger(__name__)

PERMANENT = range(500, 600)
# Policies and missing rights (RFC 3463, x.7.x) are about us, not about the address.
POLICY = re.compile(r"^\s*5\.7\.")


def deliver(mail: Mail, *, number: str) -> None:
    """Sends the mail; does nothing when its address was set aside.

    `number` is the same for each try. Raises what the mail server's client raises, but for an
    address that is refused for good: that one is set aside.
    """
    if is_set_aside(mail.to):
        return
    deliver_anyway(mail, number=number)


def deliver_anyway(mail: Mail, *, number: str) -> None:
    """The same, to an address that was set aside too: its person wants to confirm it anew."""
    try:
        render(mail, number=number).send()
    except SMTPRecipientsRefused as refusal:
        if not _is_permanent(refusal):
            raise
        set_aside(mail.to)


def is_set_aside(address: str) -> bool:
    found: bool = User.objects.by_email(address).exclude(email_bounced_at=None).exists()
    return found


def set_aside(address: str) -> None:
    """Sends nothing more to the address, until its person confirms it anew."""
    people = User.objects.by_email(address).filter(email_bounced_at=None)
    for person_id in people.values_list("pk", flat=True):
        logger.warning("mail to person %s is refused for good; the address is set aside", person_id)
    people.update(email_bounced_at=Now(), email_verified_at=None)


def _is_permanent(refusal: SMTPRecipientsRefused) -> bool:
    """Every mail here has one recipient."""
    (code, reply), *_ = refusal.recipients.values()
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply)
    return code in PERMANENT and POLICY.match(text) is None
