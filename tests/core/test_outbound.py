"""Requests to addresses that people name: which hosts are asked, and within which bounds."""

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from chatproject.core.outbound import AddressRefused, Unreachable, is_public, request
from chatproject.core.outbound.client import split_url

PRIVATE = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.9.9.9",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "x",
]
PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_of_no_public_network(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https://user:secret@example.org/",
        "https://example.org:99999/",
        "https://example.org:0/",
        "https://exa mple.org/",
        "https://example.org/\r\nX: y",
        "https://example.org/" + "x" * 2000,
        "https://ex\u00e4mple.org/",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        split_url(url)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::1]", "0.0.0.0"]
)
def test_ones_own_machine_is_not_asked_under_any_name(host: str) -> None:
    with pytest.raises(AddressRefused):
        request("GET", f"http://{host}:9/")


class Server:
    """A server of the test's own, which answers by `answer` and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.answer: Callable[[BaseHTTPRequestHandler], None] = lambda it: reply(it, 200, b"fine")
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.asked.append((self.path, dict(self.headers), body))
                outer.answer(self)

            do_GET = do_POST

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def test_a_host_that_a_setting_names_is_asked(server: Server, settings: Any) -> None:
    settings.OUTBOUND_HOSTS = [server.host]
    answer = request("POST", f"{server.url}/in?x=1", headers={"X-A": "b"}, body=b"hello")
    assert (answer.status, answer.body, answer.is_whole) == (200, b"fine", True)
    ((path, headers, body),) = server.asked
    assert (path, headers["X-A"], headers["Host"], body) == ("/in?x=1", "b", server.host, b"hello")
    with pytest.raises(AddressRefused):
        request("GET", f"http://localhost:{server.port}/")


def test_nothing_is_redirected(server: Server, settings: Any) -> None:
    settings.OUTBOUND_HOSTS = [server.host]
    server.answer = lambda it: reply(it, 302, b"", Location=f"{server.url}/secret")
    assert request("GET", server.url).status == 302
    assert len(server.asked) == 1


def test_a_large_answer_is_cut(server: Server, settings: Any) -> None:
    settings.OUTBOUND_HOSTS = [server.host]
    server.answer = lambda it: reply(it, 200, b"x" * 100_000)
    answer = request("GET", server.url, most=1000)
    assert (len(answer.body), answer.is_whole) == (1000, False)


def test_who_says_nothing_is_given_up(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        settings.OUTBOUND_HOSTS = [host]
        with pytest.raises(Unreachable):
            request("GET", f"http://{host}/", seconds=0.2)
    with pytest.raises(Unreachable):
        request("GET", f"http://{host}/")


def test_a_name_is_resolved_once_and_that_address_is_asked(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that answers otherwise the second time gains nothing."""
    asked = []

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        address = "93.184.216.34" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    reached: list[str] = []

    def connect(address: tuple[str, int], *args: Any, **options: Any) -> Any:
        reached.append(address[0])
        raise OSError("not in a test")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(Unreachable):
        request("GET", f"http://rebind.example:{server.port}/")
    assert (asked, reached) == (["rebind.example"], ["93.184.216.34"])


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, 1, 6, "", (each, 80)) for each in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(AddressRefused):
        request("GET", "http://mixed.example/")
