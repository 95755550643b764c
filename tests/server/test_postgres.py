"""The embedded PostgreSQL: private, shared while in use, stopped by the last, and hard to break."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread, Timer

import psycopg
import pytest

from accounts.models import User
from chatproject.core.db.identity import IDENTITY
from chatproject.server.embedded_postgres import PostgresFailed, lease
from chatproject.server.embedded_postgres.base import MAX_PARAMETERS
from chatproject.server.embedded_postgres.cluster import SOCKET, Cluster
from chatproject.server.embedded_postgres.watch import watched
from tests.database import ROOT
from tests.freezing import freeze
from tests.waiting import eventually


@pytest.fixture
def cluster(data_dir: Path) -> Iterator[Cluster]:
    cluster = Cluster(data_dir / "postgres", fsync=False)
    yield cluster
    with cluster.lock():
        cluster.stop()


def start(cluster: Cluster) -> bool:
    with cluster.lock():
        return cluster.start()


def stop(cluster: Cluster) -> None:
    with cluster.lock():
        cluster.stop()


def ask(cluster: Cluster, question: str, name: str = "chat") -> object:
    with psycopg.connect(cluster.url(name)) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row[0]


def test_starts_from_nothing_and_stops(cluster: Cluster) -> None:
    assert start(cluster)
    assert ask(cluster, "SELECT 1") == 1
    stop(cluster)
    assert cluster.pid() is None
    with pytest.raises(psycopg.OperationalError):
        ask(cluster, "SELECT 1")


def test_each_start_and_each_copy_is_another_database(cluster: Cluster) -> None:
    """For what others keep by its revs: a backup of the files that was put back has to be started,
    too. The account that asks is no superuser."""
    start(cluster)
    assert ask(cluster, "SELECT NOT rolsuper FROM pg_roles WHERE rolname = current_user")
    identities = []
    for _ in range(2):
        start(cluster)
        if not identities:
            ask_nothing(cluster, "CREATE TABLE conversations_conversation (id int)")
            ask_nothing(cluster, "CREATE DATABASE copy TEMPLATE chat")
        identities += [ask(cluster, IDENTITY), ask(cluster, IDENTITY, "copy")]
        stop(cluster)
    assert len(set(identities)) == 4


def ask_nothing(cluster: Cluster, statement: str) -> None:
    with psycopg.connect(cluster.url("chat"), autocommit=True) as connection:
        connection.execute(statement)


def test_keeps_what_was_written(cluster: Cluster) -> None:
    start(cluster)
    with psycopg.connect(cluster.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    stop(cluster)
    start(cluster)
    assert ask(cluster, "SELECT number FROM kept") == 7


def test_what_is_promised_of_the_server(cluster: Cluster) -> None:
    start(cluster)
    assert ask(cluster, "SHOW listen_addresses") == ""
    assert ask(cluster, "SHOW server_encoding") == "UTF8"
    assert ask(cluster, "SELECT upper('über')") == "ÜBER"
    assert ask(cluster, "SELECT datlocale FROM pg_database WHERE datname = 'chat'") == "C.UTF-8"
    assert ask(cluster, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    with psycopg.connect(cluster.url()) as connection:
        for extension in ("pg_trgm", "btree_gin", "unaccent"):
            connection.execute(f"CREATE EXTENSION {extension}")
    assert ask(cluster, "SELECT show_trgm('Ü')::text") != "{}"


def test_acknowledged_is_on_disk_by_default(data_dir: Path) -> None:
    cluster = Cluster(data_dir / "postgres")
    try:
        start(cluster)
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert ask(cluster, f"SHOW {setting}") == "on"
    finally:
        stop(cluster)


def test_nobody_else_may_reach_it(cluster: Cluster) -> None:
    start(cluster)
    assert stat.S_IMODE(cluster.data.stat().st_mode) == 0o700
    assert stat.S_IMODE((cluster.socket_dir / SOCKET).stat().st_mode) == 0o700


def test_never_runs_as_root(cluster: Cluster) -> None:
    start(cluster)
    pid = cluster.pid()
    assert pid is not None
    assert Path(f"/proc/{pid}").stat().st_uid != 0
    assert cluster.data.stat().st_uid == Path(f"/proc/{pid}").stat().st_uid


def test_root_lets_others_pass_a_barred_folder_but_not_read_it(data_dir: Path) -> None:
    barred = data_dir
    barred.mkdir(mode=0o700)
    cluster = Cluster(barred / "data" / "postgres", fsync=False)
    try:
        start(cluster)
        expected = 0o701 if os.geteuid() == 0 else 0o700
        assert stat.S_IMODE(barred.stat().st_mode) == expected
    finally:
        stop(cluster)


def test_a_long_path_moves_the_socket_only(data_dir: Path) -> None:
    cluster = Cluster(data_dir / ("x" * 100) / "postgres", fsync=False)
    try:
        start(cluster)
        assert ask(cluster, "SELECT 1") == 1
        assert len(str(cluster.socket_dir / SOCKET)) <= 107
        assert stat.S_IMODE(cluster.socket_dir.stat().st_mode) == 0o700
    finally:
        stop(cluster)
    assert not cluster.socket_dir.exists()


def test_a_strangers_socket_folder_is_refused(data_dir: Path) -> None:
    cluster = Cluster(data_dir / ("x" * 100) / "postgres", fsync=False)
    cluster.socket_dir.mkdir(mode=0o777)
    cluster.socket_dir.chmod(0o777)
    try:
        with pytest.raises(PostgresFailed, match="somebody else's"):
            start(cluster)
    finally:
        cluster.socket_dir.rmdir()


def test_a_running_server_is_taken_over(cluster: Cluster) -> None:
    start(cluster)
    pid = cluster.pid()
    assert not start(cluster)
    assert cluster.pid() == pid


def test_comes_back_after_it_was_killed(cluster: Cluster) -> None:
    start(cluster)
    cluster.kill()
    assert start(cluster)
    assert ask(cluster, "SELECT 1") == 1


def test_waits_for_the_children_of_a_killed_server(cluster: Cluster) -> None:
    """Of which there are more than the lines of the log that a failed start shows."""
    start(cluster)
    with ExitStack() as connections:
        first, *_ = [connections.enter_context(psycopg.connect(cluster.url())) for _ in range(30)]
        child = first.info.backend_pid
        freeze([child])
        cluster.kill()
        Timer(1.5, os.kill, (child, signal.SIGKILL)).start()
        start(cluster)
    assert ask(cluster, "SELECT 1") == 1


def test_a_process_id_that_another_program_has_by_now_is_no_hindrance(cluster: Cluster) -> None:
    start(cluster)
    stop(cluster)
    (cluster.data / "postmaster.pid").write_text(f"{os.getppid()}\n{cluster.data}\n")
    assert cluster.pid() is None
    assert start(cluster)


def test_a_half_made_folder_does_not_count(cluster: Cluster) -> None:
    half = cluster.data.with_suffix(".new")
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    assert start(cluster)
    assert not half.exists()


def test_data_of_another_version_is_refused(cluster: Cluster) -> None:
    start(cluster)
    stop(cluster)
    (cluster.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(PostgresFailed, match="made by PostgreSQL 17"):
        start(cluster)
    (cluster.data / "PG_VERSION").write_text("18\n")


def test_a_failed_start_tells_why(cluster: Cluster) -> None:
    start(cluster)
    stop(cluster)
    (cluster.data / "global" / "pg_control").rename(cluster.data / "lost")
    with pytest.raises(PostgresFailed, match="pg_control"):
        start(cluster)


HOLD = """
import sys
from pathlib import Path
from chatproject.server.embedded_postgres import lease
from chatproject.server.embedded_postgres.cluster import Cluster

