"""Whether unread counts, inboxes and the search are right, on a sample from a random place on."""

import random
from collections.abc import Iterator
from itertools import islice
from uuid import UUID

from django.conf import settings

from chatproject.core.db.statements import fetch
from chatproject.management.doctor import database
from chatproject.management.doctor.findings import Check, Finding, failed, ok, warning
from conversations.models import Conversation
from messaging.inbox.integrity import check_entries
from messaging.maintenance.integrity_check.heads import check_heads
from messaging.maintenance.integrity_check.periods import check_periods
from messaging.reads.inbox.sources import IS_FRESH
from messaging.search.integrity import check_conversations
from messaging.search.lag_gauges import read_changes

MESSAGES = 20_000  # looked at in the search, about
BEHIND_WARNING = 1_000  # changes that the index lacks


def checks() -> list[Check]:
    return [
        Check("unread", check_unread, "Run manage.py check_unread.", needs=database.NAME),
        Check("inbox", check_inbox, "Run manage.py check_inbox.", needs=database.NAME),
        Check("search", check_search, "Run manage.py check_search.", needs=database.NAME),
    ]


def check_unread() -> Iterator[Finding]:
    """A batch of conversations, and one of memberships."""
    after = _somewhere()
    batches = [*islice(check_heads(after), 1), *islice(check_periods(after), 1)]
    looked_at = sum(batch.looked_at for batch in batches)
    differences = sum(len(batch.differences) for batch in batches)
    if differences:
        remedy = "Run manage.py check_unread, which names them; with --fix it repairs."
        yield failed("unread", f"{differences} of {looked_at} counters are wrong.", remedy)
    else:
        yield ok("unread", f"{looked_at} counters are right.")


def check_inbox() -> Iterator[Finding]:
    """A batch of people, where inboxes are read by entries."""
    if settings.INBOX != "entries":
        yield ok("inbox", "Inboxes are read by counters.")
        return
    batches = list(islice(check_entries(), 1))
    differences = sum(len(batch.differences) for batch in batches)
    if differences:
        remedy = "Run manage.py check_inbox, which names them; with --fix it mends them."
        yield failed("inbox", f"{differences} entries of inboxes are wrong.", remedy)
    elif not fetch(IS_FRESH, {}):
        remedy = "Is manage.py relay running? The server starts one; its log says why not."
        yield warning("inbox", "Nobody writes entries now; inboxes are read by counters.", remedy)
    else:
        looked_at = sum(batch.entries for batch in batches)
        yield ok("inbox", f"{looked_at} entries of inboxes are right.")


def check_search() -> Iterator[Finding]:
    messages = differences = old = 0
    for checked in check_conversations(_somewhere()):
        messages += checked.messages
        differences += len(checked.differences)
        old += checked.is_old
        if messages >= MESSAGES:
            break
    where = "the search server" if settings.SEARCH_URL else "PostgreSQL"
    if differences:
        remedy = "Run manage.py check_search, which names them, and manage.py rebuild_search."
        yield failed("search", f"{differences} of {messages} entries are wrong.", remedy)
    elif old:
        remedy = "Run manage.py rebuild_search; it can run beside the system in use."
        yield warning("search", f"{old} conversations are of a former version.", remedy)
    else:
        yield ok("search", f"{messages} entries in {where} are right.")
    behind = int(read_changes()[()])
    if behind >= BEHIND_WARNING:
        remedy = "It catches up by itself; if it does not, the server's log says why."
        yield warning("search's lag", f"{behind} changes are not found yet.", remedy)
    else:
        yield ok("search's lag", f"{behind} changes are not found yet.")


def _somewhere() -> UUID:
    """A place among the ids of the conversations, so that the next look is at others."""
    ids = Conversation.objects.values_list("pk", flat=True)
    first, last = ids.order_by("pk").first(), ids.order_by("-pk").first()
    if first is None or last is None:
        return UUID(int=0)
    # Two thirds of the way at most, so that there is something behind it.
    span = (last.int - first.int) * 2 // 3
    return UUID(int=max(0, first.int - 1 + random.randint(0, span)))  # noqa: S311 (no secret)
