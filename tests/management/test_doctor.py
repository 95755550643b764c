"""`manage.py doctor --inside`: what is well is said to be, and each planted fault is found, with
what to do about it."""

import io
import json
import os
import shutil
import socket
import threading
import time
from collections import namedtuple
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import redis as redis_client
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import AuditEntry
from chatproject.core.progress import Progress
from chatproject.core.storage import file_storage
from chatproject.environment.mail import email_settings
from chatproject.management.commands import doctor as command
from chatproject.management.doctor import clocks, database, services
from chatproject.management.doctor.findings import Check, Finding, State, examine, ok
from chatproject.management.doctor.samples import check_inbox, check_search, check_unread
from conversations.models import Participant
from messaging.models import InboxEntry, InboxState, SearchEntry
from tests.management.running import run
from tests.messaging.actions.scene import Scene
from tests.messaging.inbox.keeping import catch_up
from tests.messaging.search.conftest import index_all
from tests.redis_server import RedisServer
from tests.servers import PRODUCT, ServerProcess, free_port

OK, WARNING, FAILED = State.OK, State.WARNING, State.FAILED
GIB = 1024**3


def states(findings: Iterator[Finding]) -> dict[str, State]:
    """By name. Whatever is not well says what to do."""
    found = list(findings)
    assert all(bool(it.remedy) == (it.state != OK) for it in found), found
    return {it.name: it.state for it in found}


def state(findings: Iterator[Finding], name: str) -> State:
    return states(findings)[name]


class Clock:
    """The module `time` of a machine whose clock is off by so many seconds."""

    def __init__(self, off: float) -> None:
        self._off = off
        self.monotonic = time.monotonic

    def time(self) -> float:
        return time.time() + self._off


# -- the command


@pytest.fixture
def findings(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    """What the command finds, to be filled in."""
    found: list[Finding] = []
    monkeypatch.setattr(command, "_checks", lambda options: [Check("one", lambda: found, "Do.")])
    return found


def test_all_is_well(findings: list[Finding]) -> None:
    findings.append(ok("disk", "There is room."))
    assert run("doctor") == (
        0,
        {
            "ok": 1,
            "warning": 0,
            "failed": 0,
            "checks": [{"check": "disk", "state": "ok", "text": "There is room.", "remedy": ""}],
        },
    )


def test_a_warning_is_no_failure(findings: list[Finding]) -> None:
    findings.append(Finding("disk", WARNING, "There is little room.", "Make room."))
    code, report = run("doctor")
    assert (code, report["warning"], report["failed"]) == (0, 1, 0)


def test_a_failure_is_said_and_is_the_exit_code(findings: list[Finding]) -> None:
    findings += [ok("mail", "It goes."), Finding("disk", FAILED, "It is full.", "Make room.")]
    assert run("doctor")[0] == 1
    out = io.StringIO()
    with pytest.raises(CommandError, match=r"Failed checks: 1\."):
        call_command("doctor", stdout=out)
    assert out.getvalue().splitlines() == [
        "ok      mail  It goes.",
        "failed  disk  It is full.",
        "              → Make room.",
    ]


def test_a_check_that_raises_has_found_a_failure() -> None:
    def look() -> list[Finding]:
        raise ConnectionRefusedError(111, "Connection refused")

    checks = [Check("redis", look, "Start it."), Check("mail", lambda: [ok("mail", "Fine.")], "")]
    found = list(examine(checks, Progress(is_quiet=True)))
    assert found[0] == Finding(
        "redis", FAILED, "ConnectionRefusedError: Connection refused", "Start it."
    )
    assert found[1].state == OK


@pytest.mark.parametrize("value", ["chat.example.org", "ftp://a.example", "https://a.example/chat"])
def test_a_wrong_address_is_refused(value: str) -> None:
    with pytest.raises(CommandError, match="is not an address"):
        call_command("doctor", "--url", value)


def test_inside_and_outside_do_not_go_together() -> None:
    with pytest.raises(CommandError, match="not allowed with"):
        call_command("doctor", "--inside", "--outside")


def test_a_running_installation(data_dir: Path) -> None:
    """A real server with a PostgreSQL of its own, which keeps what it says it has kept."""
    with ServerProcess(data_dir, own_postgres=True, env=PRODUCT) as own:
        own.manage("backup", str(own.data_dir / "backup.tar"))
        report = json.loads(own.manage("doctor", "--inside", "--json"))
        found = {it["check"]: it["state"] for it in report["checks"]}
        assert {name for name, it in found.items() if it == "failed"} == set()
        of_this_machine = {"disk of data", "clock synchronization"}
        assert {name for name, it in found.items() if it == "warning"} <= {"mail"} | of_this_machine
        for name in ("fsync", "server's bus", "task workers", "backup", "storage", "unread"):
            assert found[name] == "ok"
        assert found["mail"] == "warning"  # there is no mail server


# -- PostgreSQL


@pytest.mark.django_db
def test_the_database_answers() -> None:
    assert states(database.check_database()) == {
        "database": OK,
        "migrations": OK,
        "connections": OK,
    }


@pytest.mark.django_db
def test_a_missing_migration_is_found() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'messaging'")
    assert state(database.check_database(), "migrations") == FAILED


@pytest.mark.django_db
def test_connections_that_are_used_up_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "IN_USE", "SELECT 0.85")
    assert state(database.check_database(), "connections") == WARNING
    monkeypatch.setattr(database, "IN_USE", "SELECT 0.99")
    assert state(database.check_database(), "connections") == FAILED


