"""`manage.py serve` on a socket that systemd holds."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import database
from tests.redis_server import RedisServer
from tests.servers import ServerProcess

# What systemd does: the sockets are the numbers from 3 on, and named in two variables.
ACTIVATED = """
import os, sys
os.dup2({descriptor}, 3)
os.environ |= {{"LISTEN_FDS": "{count}", "LISTEN_PID": str(os.getpid() + {other})}}
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def activated(held: socket.socket, *, count: int = 1, other: int = 0) -> tuple[str, ...]:
    code = ACTIVATED.format(descriptor=held.fileno(), count=count, other=other)
    return (sys.executable, "-c", code, "manage.py")


@pytest.fixture
def held() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        yield listener


@pytest.fixture
def own(data_dir: Path, held: socket.socket) -> Iterator[ServerProcess]:
    process = ServerProcess(data_dir)
    process.port = held.getsockname()[1]
    process.base_url = f"http://127.0.0.1:{process.port}"
    process.pass_fds = (held.fileno(),)
    process.program = activated(held)
    yield process
    process.close()


def test_serves_on_it_and_leaves_it_open(own: ServerProcess, held: socket.socket) -> None:
    own.start()
    assert own.stop() == 0
    # Nobody is there to answer, and yet who connects now is not refused.
    with socket.create_connection(("127.0.0.1", own.port)) as waiting:
        waiting.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        own.start()
        assert waiting.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"


def test_several_workers_share_it(own: ServerProcess) -> None:
    with RedisServer() as redis:
        own.env["REDIS_URL"] = redis.url
        own.arguments = ("--workers", "2")
        own.start()
        assert own.restart().stop() == 0
    assert "Traceback" not in own.tail()


def test_variables_for_another_process_are_passed_over(
    own: ServerProcess, held: socket.socket
) -> None:
    """It binds a port of its own, which in this case is the one that is taken."""
    own.program = activated(held, other=1)
    own.arguments = ("--port", str(own.port))
    assert "cannot be listened on" in _refusal(own)


@pytest.mark.parametrize(("count", "words"), [(2, "systemd passed 2 sockets"), (0, "passed 0")])
def test_another_number_of_sockets_is_refused(
    own: ServerProcess, held: socket.socket, count: int, words: str
) -> None:
    own.program = activated(held, count=count)
    assert words in _refusal(own)


def test_what_does_not_listen_is_refused(own: ServerProcess) -> None:
    one, other = socket.socketpair()
    with one, other:
        own.pass_fds = (one.fileno(),)
        own.program = activated(one)
        assert "does not listen on an address and a port" in _refusal(own)


def _refusal(own: ServerProcess) -> str:
    """What `serve` says when it ends without having served."""
    done = subprocess.run(
        [*own.program, "serve", *own.arguments],
        cwd=database.ROOT,
        env={**own.env, "PATH": os.environ["PATH"]},
        check=False,
        capture_output=True,
        text=True,
        pass_fds=own.pass_fds,
        timeout=60,
    )
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr
