"""Digests: mails about missed mentions and direct messages, for those who are away and want them.

Every quarter of an hour a task looks who is due, and claims each person by one update: of two
workers one sends, and a mail covers what came after the one before.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.mail.mails import Item, Link, Mail, absolute_url
from accounts.mail.tokens import signed
from accounts.models import User
from chatproject.core.times import zone_of
from messaging.reads.missed import Missed, has_missed, missed_since

Digest = User.Digest

INTERVALS = {
    Digest.HOURLY: timedelta(hours=1),
    Digest.DAILY: timedelta(days=1),
    Digest.WEEKLY: timedelta(days=7),
}
# Whoever was there a moment ago sees it by themselves; presence is stored every five minutes.
AWAY = timedelta(minutes=15)


def claim_digests(defer: Callable[[UUID, datetime], object]) -> int:
    """Defers a digest for each who is due and has missed something; returns how many.

    `defer` is called in the transaction of the claim, with the person's id and the time since when.
    """
    claimed = 0
    now = timezone.now()
    for person in _due(now):
        since = person.digest_sent_at or person.created_at
        if is_quiet(person, now) or not has_missed(person.pk, since=since):
            continue
        with transaction.atomic():
            unclaimed = User.objects.filter(pk=person.pk, digest_sent_at=person.digest_sent_at)
            if unclaimed.update(digest_sent_at=now):
                defer(person.pk, since)
                claimed += 1
    return claimed


def is_quiet(person: User, now: datetime) -> bool:
    """Whether it is in the person's quiet hours, in their time zone; these may pass midnight."""
    begin, end = person.quiet_from, person.quiet_until
    if begin is None or end is None or begin == end:
        return False
    local: time = now.astimezone(zone_of(person.time_zone)).time()
    return begin <= local < end if begin < end else local >= begin or local < end


def digest_mail(person: User, *, since: datetime) -> Mail | None:
    """What is still unread of what came since; None where that is nothing any more."""
    missed = missed_since(person.pk, since=since)
    if not missed:
        return None
    total = sum(each.number for each in missed)
    subject = ngettext("You missed %(count)s message", "You missed %(count)s messages", total)
    return Mail(
        to=str(person.email),
        subject=subject % {"count": total},
        paragraphs=[
            _("Hello %(name)s,") % {"name": person.name},
            _("this was written to you while you were away:"),
        ],
        items=[_item(each) for each in missed],
        link=Link(_("Open the chat"), absolute_url(reverse("index"))),
        reason=_("You get this mail because you chose it in your settings."),
        unsubscribe=unsubscribe_url(person),
    )


def unsubscribe_url(person: User) -> str:
    """Works without a sign-in and for ever, as mails are kept."""
    token = urlencode({"token": signed("unsubscribe", str(person.pk))})
    return absolute_url(f"{reverse('unsubscribe')}?{token}")


def _due(now: datetime) -> Iterator[User]:
    """People with a digest, a confirmed address that takes mail, and a time that has come."""
    for digest, interval in INTERVALS.items():
        people = User.objects.active().filter(
            Q(digest_sent_at=None) | Q(digest_sent_at__lte=now - interval),
            Q(last_seen=None) | Q(last_seen__at__lt=now - AWAY),
            digest=digest,
            email__isnull=False,
            email_verified_at__isnull=False,
            email_bounced_at=None,
        )
        yield from people.order_by("id").iterator(chunk_size=500)


def _item(missed: Missed) -> Item:
    url = absolute_url(reverse("chat-message", args=[missed.conversation_id, missed.seq]))
    if missed.is_direct:
        text = ngettext("%(count)s new message", "%(count)s new messages", missed.number)
    else:
        text = ngettext("%(count)s mention", "%(count)s mentions", missed.number)
    preview = missed.preview or _("A file")
    return Item(
        f"{missed.name} · {text % {'count': missed.number}}", f"{missed.sender}: {preview}", url
    )
