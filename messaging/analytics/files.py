"""Writes the facts into a DuckDB file, or into a folder of Parquet files.

PostgreSQL sends each as CSV, by COPY, in one transaction and so as of one moment; DuckDB reads that
with the types of `facts`. A copy of the database does as well as the server's own.
"""

import shutil
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import connection, transaction
from psycopg import sql

from messaging.analytics.archived_log import archived_table, fill_archived, over_archive
from messaging.analytics.facts import FACTS, Fact

READ = (
    "CREATE TABLE {name} AS SELECT * FROM read_csv({path}, header = false, columns = {columns},"
    " auto_detect = false, delim = ',', quote = '\"', escape = '\"')"
)


def write_facts(
    target: Path, *, form: str, since: datetime, advance: Callable[[int], None] = lambda _: None
) -> dict[str, int]:
    """Writes the file or, for the form `parquet`, the folder, which is there only when it is whole;
    returns the rows of each table. Raises ArchiveUnavailable, and ImportError without DuckDB
    (requirements-analytics.txt).
    """
    import duckdb  # noqa: PLC0415 (an extra)

    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".analytics-", dir=target.parent) as made:
        folder = Path(made)
        with duckdb.connect(str(folder / "chat.duckdb")) as duck, archived_table():
            counts = _load(duck, folder, since, advance)
            if form == "parquet":
                _write_parquet(duck, folder / "parquet", FACTS)
        _replace(folder / ("parquet" if form == "parquet" else "chat.duckdb"), target)
    return counts


def _load(
    duck: Any, folder: Path, since: datetime, advance: Callable[[int], None]
) -> dict[str, int]:
    counts = {}
    with transaction.atomic():
        if len(connection.savepoint_ids) == 0:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        fill_archived(since)
        for fact in FACTS:
            path = folder / f"{fact.name}.csv"
            _copy(fact, path, since)
            columns = ", ".join(f"'{name}': '{kind}'" for name, kind in fact.columns)
            read = READ.format(name=fact.name, path=_quoted(path), columns=f"{{{columns}}}")
            duck.execute(read)
            path.unlink()
            (counts[fact.name],) = duck.execute(f"SELECT count(*) FROM {fact.name}").fetchone()  # noqa: S608 (ours)
            advance(1)
    return counts


def _copy(fact: Fact, path: Path, since: datetime) -> None:
    """COPY takes no parameters: the time is put in as a literal."""
    query = over_archive(fact.sql).replace("%(since)s", "{since}")
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(
        sql.SQL(query).format(since=sql.Literal(since))
    )
    connection.ensure_connection()
    raw: Any = connection.connection
    with path.open("wb") as file, raw.cursor() as cursor, cursor.copy(statement) as copy:
        for block in copy:
            file.write(block)


def _write_parquet(duck: Any, folder: Path, facts: Iterable[Fact]) -> None:
    folder.mkdir()
    for fact in facts:
        path = _quoted(folder / f"{fact.name}.parquet")
        duck.execute(f"COPY {fact.name} TO {path} (FORMAT parquet, COMPRESSION zstd)")


def _replace(made: Path, target: Path) -> None:
    made.chmod(0o700 if made.is_dir() else 0o600)
    if target.is_dir():
        shutil.rmtree(target)
    made.replace(target)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
