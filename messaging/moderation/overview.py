"""Figures for the first page of the admin, each at a bounded cost.

The messages of a day are counted by a range of ids, up to COUNTED: an id starts with its time.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.core.cache import cache
from django.db import connection
from django.db.models import Count, Min, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.models import SignIn
from attachments.models import Attachment
from chatproject.core.db.distributed.distribution import is_distributed
from messaging.analytics.day_figures import last_days
from messaging.moderation.models import Report

DAYS = 14
COUNTED = 20_000  # messages of one day; a busier day is shown as "20,000 or more"
KEPT_SECONDS = 30

_SIZE = "SELECT pg_database_size(current_database())"
_SIZE_OF_ALL_NODES = "SELECT sum(result::bigint)::bigint FROM run_command_on_all_nodes(%s)"

T = TypeVar("T")


class Bar(NamedTuple):
    """One day of a chart; `y` and `height` are coordinates in a chart of height HEIGHT."""

    label: str
    value: int
    x: int
    y: float
    height: float


HEIGHT, STEP = 40, 10


def moderator_figures() -> dict[str, Any]:
    """`today`, `active`, `open_reports`, `oldest_report` and the bars of the last DAYS days."""
    return _kept("moderator", _moderator_figures)


def operator_figures() -> dict[str, Any]:
    """`files` and `database` in bytes, `failed_tasks` (None where there is no task queue)."""
    return _kept("operator", _operator_figures)


def _kept(name: str, make: Callable[[], T]) -> T:
    """Cached for KEPT_SECONDS, so that reloading the page does not load the database."""
    found: T = cache.get_or_set(f"overview.{name}", make, KEPT_SECONDS)  # type: ignore[assignment]
    return found


def _moderator_figures() -> dict[str, Any]:
    unsettled = Report.objects.unsettled()
    messages = [(day, _messages_of(day)) for day in _days()]
    return {
        "today": messages[-1][1],
        "is_capped": messages[-1][1] >= COUNTED,
        "active": _active_in(days=1),
        "active_in_week": _active_in(days=7),
        "active_in_month": _active_in(days=30),
        **_day_figures(),
        "open_reports": unsettled.count(),
        "oldest_report": unsettled.aggregate(first=Min("created_at"))["first"],
        "message_bars": bars(messages),
        "report_bars": bars(_reports_by_day()),
    }


def _active_in(*, days: int) -> int:
    """People whose sign-in was used in the last so many days."""
    used = SignIn.objects.filter(last_used_at__gte=timezone.now() - timedelta(days=days))
    return used.values("user").distinct().count()


def _day_figures() -> dict[str, Any]:
    """Of the days that are over, as they were noted at night: what the last of them came to, and
    the bars of all. `response` is None where nobody answered anybody."""
    found = {figure.day: figure for figure in last_days()}
    days = [at - timedelta(1) for at in _days()]
    last = found.get(days[-1].date())

    def bars_of(name: str) -> list[Bar]:
        values = [(day, getattr(found.get(day.date()), name, None) or 0) for day in days]
        return bars([(day, round(value)) for day, value in values])

    response = last.response_seconds if last else None
    return {
        "yesterday": last,
        "response": None if response is None else timedelta(seconds=round(response)),
        "wrote_bars": bars_of("wrote"),
        "response_bars": bars_of("response_seconds"),
        "file_bars": bars_of("files"),
    }


def _operator_figures() -> dict[str, Any]:
    with connection.cursor() as cursor:
        if is_distributed():
            cursor.execute(_SIZE_OF_ALL_NODES, [_SIZE])
        else:
            cursor.execute(_SIZE)
        database: int = cursor.fetchone()[0]
    files = Attachment.objects.aggregate(bytes=Sum("size"))["bytes"] or 0
    return {"files": files, "database": database, "failed_tasks": _failed_tasks()}


def _days() -> list[datetime]:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return [today - timedelta(days=back) for back in reversed(range(DAYS))]


def _messages_of(day: datetime) -> int:
    low, high = (UUID(int=int(at.timestamp() * 1000) << 80) for at in (day, day + timedelta(1)))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT id FROM messaging_message"
            " WHERE id >= %s AND id < %s ORDER BY id LIMIT %s) AS counted",
            [low, high, COUNTED],
        )
        count: int = cursor.fetchone()[0]
        return count


def _reports_by_day() -> list[tuple[datetime, int]]:
    days = _days()
    rows = (
        Report.objects.filter(pk__gte=UUID(int=int(days[0].timestamp() * 1000) << 80))
        .values_list(TruncDate("created_at", tzinfo=UTC))
        .annotate(Count("pk"))
    )
    counts = dict(rows)
    return [(day, counts.get(day.date(), 0)) for day in days]


def bars(days: Sequence[tuple[datetime, int]]) -> list[Bar]:
    """The bars of a chart; a day with any value has a visible bar."""
    most = max((value for _, value in days), default=0) or 1
    found = []
    for n, (day, value) in enumerate(days):
        height = max(1.0, HEIGHT * value / most) if value else 0.0
        found.append(Bar(f"{day:%Y-%m-%d}", value, n * STEP, HEIGHT - height, height))
    return found


def _failed_tasks() -> int | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('procrastinate_jobs')")
        if cursor.fetchone()[0] is None:
            return None
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")
        count: int = cursor.fetchone()[0]
        return count
