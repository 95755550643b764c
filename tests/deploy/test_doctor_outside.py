"""`manage.py doctor --outside`, at a server behind nginx as deploy/ sets it up, and behind one in
whose configuration a fault is planted."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from pytest_django.fixtures import Settings

from chatproject.core.progress import Progress
from chatproject.management.doctor.findings import Finding, State, examine
from chatproject.management.doctor.outside import Outside
from chatproject.server import doctor_probe
from tests.conftest import SERVER
from tests.deploy.proxies import Proxy, make_certificate
from tests.servers import ServerProcess, free_port

OK, WARNING, FAILED = State.OK, State.WARNING, State.FAILED
SECRET_KEY = "b7Rz" * 20 + "0123456789abcdef"
GOOD = dict.fromkeys(("tls", "clock", "page", "client's address", "host", "websocket"), OK)


@pytest.fixture(scope="module")
def behind(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    """A server in production mode, for a proxy that is called localhost."""
    env = {
        "PUBLIC_URL": "https://localhost",
        "TRUSTED_PROXIES": "127.0.0.1",
        "SECRET_KEY": SECRET_KEY,
        "METRICS_TOKEN": "a-token-for-the-tests-of-the-doctor",
    }
    with ServerProcess(tmp_path_factory.mktemp("server"), env=env) as server:
        request.node.stash[SERVER] = server
        yield server


@pytest.fixture(autouse=True)
def same_key(settings: Settings) -> None:
    settings.SECRET_KEY = SECRET_KEY


@pytest.fixture
def proxy(behind: ServerProcess, tmp_path: Path) -> Proxy:
    """Not running yet."""
    proxy = Proxy("nginx", tmp_path, free_port(), behind.port)
    make_certificate(tmp_path, lasting=timedelta(days=80))
    return proxy


def findings(proxy: Proxy, *, trusted: bool = True) -> list[Finding]:
    authorities = proxy.folder / "certificate.pem" if trusted else None
    checks = Outside(urlsplit(proxy.url), authorities).checks()
    found = list(examine(checks, Progress(is_quiet=True)))
    assert all(bool(it.remedy) == (it.state != OK) for it in found), found
    return found


def states(proxy: Proxy, *, trusted: bool = True) -> dict[str, State]:
    return {it.name: it.state for it in findings(proxy, trusted=trusted)}


def plant(proxy: Proxy, *changes: tuple[str, str]) -> None:
    path = proxy.folder / "chat.conf"
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)


def test_a_good_proxy(proxy: Proxy, behind: ServerProcess) -> None:
    with proxy.running():
        found = findings(proxy)
        assert {it.name: it.state for it in found} == GOOD, found
        certificate = str(proxy.folder / "certificate.pem")
        told = behind.manage(
            *("doctor", "--outside", "--json", "--url", proxy.url, "--ca", certificate)
        )
    assert json.loads(told)["failed"] == 0


FOR = "proxy_set_header X-Forwarded-For   $remote_addr;"
PROTO = "proxy_set_header X-Forwarded-Proto $scheme;"
HOST = "proxy_set_header Host              $host;"


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ([(FOR, "")], {"client's address": FAILED}),
        (
            [(FOR, "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;")],
            {"client's address": FAILED},
        ),
        ([(PROTO, "")], {"page": FAILED, "proxy": FAILED}),
        ([(HOST, "")], {"page": FAILED, "host": FAILED}),
        ([("proxy_set_header Upgrade    $http_upgrade;", "")], {"websocket": FAILED}),
        ([("location = /readyz  { return 404; }", "")], {"inner paths": WARNING}),
        (
            [("location = /readyz  {", "location = /healthz { return 404; } location = /readyz {")],
            {"proxy": WARNING},
        ),
    ],
    ids=["passes-for", "adds-for", "no-proto", "no-host", "no-upgrade", "readyz", "no-healthz"],
)
def test_a_fault_of_the_proxy_is_found(
    proxy: Proxy, changes: list[tuple[str, str]], found: dict[str, State]
) -> None:
    plant(proxy, *changes)
    with proxy.running():
        told = findings(proxy)
    assert {it.name: it.state for it in told if it.state != OK} == found, told


@pytest.mark.parametrize(("days", "state"), [(60, OK), (10, WARNING), (1, FAILED)])
def test_a_certificate_that_ends_soon_is_found(proxy: Proxy, days: int, state: State) -> None:
    make_certificate(proxy.folder, lasting=timedelta(days=days, hours=12))
    with proxy.running():
        assert states(proxy)["tls"] == state


def test_a_certificate_that_has_ended_is_found(proxy: Proxy) -> None:
    make_certificate(proxy.folder, lasting=timedelta(hours=-1))
    with proxy.running():
        (tls,) = [it for it in findings(proxy) if it.name == "tls"]
    assert (tls.state, "expired" in tls.text) == (FAILED, True)


def test_a_certificate_that_nobody_trusts_is_found(proxy: Proxy) -> None:
    with proxy.running():
        assert states(proxy, trusted=False)["tls"] == FAILED


def test_a_proxy_that_is_away_is_found(proxy: Proxy) -> None:
    assert set(states(proxy).values()) == {FAILED}


def test_somebody_else_is_found(proxy: Proxy) -> None:
    """A proxy that leads elsewhere: to something that answers, and not as the chat does."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        plant(proxy, (f"server 127.0.0.1:{proxy.upstream}", f"server 127.0.0.1:{port}"))
        threading.Thread(target=serve_nothing, args=(other,), daemon=True).start()
        with proxy.running():
            seen = states(proxy)
    assert (seen["page"], seen["websocket"], seen["proxy"]) == (FAILED, FAILED, WARNING)


def serve_nothing(listener: socket.socket) -> None:
    try:
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
    except OSError:
        return


def test_plain_http_is_warned_of(server: ServerProcess) -> None:
    checks = Outside(urlsplit(server.base_url), None).checks()
    found = {it.name: it.state for it in examine(checks, Progress(is_quiet=True))}
    assert (found["tls"], found["page"], found["websocket"]) == (WARNING, OK, OK)


def test_the_exit_code_says_so(behind: ServerProcess) -> None:
    url = f"https://localhost:{free_port()}"
    with pytest.raises(RuntimeError, match="Failed checks"):
        behind.manage("doctor", "--outside", "--url", url)


# -- what a server says of how a request looks


def test_only_the_doctor_is_told_how_a_request_looks(
    behind: ServerProcess, settings: Settings
) -> None:
    url = f"{behind.base_url}/healthz"

    def ask(question: str) -> dict[str, object]:
        answer: dict[str, object] = httpx.get(url, headers={doctor_probe.HEADER: question}).json()
        return answer

    assert httpx.get(url).json() == {"status": "ok"}
    assert ask("let me see") == {"status": "ok"}
    assert ask(doctor_probe.question())["seen"] == {
        "scheme": "http",
        "host": f"127.0.0.1:{behind.port}",
        "client": "127.0.0.1",
    }
    settings.SECRET_KEY = "another key " * 5
    assert ask(doctor_probe.question()) == {"status": "ok"}


def test_an_old_question_is_not_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    question = doctor_probe.question()
    scope = {"scheme": "https", "headers": [(b"X-Chat-Doctor", question.encode())], "client": None}
    assert doctor_probe.seen(scope) == {"scheme": "https", "host": "", "client": ""}
    later = time.time() + doctor_probe.SECONDS + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert doctor_probe.seen(scope) is None
