"""Documents at addresses that anybody names: servers that play tricks lead nowhere."""

import gzip
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any, Self

import pytest

from chatproject.core.outbound import AddressRefused, Document, Unfit, Unreachable, fetch
from chatproject.core.outbound.fetching import MAX_REDIRECTS, ascii_url
from tests.core.test_outbound import Server, reply

MOST = {"text/html": 2000, "image/png": 1000}
Handler = BaseHTTPRequestHandler


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def page(body: bytes = b"<p>hi", **headers: str) -> Callable[[Handler], None]:
    given = {"Content-Type": "text/html; charset=UTF-8", **headers}
    return lambda it: reply(it, 200, body, **given)


def get(server: Server, path: str = "/", seconds: float = 20.0) -> Document:
    return fetch(f"{server.url}{path}", most=MOST, seconds=seconds, allowed=[server.host])


def test_a_page_is_read(server: Server) -> None:
    server.answer = page()
    found = get(server, "/\u00e4?q=\u00fc#part")
    assert found == Document(f"{server.url}/%C3%A4?q=%C3%BC", "text/html", "utf-8", b"<p>hi", True)
    ((path, headers, _),) = server.asked
    assert path == "/%C3%A4?q=%C3%BC"
    assert "Cookie" not in headers
    assert "Referer" not in headers


def test_few_redirects_are_followed(server: Server) -> None:
    def answer(it: Handler) -> None:
        left = int(it.path[1:])
        if left:
            reply(it, 302, b"", Location=f"/{left - 1}")
        else:
            page()(it)

    server.answer = answer
    assert get(server, f"/{MAX_REDIRECTS}").url == f"{server.url}/0"
    with pytest.raises(Unfit):
        get(server, f"/{MAX_REDIRECTS + 1}")


def test_a_redirect_loop_ends(server: Server) -> None:
    server.answer = lambda it: reply(it, 301, b"", Location="/")
    with pytest.raises(Unfit):
        get(server)
    assert len(server.asked) == MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://10.0.0.1/",
        "//0.0.0.0/",
        "file:///etc/passwd",
        "ftp://example.org/",
        "gopher://127.0.0.1:70/",
        "http://ann:secret@example.org/",
        "http://example.org:22/",
    ],
)
def test_a_redirect_leads_nowhere_inside(server: Server, target: str) -> None:
    server.answer = lambda it: reply(it, 302, b"", Location=target)
    with pytest.raises(AddressRefused):
        get(server)
    with pytest.raises(AddressRefused):
        fetch(f"http:{target}" if target[0] == "/" else target, most=MOST, seconds=20.0)
    assert len(server.asked) == 1


def test_another_port_of_an_allowed_host_is_not_asked(server: Server) -> None:
    with Other() as other:
        server.answer = lambda it: reply(it, 302, b"", Location=f"{other.url}/")
        with pytest.raises(AddressRefused):
            get(server)
        assert other.asked == []


