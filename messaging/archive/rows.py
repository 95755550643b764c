"""Rows of messages as the files hold them: columns, their types, and a hash that proves equality.

A row is a tuple of plain values in the order of COLUMNS: ids as 16 bytes, times as microseconds
since 1970, JSON as PostgreSQL prints it. It has all columns of the table, so that what is brought
back is what was there; a column that the table has got since then takes its default.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db import models

from chatproject.core.db.statements import statement
from messaging.models import Message

Row = tuple[Any, ...]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Column(NamedTuple):
    name: str
    kind: str  # uuid, time, json, bytes, text, integer or boolean
    default: Any  # of rows from before there was this column, plain


def _column(field: "models.Field[Any, Any]") -> Column:
    kinds: tuple[tuple[type[Any], str], ...] = (
        (models.ForeignKey, "uuid"),
        (models.UUIDField, "uuid"),
        (models.DateTimeField, "time"),
        (models.JSONField, "json"),
        (models.BinaryField, "bytes"),
        (models.CharField, "text"),
        (models.TextField, "text"),
        (models.BooleanField, "boolean"),
        (models.IntegerField, "integer"),
    )
    kind = next(kind for type_, kind in kinds if isinstance(field, type_))
    default = field.get_default() if kind in ("boolean", "integer", "text") else None
    return Column(field.attname, kind, default)


COLUMNS = tuple(
    _column(field)
    for field in Message._meta.concrete_fields  # noqa: SLF001 (documented by Django)
)
NAMES = tuple(column.name for column in COLUMNS)
PLACE = {name: place for place, name in enumerate(NAMES)}
SEQ, REV, CREATED_AT = PLACE["seq"], PLACE["rev"], PLACE["created_at"]
CONVERSATION, SENDER, CLIENT_ID = (
    PLACE[name] for name in ("conversation_id", "sender_id", "client_id")
)

_PLAIN = {
    "uuid": "uuid_send(m.{name})",
    "time": "(extract(epoch FROM m.{name}) * 1000000)::bigint",
    "json": "m.{name}::text",
}
# What selects a plain row of a message `m`.
AS_PLAIN = statement(
    ", ".join(_PLAIN.get(column.kind, "m.{name}").format(name=column.name) for column in COLUMNS)
)


def plain(values: Iterable[Any]) -> Row:
    """A row as PostgreSQL answered AS_PLAIN."""
    return tuple(bytes(value) if isinstance(value, memoryview) else value for value in values)


def digest_of(rows: Iterable[Row]) -> str:
    """SHA-256 over the rows in their order."""
    found = hashlib.sha256()
    for row in rows:
        found.update(orjson.dumps([_hashed(value) for value in row]))
    return found.hexdigest()


def _hashed(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value


def as_records(rows: Iterable[Row]) -> str:
    """The rows as `jsonb_populate_recordset(NULL::messaging_message, …)` takes them."""
    return orjson.dumps([_record(row) for row in rows]).decode()


def _record(row: Row) -> Mapping[str, Any]:
    return {
        column.name: None if value is None else _as_json(column.kind, value)
        for column, value in zip(COLUMNS, row, strict=True)
    }


def _as_json(kind: str, value: Any) -> Any:
    match kind:
        case "uuid":
            return value.hex()
        case "time":
            return (EPOCH + timedelta(microseconds=value)).isoformat()
        case "json":
            return orjson.Fragment(value)
        case "bytes":
            return rf"\x{value.hex()}"
        case _:
            return value


def moment_of(row: Row) -> datetime:
    return moment_from(row[CREATED_AT])


def moment_from(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def micros_of(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def senders_of(rows: Sequence[Row]) -> list[UUID]:
    return [UUID(bytes=it) for it in sorted({row[SENDER] for row in rows} - {None})]
