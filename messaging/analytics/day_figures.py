"""Keeps a row of figures for each of the last whole days, made once at night.

The messages of a day are found by a range of ids, since an id starts with its time.
"""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Sum

from attachments.models import Attachment
from chatproject.core.db.statements import fetch, statement
from messaging.analytics.facts import RESPONSE_WINDOW
from messaging.analytics.models import DayFigure

DAYS = 14
KEPT = timedelta(days=400)

FIGURES = statement(
    """
    WITH m AS MATERIALIZED (
        SELECT m.conversation_id, m.seq, m.sender_id, m.created_at FROM messaging_message m
        WHERE m.id >= %(low)s AND m.id < %(high)s AND m.kind <> 'system')
    SELECT (SELECT count(*) FROM m),
           (SELECT count(DISTINCT m.sender_id) FROM m
            JOIN accounts_user u ON u.id = m.sender_id AND NOT u.is_bot),
           (SELECT percentile_cont(0.5) WITHIN GROUP (
                ORDER BY extract(epoch FROM t.created_at - t.before_at)::float)
            FROM (SELECT m.*, lag(m.sender_id) OVER before AS before_id,
                         lag(m.created_at) OVER before AS before_at
                  FROM m WINDOW before AS (PARTITION BY m.conversation_id ORDER BY m.seq)) t
            JOIN conversations_conversation c ON c.id = t.conversation_id
            WHERE t.sender_id <> t.before_id AND c.kind IN ('direct', 'group')
              AND t.created_at - t.before_at <= {window})
    """,
    window=RESPONSE_WINDOW,
)


def note_day_figures() -> list[date]:
    """Makes the rows that are missing of the last DAYS whole days; returns their days."""
    today = datetime.now(UTC).date()
    wanted = [today - timedelta(days=back) for back in range(1, DAYS + 1)]
    known = set(DayFigure.objects.filter(day__in=wanted).values_list("day", flat=True))
    missing = sorted(set(wanted) - known)
    for day in missing:
        DayFigure.objects.update_or_create(day=day, defaults=_figures(day))
    DayFigure.objects.filter(day__lt=today - KEPT).delete()
    return missing


def last_days() -> list[DayFigure]:
    """Of the last DAYS whole days those that there are, the oldest first."""
    today = datetime.now(UTC).date()
    return list(DayFigure.objects.filter(day__gte=today - timedelta(days=DAYS), day__lt=today))


def _figures(day: date) -> dict[str, float | None]:
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = begin + timedelta(days=1)
    low, high = (UUID(int=int(at.timestamp() * 1000) << 80) for at in (begin, end))
    messages, wrote, response = fetch(FIGURES, {"low": low, "high": high})[0]
    sent = Attachment.objects.filter(seq__isnull=False, created_at__gte=begin, created_at__lt=end)
    files = sent.aggregate(files=Count("pk"), file_bytes=Sum("size"))
    return {
        "messages": messages,
        "wrote": wrote,
        "response_seconds": response,
        "files": files["files"],
        "file_bytes": files["file_bytes"] or 0,
    }
