"""`manage.py serve` refuses what cannot work, serves, and ends cleanly."""

import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest
from django.core.management.base import CommandError

from chatproject.server.serve import USER_TIMEOUT_MS, bind
from tests import database
from tests.servers import ServerProcess, free_port
from tests.waiting import eventually


@pytest.fixture
def own(data_dir: Path) -> Iterator[ServerProcess]:
    """A server of the test's own, not yet started."""
    process = ServerProcess(data_dir)
    yield process
    process.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_ends_cleanly(own: ServerProcess, number: signal.Signals) -> None:
    own.start()
    assert own.signal(number) == 0
    assert "Stopped." in own.tail()
    assert "Traceback" not in own.tail()


def test_ends_cleanly_while_someone_neither_reads_nor_leaves(own: ServerProcess) -> None:
    own.start()
    with socket.create_connection(("127.0.0.1", own.port)) as stalled:
        stalled.sendall(b"GET / HTTP/1.1\r\nHost: ")
        assert own.stop() == 0


def test_who_has_just_connected_is_answered(own: ServerProcess) -> None:
    """A proxy that finds its new connection closed cannot send a POST again."""
    own.start()
    with socket.create_connection(("127.0.0.1", own.port)) as before:
        before.settimeout(20)
        eventually(lambda: connections_of(own) == 1)
        assert own.process is not None
        own.process.send_signal(signal.SIGTERM)
        while accepts(own):
            time.sleep(0.01)
        before.sendall(b"GET /v1/users/me HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert before.recv(1000).startswith(b"HTTP/1.1 401 ")
    assert own.process.wait(20) == 0


def accepts(server: ServerProcess) -> bool:
    try:
        socket.create_connection(("127.0.0.1", server.port)).close()
    except OSError:
        return False
    return True


def connections_of(server: ServerProcess) -> int:
    """That it has accepted."""
    assert server.process is not None
    established = psutil.Process(server.process.pid).net_connections(kind="tcp")
    return sum(it.laddr.port == server.port and it.status == "ESTABLISHED" for it in established)


def test_same_data_folder_twice(own: ServerProcess, data_dir: Path) -> None:
    own.start()
    second = ServerProcess(data_dir)
    try:
        with pytest.raises(RuntimeError, match="A server runs on"):
            second.manage("serve")
    finally:
        second.close()
    assert own.is_ready()


def test_taken_port(own: ServerProcess) -> None:
    with socket.create_server(("127.0.0.1", own.port)), pytest.raises(RuntimeError) as refusal:
        own.manage("serve")
    assert f"PORT {own.port} cannot be listened on" in str(refusal.value)
    assert "Traceback" not in str(refusal.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--workers", "2"], "chat.E024: --workers 2 needs REDIS_URL"),
        (["--workers", "0"], "not a number from 1"),
        (["--workers", "many"], "not a number from 1"),
        (["--port", "0"], "not a number from 1 to 65535"),
        (["--host", "203.0.113.1"], "cannot be listened on"),
        (["--host", "no.such.host.invalid"], "cannot be listened on"),
    ],
)
def test_refusals(own: ServerProcess, arguments: list[str], words: str) -> None:
    with pytest.raises(RuntimeError) as refusal:
        own.manage("serve", *arguments)
    assert words in str(refusal.value)
    assert "Traceback" not in str(refusal.value)


def test_unmigrated_database_is_refused(data_dir: Path) -> None:
    own = ServerProcess(data_dir)
    name = own.database_url.partition("?")[0].rpartition("/")[2]
    try:
        with psycopg.connect(database.url(name)) as connection:
            connection.execute("DELETE FROM django_migrations WHERE app = 'messaging'")
        with pytest.raises(RuntimeError, match=r"lacks .* migrations.*messaging"):
            own.manage("serve")
    finally:
        own.close()


def test_listener_gives_vanished_peers_up() -> None:
    with bind("127.0.0.1", free_port()) as listener:
        with socket.create_connection(listener.getsockname()):
            accepted, _ = listener.accept()
        with accepted:
            option = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    assert option == USER_TIMEOUT_MS


def test_port_is_ours_alone() -> None:
    port = free_port()
    with bind("127.0.0.1", port), pytest.raises(CommandError, match="in use"):
        bind("127.0.0.1", port)


def test_serves_over_ipv6(own: ServerProcess) -> None:
    own.spawn("serve", "--host", "::1")
    eventually(
        lambda: httpx.get(f"http://[::1]:{own.port}/").status_code == 200, but=httpx.TransportError
    )


def test_static_files_are_hashed_compressed_and_kept_by_browsers(server: ServerProcess) -> None:
    page = httpx.get(server.base_url)
    style = re.search(r'href="(/static/chat/css/base\.[0-9a-f]{12}\.css)"', page.text)
    assert style
    answer = httpx.get(server.base_url + style[1], headers={"accept-encoding": "gzip"})
    assert answer.headers["cache-control"].endswith("immutable")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "@layer" in answer.text
    again = {"if-none-match": answer.headers["etag"]}
    assert httpx.get(server.base_url + style[1], headers=again).status_code == 304
    head = httpx.head(server.base_url + style[1])
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("name", ["nope.css", "../secret_key", "%2e%2e/secret_key", ".collected/x"])
def test_nothing_but_static_files(server: ServerProcess, name: str) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        request = f"GET /static/{name} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        raw.sendall(request.encode())
        assert b" 404 " in raw.makefile("rb").readline()


def test_tells_nothing_of_the_server(server: ServerProcess) -> None:
    assert "server" not in httpx.get(f"{server.base_url}/healthz").headers


def test_forwarded_headers_are_believed_from_trusted_proxies_only(data_dir: Path) -> None:
    production = {
        "PUBLIC_URL": "https://chat.example.org",
        "SECRET_KEY": "x7Lq" * 20 + "0123456789abcdef",
        "TRUSTED_PROXIES": "127.0.0.1",
    }
    forwarded = {"host": "chat.example.org", "x-forwarded-proto": "https"}
    with ServerProcess(data_dir, env=production) as own:
        probe = {"host": "10.1.2.3:8000"}  # plain http, and no host of ours
        assert httpx.get(f"{own.base_url}/healthz", headers=probe).status_code == 200
        assert httpx.get(own.base_url, headers={"host": "chat.example.org"}).status_code == 301
        answer = httpx.get(own.base_url, headers=forwarded)
        assert answer.status_code == 200
        assert "max-age=31536000" in answer.headers["strict-transport-security"]
        own.stop()
        own.env["TRUSTED_PROXIES"] = "192.0.2.1"
        own.start()
        assert httpx.get(own.base_url, headers=forwarded).status_code == 301
