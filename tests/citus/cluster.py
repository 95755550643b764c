"""A Citus to run tests on: its coordinator is the one that CITUS_URL names, as a superuser.

A database of a test is made on all nodes, from the migrated template on the coordinator, and is
distributed by `manage.py distribute`.
"""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent.parent
SHARDS = 8  # of each table; more make the tests slower, and prove no more


def is_there() -> bool:
    return "CITUS_URL" in os.environ


def coordinator() -> str:
    return os.environ["CITUS_URL"]


def coordinator_address() -> tuple[str, int]:
    parts = urlsplit(coordinator())
    assert parts.hostname is not None
    return parts.hostname, parts.port or 5432


def all_hosts() -> str:
    """CITUS_URL with the workers beside the coordinator, so that the message path goes over them.
    Tests that are given a DATABASE_URL use that one, such as CITUS_URL itself."""
    parts = urlsplit(coordinator())
    account, _, host = parts.netloc.rpartition("@")
    hosts = ",".join([host, *(f"{name}:{port}" for name, port in nodes())])
    return parts._replace(netloc=f"{account}@{hosts}").geturl()


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
    parts = urlsplit(coordinator())
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


def wait_until_whole(url: str, seconds: float = 60.0) -> None:
    """Until the coordinator reaches all nodes."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("SELECT count(*) FROM messaging_message").fetchone()
        except psycopg.Error:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


@dataclass(frozen=True)
class Worker:
    """A worker node on this machine, which can be killed and started again."""

    host: str
    port: int
    pid: int
    data: Path
    programs: Path
    uid: int

    @classmethod
    def at(cls, host: str, port: int) -> "Worker | None":
        """None for one on another machine."""
        with psycopg.connect(url_on(host, port, "postgres"), autocommit=True) as connection:
            row = connection.execute(
                "SELECT current_setting('data_directory'), pg_read_file('postmaster.pid')"
            ).fetchone()
        assert row is not None
        data, pid = Path(row[0]), int(row[1].split("\n")[0])
        program = Path(f"/proc/{pid}/exe")
        if not data.is_dir() or not program.exists():
            return None
        folder = program.resolve().parent
        return cls(host, port, pid, data, folder, Path(f"/proc/{pid}").stat().st_uid)

    def kill(self) -> None:
        """As a crash would: nothing is flushed, and nobody is told."""
        os.kill(self.pid, signal.SIGKILL)

    def start(self) -> "Worker":
        """Starts it again, which recovers; the worker as it is now."""
        command = [str(self.programs / "pg_ctl"), "start", "-D", str(self.data), "-w", "-s"]
        identity = {} if self.uid == os.geteuid() else {"user": self.uid, "group": self.uid}
        for _ in range(50):  # children of the killed one take a moment to notice it
            done = subprocess.run(
                [*command, "-l", str(self.data / "start.log")],
                check=False,
                cwd="/",
                env={"PATH": "/usr/bin:/bin"},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                **identity,  # type: ignore[arg-type]
            )
            if not done.returncode:
                break
            time.sleep(0.2)
        again = Worker.at(self.host, self.port)
        assert again is not None
        return again


def worker_to_kill() -> Worker:
    """Skips the test where it cannot be killed, or other tests are at it."""
    if int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) > 1:
        pytest.skip("it kills a node that other tests are at: run it without -n")
    worker = Worker.at(*nodes()[0])
    if worker is None:
        pytest.skip("the workers are on another machine")
    return worker


def move_shards(url: str, count: int, table: str = "messaging_message") -> int:
    """Moves so many groups of shards of conversations, or of those with which the table is, to the
    other node, one after the other, while they are in use; how many were moved."""
    workers = nodes()
    with psycopg.connect(url, autocommit=True) as connection:
        shards = connection.execute(
            "SELECT shardid, nodename, nodeport FROM citus_shards"
            " WHERE table_name = %s::regclass ORDER BY shardid LIMIT %s",
            [table, count],
        ).fetchall()
        for shard, host, port in shards:
            to = next(node for node in workers if node != (host, port))
            connection.execute(
                "SELECT citus_move_shard_placement(%s, %s, %s, %s, %s,"
                " shard_transfer_mode => 'force_logical')",
                [shard, host, port, *to],
            )
    return len(shards)


def split_shards(url: str, count: int) -> int:
    """Splits so many groups of shards of conversations in two, the second half on the other node,
    while they are in use; how many were split."""
    with psycopg.connect(url, autocommit=True) as connection:
        workers = dict(
            connection.execute(
                "SELECT groupid, nodeid FROM pg_dist_node WHERE groupid <> 0"
                " AND noderole = 'primary'"
            ).fetchall()
        )
        shards = connection.execute(
            "SELECT shardid, (shardminvalue::bigint + shardmaxvalue::bigint) / 2, groupid"
            " FROM pg_dist_shard JOIN pg_dist_placement USING (shardid)"
            " WHERE logicalrelid = 'messaging_message'::regclass ORDER BY shardid LIMIT %s",
            [count],
        ).fetchall()
        for shard, middle, group in shards:
            other = next(node for number, node in workers.items() if number != group)
            connection.execute(
                "SELECT citus_split_shard_by_split_points(%s, %s, %s, 'block_writes')",
                [shard, [str(middle)], [workers[group], other]],
            )
    return len(shards)
