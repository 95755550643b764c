"""A Citus to run tests on: its coordinator is the one that CITUS_URL names, as a superuser.

A database of a test is made on all nodes, from the migrated template on the coordinator, and is
distributed by `manage.py distribute`.
"""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent.parent
SHARDS = 8  # of each table; more make the tests slower, and prove no more


def is_there() -> bool:
    return "CITUS_URL" in os.environ


def coordinator() -> str:
    return os.environ["CITUS_URL"]


def nodes() -> list[tuple[str, int]]:
    """Host and port of the workers, as the database of CITUS_URL knows them."""
    with psycopg.connect(coordinator(), autocommit=True) as connection:
        return [
            (host, port)
            for host, port in connection.execute(
                "SELECT nodename, nodeport FROM pg_dist_node WHERE groupid <> 0"
                " AND noderole = 'primary' ORDER BY nodeport"
            ).fetchall()
        ]


def url_on(host: str, port: int, name: str) -> str:
    """The address of a database on a node."""
    parts = urlsplit(coordinator())
    user = f"{parts.username}:{parts.password}" if parts.password else parts.username
    return parts._replace(netloc=f"{user}@{host}:{port}", path=f"/{name}").geturl()


def add_nodes(url: str, name: str) -> None:
    """Makes the database `name`, which is there on the coordinator, one of the whole cluster."""
    parts = urlsplit(url)
    workers = nodes()
    for host, port in workers:
        with psycopg.connect(url_on(host, port, "postgres"), autocommit=True) as connection:
            drop_on_worker(connection, name)
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        with psycopg.connect(url_on(host, port, name), autocommit=True) as connection:
            connection.execute("CREATE EXTENSION citus")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION citus")
        connection.execute(
            "SELECT citus_set_coordinator_host(%s, %s)", [parts.hostname, parts.port or 5432]
        )
        for host, port in workers:
            connection.execute("SELECT citus_add_node(%s, %s)", [host, port])
        database = sql.Identifier(name)
        connection.execute(
            sql.SQL("ALTER DATABASE {} SET citus.shard_count TO {}").format(database, SHARDS)
        )


def distribute(url: str) -> None:
    """Raises RuntimeError with what the command said."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "distribute"],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "chatproject.settings", "DATABASE_URL": url},
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"manage.py distribute failed:\n{done.stdout}{done.stderr}")


def drop_on_workers(name: str) -> None:
    for host, port in nodes():
        with psycopg.connect(url_on(host, port, "postgres"), autocommit=True) as connection:
            drop_on_worker(connection, name)


def drop_on_worker(connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    connection.execute(
        sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    )