lease.hold(Cluster(Path(sys.argv[1]), fsync=False))
print("held", flush=True)
sys.stdin.read()
"""


def holder(cluster: Cluster) -> subprocess.Popen[str]:
    """A process that holds a lease until its input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(cluster.data)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_until_held(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"


def test_whoever_leaves_last_stops_it(cluster: Cluster) -> None:
    first, second = holder(cluster), holder(cluster)  # at once, on an empty folder
    wait_until_held(first)
    wait_until_held(second)
    first.communicate("")
    assert cluster.pid() is not None
    second.communicate("")
    assert cluster.pid() is None


def test_a_killed_holder_leaves_a_server_that_the_next_stops(cluster: Cluster) -> None:
    killed = holder(cluster)
    wait_until_held(killed)
    killed.kill()
    killed.communicate()
    pid = cluster.pid()
    assert pid is not None
    following = holder(cluster)
    wait_until_held(following)
    assert cluster.pid() == pid
    following.communicate("")
    assert cluster.pid() is None


def test_many_threads_hold_one_lease(cluster: Cluster) -> None:
    threads = [Thread(target=lease.hold, args=(cluster,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ask(cluster, "SELECT 1") == 1
    lease.release(cluster)
    assert cluster.pid() is None


def test_the_watch_starts_it_again(cluster: Cluster) -> None:
    start(cluster)
    killed = cluster.pid()
    with watched(cluster):
        cluster.kill()
        eventually(lambda: cluster.pid() not in (None, killed))
        eventually(lambda: ask(cluster, "SELECT 1") == 1, but=psycopg.OperationalError)


@pytest.mark.django_db
def test_an_insert_of_more_values_than_one_statement_takes_is_several() -> None:
    columns = len(User._meta.concrete_fields)
    count = MAX_PARAMETERS // columns + 2
    people = (User(name=f"P{n}", email=f"p{n}@crowd.example.org") for n in range(count))

    User.objects.bulk_create(people)

    assert User.objects.filter(email__endswith="@crowd.example.org").count() == count