class Other(Server):
    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def test_a_name_that_moves_inside_after_a_redirect_is_not_followed(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    """The name is public at first and resolves to this machine the next time."""
    answers = iter(["93.184.216.34", "127.0.0.1"])
    resolved, reached = [], []
    real, real_resolve = socket.create_connection, socket.getaddrinfo

    def resolve(host: str, port: int, *args: Any, **options: Any) -> list[Any]:
        if host == "127.0.0.1":
            return real_resolve(host, port, *args, **options)
        resolved.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def connect(address: tuple[str, int], *args: Any, **options: Any) -> Any:
        reached.append(address[0])
        return real(("127.0.0.1", server.port), *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    server.answer = lambda it: reply(it, 302, b"", Location="http://rebind.example/again")
    with pytest.raises(AddressRefused):
        fetch("http://rebind.example/", most=MOST, seconds=20.0)
    assert (resolved, reached) == (["rebind.example"] * 2, ["93.184.216.34"])


def test_the_second_address_is_tried_where_the_first_is_closed(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    found = [(socket.AF_INET, 1, 6, "", (each, 80)) for each in ("8.8.8.8", "9.9.9.9")]
    real, reached = socket.create_connection, []

    def connect(address: tuple[str, int], *args: Any, **options: Any) -> Any:
        reached.append(address[0])
        if address[0] == "8.8.8.8":
            raise ConnectionRefusedError
        return real(("127.0.0.1", server.port), *args, **options)

    real_resolve = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *rest, **options: (
            found if host == "two.example" else real_resolve(host, *rest, **options)
        ),
    )
    monkeypatch.setattr(socket, "create_connection", connect)
    server.answer = page()
    assert fetch("http://two.example/", most=MOST, seconds=20.0).body == b"<p>hi"
    assert reached == ["8.8.8.8", "9.9.9.9"]


def test_a_huge_body_is_cut(server: Server) -> None:
    server.answer = page(b"x" * 1_000_000)
    found = get(server)
    assert (len(found.body), found.is_whole) == (2000, False)


def test_a_body_without_an_end_is_cut(server: Server) -> None:
    def answer(it: Handler) -> None:
        it.send_response(200)
        it.send_header("Content-Type", "text/html")
        it.end_headers()
        try:
            while True:
                it.wfile.write(b"x" * 1000)
        except OSError:
            pass

    server.answer = answer
    assert len(get(server).body) == 2000


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_what_is_compressed_is_read(server: Server, pack: Callable[[bytes], bytes]) -> None:
    server.answer = page(pack(b"<p>hi"), **{"Content-Encoding": "gzip"})
    assert get(server).body == b"<p>hi"


def test_a_bomb_does_not_go_off(server: Server) -> None:
    """A kilobyte that would become a megabyte; the bound holds after decompression."""
    bomb = gzip.compress(b"\0" * 1_000_000)
    assert len(bomb) < 2000
    server.answer = page(bomb, **{"Content-Encoding": "gzip"})
    found = get(server)
    assert (len(found.body), found.is_whole) == (2000, False)


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "x"])
def test_other_encodings_are_not_read(server: Server, encoding: str) -> None:
    server.answer = page(**{"Content-Encoding": encoding})
    with pytest.raises(Unfit):
        get(server)


def test_what_is_falsely_called_compressed_is_not_read(server: Server) -> None:
    server.answer = page(**{"Content-Encoding": "gzip"})
    with pytest.raises(Unreachable):
        get(server)


@pytest.mark.parametrize("kind", ["image/svg+xml", "application/pdf", "text/plain", ""])
def test_other_types_are_not_read(server: Server, kind: str) -> None:
    server.answer = page(**{"Content-Type": kind})
    with pytest.raises(Unfit):
        get(server)


@pytest.mark.parametrize("status", [204, 401, 404, 500])
def test_other_statuses_are_not_read(server: Server, status: int) -> None:
    server.answer = lambda it: reply(it, status, b"", **{"Content-Type": "text/html"})
    with pytest.raises(Unfit):
        get(server)


@pytest.mark.parametrize("slow", ["head", "body"])
def test_who_answers_byte_by_byte_is_given_up(server: Server, slow: str) -> None:
    """Each read brings something, so only the deadline of the whole ends it."""
    is_over = threading.Event()

    def answer(it: Handler) -> None:
        it.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n")
        it.wfile.write(b"X-Slow: " if slow == "head" else b"\r\n")
        try:
            while not is_over.wait(0.02):
                it.wfile.write(b"x")
        except OSError:
            pass

    server.answer = answer
    try:
        with pytest.raises(Unreachable):
            get(server, seconds=0.5)
    finally:
        is_over.set()


def test_addresses_are_written_in_one_way() -> None:
    assert ascii_url("HTTPS://B\u00fccher.example:443") == "https://xn--bcher-kva.example/"
    assert ascii_url("http://[2606:4700::1]:80/a b#c") == "http://[2606:4700::1]/a%20b"
    for wrong in ("http://", "http://\u00ad.example/", "http://[x/", "javascript:alert(1)"):
        with pytest.raises(AddressRefused):
            ascii_url(wrong)
