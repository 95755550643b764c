"""Finds rows that the dropped foreign keys and unique constraints would have refused."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db import models

from chatproject.management.distribution.catalog import foreign_keys, one, quoted, rows
from chatproject.management.distribution.plan import Kind, placement_of
from conversations.models import Conversation

AT_ONCE = 1_000  # ids in one question


def orphans() -> list[str]:
    """Rows that refer to nothing, by foreign key, and origins that exist twice; a line each."""
    return [*_missing_targets(), *_doubled_origins()]


def _missing_targets() -> Iterable[str]:
    held = {(key.table, key.column) for key in foreign_keys()}
    for field in _constrained():
        table = field.model._meta.db_table  # noqa: SLF001
        if (table, field.column) in held:
            continue
        target = field.related_model._meta.db_table  # noqa: SLF001
        missing = _count_missing(field, table, target)
        if missing:
            yield f"{table}.{field.column} has {missing} values that are not in {target}."


def _constrained() -> Iterable[Any]:
    """The fields for which one PostgreSQL has a foreign key."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_fields:  # noqa: SLF001
            if isinstance(field, models.ForeignKey) and vars(field)["db_constraint"]:
                yield field


def _count_missing(field: Any, table: str, target: str) -> int:
    """Joins where both are on the same node, and else asks for the values by themselves."""
    column, key = quoted(field.column), quoted(field.target_field.column)
    if placement_of(target).kind is Kind.REFERENCE:
        sql = (
            f"SELECT count(DISTINCT t.{column}) FROM {quoted(table)} t"  # noqa: S608
            f" LEFT JOIN {quoted(target)} r ON r.{key} = t.{column}"
            f" WHERE t.{column} IS NOT NULL AND r.{key} IS NULL"
        )
        return int(one(sql))
    values = [
        value
        for (value,) in rows(
            f"SELECT DISTINCT {column} FROM {quoted(table)} WHERE {column} IS NOT NULL"  # noqa: S608
        )
    ]
    found = 0
    for some in _batches(values):
        found += one(f"SELECT count(*) FROM {quoted(target)} WHERE {key} = ANY(%s)", some)  # noqa: S608
    return len(values) - found


def _batches(values: list[Any]) -> Iterable[list[Any]]:
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]


def _doubled_origins() -> Iterable[str]:
    """An import looks for the conversation by it, and makes one where there is none."""
    twice = (
        Conversation.objects.filter(origin__isnull=False)
        .values("origin")
        .annotate(count=models.Count("id"))
        .filter(count__gt=1)
        .count()
    )
    if twice:
        yield f"{twice} origins of imported conversations exist twice."
