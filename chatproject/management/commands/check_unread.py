"""`manage.py check_unread`: proves the counters against the rows."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.db import transaction

from chatproject.core.progress import Progress
from chatproject.management.operating.command import EXIT_CODES, OperatorCommand, Outcome
from conversations.models import Conversation, Participant
from messaging.maintenance.integrity_check.batches import Batch
from messaging.maintenance.integrity_check.differences import Difference
from messaging.maintenance.integrity_check.heads import check_heads
from messaging.maintenance.integrity_check.periods import check_periods
from messaging.maintenance.integrity_check.polls import check_polls
from messaging.maintenance.integrity_check.threads import check_followers, check_threads
from messaging.maintenance.repairs import repair_counters
from messaging.models import PollVote, Thread, ThreadFollower

HELP = """
Counts what is unread for every membership, message by message, and compares it
with what the inbox computes from counters and pointers. Looks at the counters
themselves, too: heads against logs, pointers against their ranges, votes
against their polls.

  manage.py check_unread                   says what differs
  manage.py check_unread --fix             repairs what can be repaired, and looks again
  manage.py check_unread --fix --dry-run   is the same as without --fix

It reads in batches and can run beside the system in use. A message that is
missing from a log cannot be repaired, nor can votes that their poll cannot have.
"""

SHOWN = 100  # differences printed; --json has them all


class Command(OperatorCommand):
    help = HELP + EXIT_CODES

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fix", action="store_true", help="repair what can be repaired")

    def work(self, options: dict[str, Any], progress: Progress) -> Outcome:
        looked_at, found = _look(progress)
        repaired: list[Difference] = []
        if options["fix"] and found and not options["dry_run"]:
            self._repair(found)
            _, left = _look(progress)
            repaired = [it for it in found if not _is_among(it, left)]
            found = left
        report = {
            **looked_at,
            "differences": [it.as_json() for it in found],
            "repaired": [it.as_json() for it in repaired],
        }
        return Outcome(report, _text(report), f"{len(found)} differences" if found else "")

    def _repair(self, found: list[Difference]) -> None:
        with transaction.atomic():
            self.record("counters.repaired", after={"differences": len(found)})
        repair_counters(conversation_ids={it.conversation_id for it in found})


def _look(progress: Progress) -> tuple[dict[str, int], list[Difference]]:
    looked_at = {"conversations": 0, "memberships": 0, "threads": 0, "followers": 0, "polls": 0}
    found: list[Difference] = []
    for what, batch in _batches(progress):
        looked_at[what] += batch.looked_at
        found += batch.differences
        progress.advance(batch.looked_at)
    return looked_at, found


def _batches(progress: Progress) -> Iterator[tuple[str, Batch]]:
    progress.begin("Conversations", Conversation.objects.count())
    yield from (("conversations", batch) for batch in check_heads())
    progress.begin("Memberships", Participant.objects.open().count())
    yield from (("memberships", batch) for batch in check_periods())
    progress.begin("Threads", Thread.objects.count())
    yield from (("threads", batch) for batch in check_threads())
    progress.begin("Followers of threads", ThreadFollower.objects.filter(is_following=True).count())
    yield from (("followers", batch) for batch in check_followers())
    progress.begin("Polls", PollVote.objects.values("conversation", "seq").distinct().count())
    yield from (("polls", batch) for batch in check_polls())


def _is_among(one: Difference, others: list[Difference]) -> bool:
    return any(one[:3] == other[:3] for other in others)


def _text(report: dict[str, Any]) -> str:
    looked_at = ("conversations", "memberships", "threads", "followers", "polls")
    lines = [f"{', '.join(f'{report[what]} {what}' for what in looked_at)}."]
    for name in ("repaired", "differences"):
        lines += [_line(name, it) for it in report[name][:SHOWN]]
        if len(report[name]) > SHOWN:
            lines.append(f"… and {len(report[name]) - SHOWN} more {name}.")
    if not report["differences"]:
        lines.append("All counters are right.")
    return "\n".join(lines)


def _line(name: str, it: dict[str, Any]) -> str:
    whose = f" of {it['userId']}" if it["userId"] else ""
    mark = "repaired" if name == "repaired" else "differs"
    return (
        f"{mark}: {it['what']}{whose} in {it['conversationId']}: "
        f"{it['stored']} stored, {it['actual']} actual"
    )
