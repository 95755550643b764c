"""`manage.py serve --workers`: processes that share a port and are watched."""

import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from django.core.management.base import CommandError

from chatproject.server import supervisor as workers_module
from chatproject.server.serve import bind, bind_all
from chatproject.server.supervisor import Supervisor
from tests.redis_server import RedisServer
from tests.servers import ServerProcess, free_port
from tests.waiting import eventually


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
def own(data_dir: Path, redis: RedisServer) -> Iterator[ServerProcess]:
    """A server of two workers, serving."""
    process = ServerProcess(data_dir, env={"REDIS_URL": redis.url})
    process.spawn("serve", "--workers", "2")
    try:
        process.wait_until_ready()
        eventually(lambda: "Serving http" in process.tail())
        yield process
    finally:
        process.close()


def workers(own: ServerProcess) -> list[psutil.Process]:
    assert own.process is not None
    return psutil.Process(own.process.pid).children()


def serving(own: ServerProcess) -> set[int]:
    """The processes that hold a connection of their own on the port."""
    return {worker.pid for worker in workers(own) if worker.net_connections("tcp")}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_all_end_with_the_supervisor(own: ServerProcess, number: signal.Signals) -> None:
    before = workers(own)
    assert len(before) == 2
    assert own.signal(number) == 0
    assert "Stopped." in own.tail()
    assert "Traceback" not in own.tail()
    assert not any(worker.is_running() for worker in before)


def test_a_killed_worker_is_replaced(own: ServerProcess) -> None:
    victim, other = workers(own)
    victim.kill()
    eventually(lambda: len(workers(own)) == 2 and victim.pid not in {it.pid for it in workers(own)})
    assert other.is_running()
    # Each of these has a new connection, half of them to the new worker, for whom they wait.
    for _ in range(20):
        assert httpx.get(f"{own.base_url}/healthz", timeout=30).status_code == 200
    assert "another takes its place" in own.tail()


def test_both_workers_serve(own: ServerProcess) -> None:
    kept = [socket.create_connection(("127.0.0.1", own.port)) for _ in range(40)]
    try:
        counts = [
            sum(1 for it in worker.net_connections("tcp") if it.status == "ESTABLISHED")
            for worker in workers(own)
        ]
        assert all(counts)
    finally:
        for connection in kept:
            connection.close()


def test_workers_end_when_their_supervisor_is_killed(own: ServerProcess) -> None:
    before = workers(own)
    own.kill()
    eventually(lambda: not any(worker.is_running() for worker in before), seconds=40)
    own.start()


def test_a_worker_that_does_not_end_is_waited_for_no_longer_than_promised(
    own: ServerProcess,
) -> None:
    frozen, _ = workers(own)
    frozen.suspend()
    assert own.stop() == 0
    assert not frozen.is_running()


def test_a_worker_that_cannot_start_ends_all(data_dir: Path, redis: RedisServer) -> None:
    own = ServerProcess(data_dir, env={"REDIS_URL": redis.url})
    own.env["PYTHONPATH"] = str(data_dir)
    (data_dir / "hiredis.py").write_text("raise ImportError('broken on purpose')")
    try:
        own.spawn("serve", "--workers", "2")
        assert own.process is not None
        assert own.process.wait(60) == 1
    finally:
        own.close()


def test_a_port_of_many_is_not_shared_with_strangers() -> None:
    port = free_port()
    listeners = bind_all("127.0.0.1", port, 2)
    try:
        with pytest.raises(CommandError, match="in use"):
            bind_all("127.0.0.1", port, 2)
        with pytest.raises(CommandError, match="in use"):
            bind("127.0.0.1", port)
    finally:
        for listener in listeners:
            listener.close()


def test_who_misses_redis_at_the_start_is_warned_and_serves(data_dir: Path) -> None:
    own = ServerProcess(data_dir, env={"REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"})
    own.spawn("serve", "--workers", "2")
    try:
        own.wait_until_ready()
        assert "chat.W025" in own.tail()
    finally:
        own.close()


class Enough(Exception):
    pass


@pytest.fixture
def kept_signals() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    former = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in former.items():
        signal.signal(number, handler)


def test_a_worker_that_stands_still_is_replaced(
    monkeypatch: pytest.MonkeyPatch, kept_signals: None, tmp_path: Path
) -> None:
    monkeypatch.setattr(workers_module, "SILENT_SECONDS", 0.2)
    started: list[int] = []

    def command(listener: int, heartbeat: int) -> list[str]:
        started.append(heartbeat)
        if len(started) == 2:
            raise Enough
        serves_and_stops = "import os, sys, time; os.write(int(sys.argv[1]), b'.'); time.sleep(600)"
        return [sys.executable, "-c", serves_and_stops, str(heartbeat)]

    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(Enough):
        Supervisor([listener], command, lambda: None, tmp_path / "metrics").run()
    assert len(started) == 2
