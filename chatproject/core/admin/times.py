"""Times in lists of the admin: short, and the same day to readers of all countries."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.dateformat import format as formatted
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import get_language

# 30 Nov 2026, 01:15 and 30. Nov. 2026, 01:15. The month has a name, since 11/12 is a day of
# November or of December.
FORMAT = "j M Y, H:i"
FORMATS = {"de": "j. N Y, H:i"}


def short_time(at: datetime | None) -> SafeString | None:
    """The time in the reader's zone, to the minute; None stays None."""
    if at is None:
        return None
    form = FORMATS.get((get_language() or "").partition("-")[0], FORMAT)
    shown = formatted(localtime(at), form)
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), shown)


def with_short_times(model: type[models.Model], columns: list[Any]) -> list[Any]:
    """The columns of a list, in which those of times are shown by `short_time`."""
    return [_column(model, column) for column in columns]


def _column(model: type[models.Model], column: Any) -> Any:
    if not isinstance(column, str):
        return column
    try:
        field = model._meta.get_field(column)  # noqa: SLF001 (documented by Django)
    except FieldDoesNotExist:
        return column
    return _time_column(field) if isinstance(field, models.DateTimeField) else column


@cache  # one for a field, since Django looks for a column among those that can be sorted by
def _time_column(field: "models.DateTimeField[Any, Any]") -> Callable[[Any], SafeString | None]:
    @admin.display(description=field.verbose_name, ordering=field.name)
    def shown(row: Any) -> SafeString | None:
        return short_time(getattr(row, field.attname))

    shown.__name__ = field.name
    return shown