@pytest.mark.django_db
@pytest.mark.parametrize(("off", "found"), [(0, OK), (2, WARNING), (-2, WARNING), (600, FAILED)])
def test_a_clock_that_is_off_is_found(
    monkeypatch: pytest.MonkeyPatch, off: float, found: State
) -> None:
    monkeypatch.setattr(database, "time", Clock(off))
    assert state(database.check_clock(), "database clock") == found


@pytest.mark.django_db
def test_settings_that_lose_messages_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    found = states(database.check_durability())
    assert found["synchronous_commit"] == FAILED
    assert found["fsync"] == found["full_page_writes"] == FAILED  # as the tests' server is set
    monkeypatch.setattr(database, "_one", lambda sql: "on")
    assert set(states(database.check_durability()).values()) == {OK}


# -- tasks and backups


def queue(status: str, minutes: float) -> None:
    at = timezone.now() - timedelta(minutes=minutes)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at)"
            " VALUES ('default', 'x', %s::procrastinate_job_status, %s)",
            [status, at],
        )


def beat(seconds_ago: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - make_interval(secs => %s))",
            [seconds_ago],
        )


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "found"), [(1, OK), (20, WARNING), (90, FAILED)])
def test_tasks_that_wait_are_found(minutes: float, found: State) -> None:
    beat(3)
    queue("todo", minutes)
    assert states(database.check_tasks()) == {
        "tasks": found,
        "task workers": OK,
        "failed tasks": OK,
    }


@pytest.mark.django_db
def test_a_worker_that_is_gone_and_tasks_that_failed_are_found() -> None:
    beat(300)
    queue("failed", 5)
    found = states(database.check_tasks())
    assert (found["task workers"], found["failed tasks"]) == (FAILED, WARNING)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hours", "found"), [(2, OK), (40, WARNING), (24 * 9, FAILED), (None, FAILED)]
)
def test_a_backup_that_is_old_or_missing_is_found(hours: int | None, found: State) -> None:
    AuditEntry.objects.create(action="person.suspended")
    for age in (hours, 24 * 30) if hours is not None else ():
        AuditEntry.objects.create(
            action="backup.made", at=timezone.now() - timedelta(hours=age or 0)
        )
    assert state(database.check_backup(None), "backup") == found


@pytest.mark.django_db
def test_a_backup_that_others_made_counts(tmp_path: Path) -> None:
    assert state(database.check_backup(tmp_path), "backup") == FAILED
    file = tmp_path / "base.tar"
    file.write_text("x")
    assert state(database.check_backup(tmp_path), "backup") == OK
    long_ago = time.time() - 3 * 24 * 3600
    os.utime(file, (long_ago, long_ago))
    assert state(database.check_backup(tmp_path), "backup") == WARNING


# -- a sample


def test_a_wrong_counter_is_found(told_ten: Scene) -> None:
    assert states(check_unread()) == {"unread": OK}
    Participant.objects.filter(conversation=told_ten.conversation, user=told_ten.member).update(
        last_read_seq=99
    )
    assert states(check_unread()) == {"unread": FAILED}


def test_a_wrong_entry_of_an_inbox_is_found(told_ten: Scene, settings: Settings) -> None:
    assert states(check_inbox()) == {"inbox": OK}
    settings.INBOX = "entries"
    assert states(check_inbox()) == {"inbox": WARNING}
    catch_up()
    assert states(check_inbox()) == {"inbox": OK}
    InboxState.objects.update(applied_at=None)
    assert states(check_inbox()) == {"inbox": WARNING}
    InboxEntry.objects.filter(user=told_ten.member).delete()
    assert states(check_inbox()) == {"inbox": FAILED}


