"""Mails as texts and one link, rendered as plain text and as HTML.

Both forms are made of the same sentences by the two templates in `templates/mail/`. They load
nothing from anywhere, and no link in them says who followed it beyond what it is for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from typing import NamedTuple

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from accounts.models import User


class Link(NamedTuple):
    label: str
    url: str


class Item(NamedTuple):
    """One entry of a list, such as a missed message."""

    title: str
    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """`reason` says why one gets it. Mail programs offer the URL of `unsubscribe` (RFC 8058)."""

    to: str
    subject: str
    paragraphs: Sequence[str]
    reason: str
    link: Link | None = None
    items: Sequence[Item] = ()
    afterwards: Sequence[str] = ()  # paragraphs below the link
    unsubscribe: str = ""


def language_of(person: User | None, fallback: str = "") -> str:
    """The person's choice, else the language of the page from which the mail was asked for."""
    known = {code for code, _ in settings.LANGUAGES}
    chosen = (person.language if person else "") or fallback
    return chosen if chosen in known else settings.LANGUAGE_CODE


def absolute_url(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"


def render(mail: Mail, *, number: str) -> EmailMultiAlternatives:
    """The message as it is sent, in the active language.

    `number` names the mail: a second try has the same Message-ID, so that a mail program shows one.
    """
    context = {
        "mail": mail,
        "host": settings.PUBLIC_URL,
        "language": translation.get_language() or settings.LANGUAGE_CODE,
    }
    message = EmailMultiAlternatives(
        subject=" ".join(mail.subject.split()),
        body=render_to_string("mail/mail.txt", context),
        to=[mail.to],
        headers=_headers(mail, number),
    )
    message.attach_alternative(render_to_string("mail/mail.html", context), "text/html")
    return message


def _headers(mail: Mail, number: str) -> dict[str, str]:
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    headers = {
        "Message-ID": f"<{number}@{host}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if mail.unsubscribe:
        headers["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
