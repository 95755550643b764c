"""Databases for tests, on a PostgreSQL of their own in `.data/test` or the one of DATABASE_URL.

Migrations run once, into a template named for what they hold; every database is a copy of it. A
database's name ends in the process id of its session, by which left-over ones are found.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from chatproject.server.embedded_postgres import lease
from chatproject.server.embedded_postgres.cluster import Cluster
from tests.citus import cluster

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".data" / "test"
# The servers of several tests use it at once, each with up to 45 connections a process.
CLUSTER = Cluster(FOLDER / "postgres", fsync=False, decodes=True, max_connections=500)

END_SESSIONS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = %s AND backend_type = 'client backend'"""
COLLECT = """
import django
django.setup()
from chatproject.core.web import static_files
static_files.collect_if_changed()
"""

_numbers = count(1)


def is_ours() -> bool:
    """Whether the tests run on the embedded server, and not on one that the environment names."""
    return os.environ.get("DATABASE_URL", CLUSTER.url()) == CLUSTER.url()


def url(name: str) -> str:
    """The DATABASE_URL of another database on the tests' server."""
    return (
        urlsplit(os.environ.get("DATABASE_URL", CLUSTER.url()))._replace(path=f"/{name}").geturl()
    )


def connect(name: str = "postgres") -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(url(name), autocommit=True)


def template_name() -> str:
    """Changes with every migration, with Django and with the queue, which brings its own."""
    files = sorted(ROOT.glob("*/migrations/*.py"))
    digest = hashlib.sha256(f"{version('django')} {version('procrastinate')}".encode())
    for file in files:
        digest.update(file.name.encode() + file.read_bytes())
    return f"template_{digest.hexdigest()[:12]}"


def make_template() -> None:
    """Migrates the template unless it is there. Raises RuntimeError with what `migrate` said."""
    name, making = template_name(), f"making_{os.getpid()}"
    with _lock(), connect() as connection:
        if _exists(connection, name):
            return
        drop(making)
        connection.execute(_statement("CREATE DATABASE {}", making))
        migrate(DATABASE_URL=url(making))
        connection.execute(_statement("ALTER DATABASE {} RENAME TO {}", making, name))


def migrate(**environment: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity=0"],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "chatproject.settings"} | environment,
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"manage.py migrate failed:\n{done.stdout}{done.stderr}")


def lend_cluster(cluster: Cluster) -> None:
    """Gives a server of a test's own a migrated database: a copy, since to make one takes as long
    as half a dozen starts of the server. The server must not run.
    """
    made = FOLDER / template_name().replace("template", "cluster")
    with _lock():
        if not made.exists():
            _make_cluster(made)
    cluster.data.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # As root, too, the files stay those of the account that PostgreSQL runs as.
    subprocess.run(["cp", "-a", made / "postgres", cluster.data], check=True)


def _make_cluster(folder: Path) -> None:
    for old in (*FOLDER.glob("cluster_*"), FOLDER / "making_cluster"):
        shutil.rmtree(old, ignore_errors=True)
    making = Cluster(FOLDER / "making_cluster" / "postgres", fsync=False)
    with making.lock():
        making.start()
        try:
            migrate(DATABASE_URL=making.url())
        finally:
            making.stop()
    making.data.parent.rename(folder)


def make_database() -> str:
    """A migrated database of its own, on Citus a distributed one; returns its name."""
    name = f"server_{os.environ['TEST_SESSION']}_{os.getpid()}_{next(_numbers)}"
    copy_template(name)
    return name


def copy_template(name: str) -> None:
    """On our own server as files, which takes an eighth of the CPU that copying through the log
    does. The checkpoints that go with it are cheap where nothing is synced to the disk."""
    strategy = " STRATEGY FILE_COPY" if is_ours() else ""
    statement = _statement("CREATE DATABASE {} TEMPLATE {}" + strategy, name, template_name())
    with connect() as connection:
        connection.execute(statement)
    if cluster.is_there():
        cluster.add_nodes(url(name), name)
        cluster.distribute(url(name))
        _empty_audit_log(name)


def _empty_audit_log(name: str) -> None:
    """Of the entry that it was distributed, which tests of the audit log do not expect."""
    with connect(name) as connection:
        connection.execute("SET chat.may_empty_audit_log TO 'on'")
        connection.execute("TRUNCATE accounts_auditentry")


def drop(name: str) -> None:
    """Ends the sessions in it first.

    `WITH (FORCE)` would be refused while autovacuum, which belongs to no role, is at work there; a
    plain DROP asks it to leave and waits for it.
    """
    with connect() as connection:
        for tries_left in reversed(range(5)):
            connection.execute(END_SESSIONS, [name])
            try:
                connection.execute(_statement("DROP DATABASE IF EXISTS {}", name))
            except psycopg.errors.ObjectInUse:  # somebody has just come in
                if not tries_left:
                    raise
            else:
                break
    if cluster.is_there():
        cluster.drop_on_workers(name)


def prepare() -> None:
    """Everything that servers of the tests need, once for each run. Raises RuntimeError."""
    if is_ours():
        lease.hold(CLUSTER)
    sweep()
    make_template()
    collect_static()


def sweep() -> None:
    """Drops what sessions left behind that were killed."""
    with connect() as connection:
        rows = connection.execute("SELECT datname FROM pg_database").fetchall()
    for (name,) in rows:
        kind, _, rest = name.partition("_")
        if (
            kind in ("test", "server", "making")
            and not Path(f"/proc/{rest.split('_')[0]}").exists()
        ):
            drop(name)


def stop() -> None:
    """Stops a server that a killed session left behind."""
    with CLUSTER.lock():
        CLUSTER.stop()


def _exists(connection: psycopg.Connection[tuple[Any, ...]], name: str) -> bool:
    found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name])
    return found.rowcount > 0


def _statement(text: str, *names: str) -> sql.Composed:
    return sql.SQL(text).format(*map(sql.Identifier, names))


def collect_static() -> None:
    """Collects the static files once, in the tests' own data folder.

    By the product's settings, in a process of its own: what is stored in another way is not what
    the servers serve, and each would collect anew.
    """
    with _lock():
        done = subprocess.run(
            [sys.executable, "-c", COLLECT],
            env=os.environ
            | {"DJANGO_SETTINGS_MODULE": "chatproject.settings", "DATA_DIR": str(FOLDER)},
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"collecting static files failed:\n{done.stdout}{done.stderr}")


def lend_static(data_dir: Path) -> None:
    """Gives a server's data folder the collected files, which take seconds to make."""
    with _lock():
        shutil.copytree(FOLDER / "static", data_dir / "static", copy_function=os.link)


@contextmanager
def _lock() -> Iterator[None]:
    FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (FOLDER / "template.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