def test_a_wrong_entry_of_the_search_is_found(
    told_ten: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    index_all()
    assert states(check_search()) == {"search": OK, "search's lag": OK}
    entries = SearchEntry.objects.filter(conversation_id=told_ten.id)
    entries.filter(seq=4).update(text="another")
    assert states(check_search())["search"] == FAILED
    entries.filter(seq=4).update(text="message 4")
    told_ten.conversation.last_rev += 5_000
    told_ten.conversation.save(update_fields=["last_rev"])
    assert states(check_search())["search's lag"] == WARNING


@pytest.mark.django_db
def test_an_empty_installation_is_sound() -> None:
    assert set(states(check_unread()).values()) == {OK}
    assert set(states(check_search()).values()) == {OK}


# -- the machine and the services


def test_settings_that_make_no_sense_are_found(settings: Settings) -> None:
    settings.ENVIRONMENT.note("E099", "X is wrong.", "Correct X.")
    try:
        assert "settings" in states(services.check_settings())
        assert state(services.check_settings(), "settings") == FAILED
    finally:
        settings.ENVIRONMENT.problems.pop()


Usage = namedtuple("Usage", "total used free")  # noqa: PYI024 (as shutil's)


@pytest.mark.parametrize(
    ("free", "total", "found"),
    [
        *((50, 100, OK), (8, 100, OK), (400, 10_000, OK)),
        *((3, 100, WARNING), (0.5, 8, WARNING), (0.5, 100, FAILED), (0.1, 8, FAILED)),
    ],
)
def test_a_disk_that_fills_up_is_found(
    monkeypatch: pytest.MonkeyPatch, free: float, total: float, found: State
) -> None:
    usage = Usage(int(total * GIB), 0, int(free * GIB))
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    assert set(states(services.check_disk()).values()) == {found}


def test_the_storage_takes_gives_and_removes(own_store: Path) -> None:
    assert states(services.check_storage()) == {"storage": OK}
    assert [path for path in own_store.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (0, {"clock synchronization": OK}),
        (1, {"clock synchronization": OK}),  # a leap second is due
        (clocks.TIME_ERROR, {"clock synchronization": WARNING}),
        (-1, {}),  # not allowed in this container
    ],
)
def test_a_clock_that_nobody_keeps_right_is_found(
    told: int, found: dict[str, State], monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = SimpleNamespace(adjtimex=lambda timex: told)
    monkeypatch.setattr(clocks.ctypes, "CDLL", lambda name: kernel)
    assert states(clocks.check_synchronization()) == found


def test_the_kernel_is_asked_about_its_clock() -> None:
    assert clocks.kernel_clock_state() in (None, *range(clocks.TIME_ERROR + 1))


def test_a_storage_that_changes_or_keeps_objects_is_found(
    own_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = file_storage()
    with monkeypatch.context() as patch:
        patch.setattr(storage, "fetch", lambda key, target: target.write_bytes(b"other"))
        found = list(services.check_storage())
    assert [it.state for it in found] == [FAILED, FAILED]
    with monkeypatch.context() as patch:
        patch.setattr(storage, "remove", lambda keys: None)
        found = list(services.check_storage())
    assert [it.state for it in found] == [OK, FAILED]


def test_a_storage_that_cannot_be_written_is_found(own_store: Path) -> None:
    (own_store / "doctor").write_text("a file where a folder should be")
    checks = [Check("storage", services.check_storage, "Start it.")]
    (found,) = examine(checks, Progress(is_quiet=True))
    assert (found.state, found.remedy) == (FAILED, "Start it.")


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


def test_redis_answers_and_passes_on(redis: RedisServer, settings: Settings) -> None:
    settings.REDIS_URL = redis.url
    assert states(services.check_redis()) == {
        "redis": OK,
        "redis clock": OK,
        "redis pub/sub": OK,
        "redis pages": OK,
        "redis memory": OK,
    }
    settings.REDIS_PAGE_CACHE_BYTES = 0
    assert "redis pages" not in states(services.check_redis())
    settings.REDIS_URL = ""
    assert states(services.check_redis()) == {"redis": OK}


def test_a_redis_that_is_away_is_found(settings: Settings) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    (found,) = examine([Check("redis", services.check_redis, "Start it.")], Progress(is_quiet=True))
    assert (found.state, found.remedy) == (FAILED, "Start it.")


def test_a_redis_that_does_not_let_us_listen_is_found(
    redis: RedisServer, settings: Settings
) -> None:
    with redis_client.Redis.from_url(redis.url) as client:
        client.execute_command(
            "ACL", "SETUSER", "deaf", "on", ">pw", "~*", "+@all", "resetchannels"
        )
    settings.REDIS_URL = redis.url.replace("redis://", "redis://deaf:pw@")
    assert state(services.check_redis(), "redis pub/sub") == FAILED


def test_a_redis_that_keeps_no_pages_for_us_is_found(
    redis: RedisServer, settings: Settings
) -> None:
    with redis_client.Redis.from_url(redis.url) as client:
        keys = ("~chat:presence:*",)
        client.execute_command("ACL", "SETUSER", "strict", "on", ">pw", *keys, "+@all")
    settings.REDIS_URL = redis.url.replace("redis://", "redis://strict:pw@")
    assert state(services.check_redis(), "redis pub/sub") == OK
    assert state(services.check_redis(), "redis pages") == FAILED


def test_a_redis_that_is_nearly_full_is_found(redis: RedisServer, settings: Settings) -> None:
    settings.REDIS_URL = redis.url
    with redis_client.Redis.from_url(redis.url) as client:
        used = client.info("memory")["used_memory"]
        client.config_set("maxmemory", used * 4)
        try:
            assert state(services.check_redis(), "redis memory") == OK
            client.config_set("maxmemory", int(used * 1.1))
            assert state(services.check_redis(), "redis memory") == WARNING
            client.config_set("maxmemory-policy", "volatile-ttl")
            assert state(services.check_redis(), "redis memory") == OK
        finally:
            client.config_set("maxmemory", 0)


def test_a_redis_whose_clock_is_off_is_found(
    redis: RedisServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = redis.url
    monkeypatch.setattr(services, "time", Clock(60))
    assert state(services.check_redis(), "redis clock") == FAILED


# -- the server


def answer(status: int, parts: dict[str, str]) -> Any:
    return lambda *_, **__: httpx.Response(status, json=parts)


def test_parts_of_the_server_that_do_not_answer_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {"status": "failed", "database": "failed", "bus": "away", "storage": "ok"}
    monkeypatch.setattr(httpx, "get", answer(503, parts))
    assert states(services.check_server()) == {
        "server's database": FAILED,
        "server's bus": FAILED,
        "server's storage": OK,
    }


def test_a_server_that_is_away_is_found(settings: Settings) -> None:
    settings.HOST, settings.PORT = "127.0.0.1", free_port()
    assert states(services.check_server()) == {"server": WARNING}


# -- mail


class MailServer:
    """Says what it is told to, to one client."""

    def __init__(self, greeting: bytes) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, args=(greeting,), daemon=True)
        self._thread.start()

    def _serve(self, greeting: bytes) -> None:
        connection, _ = self._listener.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(greeting)
            for line in lines:
                is_end = line.upper().startswith(b"QUIT")
                connection.sendall(b"221 bye\r\n" if is_end else b"250 yes\r\n")
        self._listener.close()


def mail_by(settings: Settings, port: int) -> Finding:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    (found,) = examine([Check("mail", services.check_mail, "Correct it.")], Progress(is_quiet=True))
    return found


def test_a_mail_server_that_takes_us(settings: Settings) -> None:
    assert mail_by(settings, MailServer(b"220 here\r\n").port).state == OK


def test_a_mail_server_that_refuses_or_is_away_is_found(settings: Settings) -> None:
    for port in (MailServer(b"554 go away\r\n").port, free_port()):
        found = mail_by(settings, port)
        assert (found.state, found.remedy) == (FAILED, "Correct it.")


@pytest.mark.parametrize("url", ["", "console:", "file:///var/mails"])
def test_mail_that_is_not_sent_is_found(settings: Settings, url: str) -> None:
    for name, value in email_settings(url, Path("/data/mail")).items():
        setattr(settings, name, value)
    (found,) = services.check_mail()
    assert (found.state, "EMAIL_URL" in found.remedy) == (WARNING, True)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("postgresql://chat:a-password@127.0.0.1:{port}/chat", "Connection refused"),
        ("another database", "does not exist"),
    ],
)
def test_a_database_that_is_away_is_found(data_dir: Path, url: str, why: str) -> None:
    """The cause is told, and nobody is sent to repair what cannot be looked at."""
    own = ServerProcess(data_dir)
    try:
        another = urlsplit(own.database_url)._replace(path="/another_database").geturl()
        own.env["DATABASE_URL"] = url.format(port=free_port()) if "{" in url else another
        with pytest.raises(RuntimeError) as caught:
            own.manage("doctor", "--inside")
    finally:
        own.close()
    told = str(caught.value)
    assert why in told
    assert "a-password" not in told
    assert (
        told.count("→ Start the PostgreSQL that DATABASE_URL names") == told.count("It needs") + 1
    )
    assert "check_unread" not in told
