"""Runs raw SQL of reads: prepared once per connection, binary results, counted like any query.

Planning the inbox's statement costs more than running it, and reading a page's times and ids from
binary takes half the time. PostgreSQL keeps a generic plan only if it seems no more expensive than
one for the values. For `ANY(%(ids)s)` it knows the number of ids and so plans each time again;
hence `ANY(ARRAY(SELECT unnest(%(ids)s)))`, for which it does not.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection
from psycopg import RawCursor
from psycopg.types.numeric import Int8

from chatproject.core.db.distributed.distribution import is_distributed

Params = Mapping[str, Any] | Sequence[Any]

_PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?s|%%")


class PreparedCursor(RawCursor[tuple[Any, ...]]):
    """Converts Python's placeholders to the server's, and caches the result.

    psycopg would convert longer statements each time. Prepares every statement, which Django has
    switched off for the connection as a whole.
    """

    def execute(self, query: Any, params: Any = (), **_: Any) -> "PreparedCursor":
        text, names = native(query)
        values = [params[name] for name in names]
        raw = self.connection
        before, raw.prepare_threshold = raw.prepare_threshold, 0
        try:
            return super().execute(text, values, binary=True)
        finally:
            raw.prepare_threshold = before


@lru_cache(maxsize=200)
def native(query: str) -> tuple[bytes, Sequence[Any]]:
    """The statement with `$1`, `$2`, …, and the name or index of the parameter of each."""
    names: dict[Any, str] = {}

    def number(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        return names.setdefault(match[1] or len(names), f"${len(names) + 1}")

    return _PLACEHOLDER.sub(number, query).encode(), list(names)


def statement(text: str, **parts: str) -> str:
    """The text on one line, with `{name}` replaced by the parts.

    Parts must be constants; input is passed as parameters.
    """
    return " ".join(text.format(**parts).split())


def fetch(sql: str, params: Params) -> list[tuple[Any, ...]]:
    """The rows of a statement, run on Django's connection and visible to its wrappers and logs.

    Parameters are `%s` or, better, named as in `%(viewer)s`. Pass integers by `big` and `bigs`, so
    that a statement has one plan and not one for every size of its numbers.
    """
    with _cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


GENERIC = "SELECT set_config('plan_cache_mode', 'force_generic_plan', true)"


def fetch_generic(sql: str, params: Params) -> list[tuple[Any, ...]]:
    """`fetch` by the plan that fits all values, for a statement that takes longer to plan than to
    run, and of which PostgreSQL would plan each again.

    Within a transaction it is `fetch`, since the setting would hold to its end; on a distributed
    database too, where Citus plans by the values and refuses what it cannot plan without.
    """
    if connection.in_atomic_block or is_distributed():
        return fetch(sql, params)
    connection.ensure_connection()
    raw: Any = connection.connection
    with raw.pipeline():  # one round trip, and a transaction of its own, to which the setting is
        send(GENERIC, ())
        return fetch(sql, params)


def send(sql: str, params: Params) -> None:
    """The same without its rows. In a pipeline nothing is waited for."""
    with _cursor() as cursor:
        cursor.execute(sql, params)


def _cursor() -> Any:
    connection.ensure_connection()
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    prepared: Any = PreparedCursor(connection.connection)
    return wrap(prepared)


def uuids(ids: Iterable[str]) -> str:
    """A uuid[] of ids that are texts, for which psycopg would take a microsecond each."""
    return f"{{{','.join(ids)}}}"


def big(number: int) -> Int8:
    return Int8(number)


def bigs(numbers: Iterable[int]) -> list[Int8]:
    return [Int8(number) for number in numbers]
