"""A backup that is made while everybody sends, and PostgreSQL's own log replayed to a point."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from chatproject.server.embedded_postgres.account import Account
from chatproject.server.embedded_postgres.cluster import Cluster
from tests.faults.figures import record
from tests.faults.journal import ACK, Journal
from tests.faults.load import Load, stored
from tests.faults.system import System
from tests.journeys.stage import PASSWORD, Person, Stage
from tests.servers import ServerProcess

FILES = 20


async def with_files(person: Person, group: str) -> None:
    for number in range(FILES):
        file = await person.rest.upload(
            "attachments", content=b"x" * 10_000, name=f"file-{number}.txt"
        )
        body = {"content": "a file", "attachmentIds": [file["id"]]}
        await person.rest.post("conversations", group, "messages", body=body)


def acknowledged(journal: Journal) -> set[str]:
    """So far: the journal is still being written."""
    journal.flush()
    return {entry.key for entry in journal.entries() if entry.kind == ACK}


def keys_in(database_url: str, load: Load) -> set[str]:
    found = stored(database_url, load.conversations)
    return {key for messages in found.values() for _, key in messages if key}


@pytest.mark.faults_long
@pytest.mark.timeout(900)
async def test_a_backup_under_load_restored_elsewhere(folder: Path) -> None:
    with System(folder) as system:
        async with (
            Load(system.servers, folder, people=4, devices=2, conversations=5) as load,
            Stage(system.servers[0]) as stage,
        ):
            person = await stage.person("Fay")
            group = await stage.group(person)
            await with_files(person, group)
            load.begin()
            await load.sent(200)
            before = acknowledged(load.journal)
            archive = folder / "chat.tar"
            await asyncio.to_thread(system.servers[0].manage, "backup", str(archive))
            await load.sent(200)
            await load.end()
        elsewhere = ServerProcess(folder / "elsewhere", env={"RATE_LIMITS": "off"})
        elsewhere.manage("restore", str(archive), "--replace")
        with elsewhere:
            restored = keys_in(elsewhere.database_url, load)
            resolved = await _resolved(elsewhere, person, group)
            unsound = elsewhere.manage("check_unread", "--json")
    lost = before - restored
    record(
        "a backup under load, restored elsewhere",
        "nothing acknowledged before it is lost, every attachment resolves",
        f"{len(before)} acknowledged before, {len(lost)} of them lost; {resolved} of {FILES} "
        "attachments resolve",
    )
    assert not lost
    assert resolved == FILES
    assert json.loads(unsound)["differences"] == []


async def _resolved(server: ServerProcess, person: Person, group: str) -> int:
    """How many files of the log are what they were."""
    found = 0
    login = {"email": person.email, "password": PASSWORD}
    async with httpx.AsyncClient(base_url=f"{server.base_url}/v1/") as http:
        token = (await http.post("users/login", json=login)).json()["access"]
        http.headers["Authorization"] = f"Bearer {token}"
        page = (await http.get(f"conversations/{group}/messages?limit=200")).json()
        for message in page["results"]:
            for file in message["attachments"]:
                answer = await http.get(f"attachments/{file['id']}")
                found += answer.content == b"x" * 10_000
    return found


# -- to a point in time


@contextmanager
def archiving(cluster: Cluster, folder: Path) -> Iterator[Path]:
    """The cluster, which runs, keeps its write-ahead log in a folder."""
    archive = folder / "wal"
    archive.mkdir()
    Account.for_folder(cluster.data).give(archive)
    with cluster.connect() as superuser:
        superuser.execute("ALTER SYSTEM SET archive_mode = on")
        superuser.execute(f"ALTER SYSTEM SET archive_command = 'cp %p {archive}/%f'")
        superuser.execute("ALTER SYSTEM SET wal_level = replica")
    with cluster.lock():
        cluster.stop()
        cluster.start()
    yield archive


def base_backup(cluster: Cluster, target: Path) -> None:
    """Copies the data folder of a running server, as PostgreSQL's manual tells to."""

    def copy(source: str, place: str) -> None:
        with suppress(FileNotFoundError):  # a table that was dropped meanwhile
            shutil.copy2(source, place)

    left_out = shutil.ignore_patterns("postmaster.*", ".s.*", "pg_wal")
    with cluster.connect() as superuser:
        superuser.execute("SELECT pg_backup_start('copy', true)")
        shutil.copytree(cluster.data, target, copy_function=copy, ignore=left_out)
        (label,) = superuser.execute("SELECT labelfile FROM pg_backup_stop()").fetchone() or ("",)
    (target / "backup_label").write_text(label)
    (target / "pg_wal").mkdir()
    target.chmod(0o700)
    for path in (target, *target.rglob("*")):
        shutil.chown(path, *_owner(cluster.data))


@pytest.mark.faults_long
@pytest.mark.timeout(900)
async def test_a_point_in_time(folder: Path) -> None:
    system = System(folder, own_postgres=True)
    with system:
        assert system.postgres is not None
        with archiving(system.postgres, folder) as archive:
            copy = folder / "copy"
            async with Load(system.servers, folder, people=4, devices=2, conversations=5) as load:
                load.begin()
                await load.sent(100)
                await asyncio.to_thread(base_backup, system.postgres, copy)
                await load.sent(200)
                before = acknowledged(load.journal)
                with system.postgres.connect() as superuser:
                    superuser.execute("SELECT pg_create_restore_point('before')")
                await load.sent(200)
                await load.end()
                after = acknowledged(load.journal) - before
            with system.postgres.connect() as superuser:
                superuser.execute("SELECT pg_switch_wal()")
            await asyncio.sleep(3)  # for the archiver
        restored = _replayed(copy, archive, load)
    lost, kept = before - restored, len(after & restored)
    record(
        "a point-in-time restore from PostgreSQL's log",
        "nothing acknowledged before the point is lost",
        f"{len(before)} acknowledged before the point, {len(lost)} of them lost; of {len(after)} "
        f"acknowledged after it {kept} were on their way at the point",
    )
    assert not lost
    assert kept < len(after)


def _replayed(copy: Path, archive: Path, load: Load) -> set[str]:
    """The messages of a cluster that replays the log up to the point."""
    (copy / "recovery.signal").touch()
    with (copy / "postgresql.auto.conf").open("a") as file:
        file.write(f"restore_command = 'cp {archive}/%f %p'\n")
        file.write("recovery_target_name = 'before'\nrecovery_target_action = 'promote'\n")
        file.write("archive_mode = off\n")
    shutil.chown(copy / "recovery.signal", *_owner(copy))
    cluster = Cluster(copy)
    with cluster.lock():
        cluster.start()
    try:
        return keys_in(cluster.url(), load)
    finally:
        with cluster.lock():
            cluster.stop()


def _owner(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_uid, found.st_gid
