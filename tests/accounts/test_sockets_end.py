"""Sockets come in by every way there is, and end with their sign-in: against the real server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import httpx
import orjson
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.accounts.scene import PASSWORD
from tests.servers import ServerProcess

SIGNED_OUT, NOT_AUTHENTICATED = 4501, 4500
SECONDS = 20  # generous: it measures nothing
_numbers = count(1)


class Person:
    """Somebody with an account on the server, and with one sign-in of a program."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server
        self.email = f"ann{next(_numbers)}@example.org"
        body = {"name": "Ann", "email": self.email, "password": PASSWORD}
        httpx.post(f"{server.base_url}/v1/users/register", json=body).raise_for_status()
        self.http = httpx.Client(base_url=server.base_url)
        self.use(self.log_in())

    def log_in(self) -> dict[str, Any]:
        body = {"email": self.email, "password": PASSWORD}
        answer = httpx.post(f"{self.server.base_url}/v1/users/login", json=body)
        tokens: dict[str, Any] = answer.raise_for_status().json()
        return tokens

    def use(self, tokens: dict[str, Any]) -> None:
        self.access, self.refresh = tokens["access"], tokens["refresh"]
        self.http.headers["Authorization"] = f"Bearer {self.access}"

    def ticket(self) -> str:
        ticket: str = self.http.post("/v1/tickets").raise_for_status().json()["ticket"]
        return ticket

    def session_cookie(self) -> str:
        window = httpx.Client(base_url=self.server.base_url)
        window.get("/login")
        form = {
            "username": self.email,
            "password": PASSWORD,
            "csrfmiddlewaretoken": window.cookies["csrftoken"],
        }
        assert window.post("/login", data=form).status_code == 302
        return f"sessionid={window.cookies['sessionid']}"


@pytest.fixture
def ann(server: ServerProcess) -> Person:
    return Person(server)


@contextmanager
def socket(
    server: ServerProcess, query: str = "", first: object = None, **headers: str
) -> Iterator[ClientConnection]:
    with connect(server.ws_url + query, additional_headers=headers) as opened:
        if first is not None:
            opened.send(orjson.dumps(first).decode())
        yield opened


def greeting(opened: ClientConnection) -> dict[str, Any]:
    frame: dict[str, Any] = orjson.loads(opened.recv(SECONDS))
    return frame


def close_code(opened: ClientConnection) -> int | None:
    """The code with which the server closes, after whatever it still says."""
    try:
        while True:
            opened.recv(SECONDS)
    except ConnectionClosed as closed:
        return closed.rcvd and closed.rcvd.code


def is_let_in(opened: ClientConnection) -> bool:
    return greeting(opened)["type"] == "hello"


def test_by_header(server: ServerProcess, ann: Person) -> None:
    with socket(server, Authorization=f"Bearer {ann.access}") as opened:
        assert is_let_in(opened)


def test_by_first_frame(server: ServerProcess, ann: Person) -> None:
    with socket(server, first={"type": "auth", "token": ann.access}) as opened:
        assert is_let_in(opened)


def test_by_a_ticket_once(server: ServerProcess, ann: Person) -> None:
    query = f"?ticket={ann.ticket()}"
    with socket(server, query) as opened:
        assert is_let_in(opened)
    with socket(server, query) as opened:
        assert greeting(opened)["code"] == "invalid_ticket"
        assert close_code(opened) == NOT_AUTHENTICATED


def test_by_a_session_from_this_site(server: ServerProcess, ann: Person) -> None:
    cookie = ann.session_cookie()
    with socket(server, Cookie=cookie, Origin=server.base_url) as opened:
        assert is_let_in(opened)
    with socket(server, Cookie=cookie, Origin="https://evil.example") as opened:
        assert close_code(opened) == NOT_AUTHENTICATED


@pytest.mark.parametrize("token", ["rubbish", "", "é", "x" * 5000])
def test_rubbish_is_refused(server: ServerProcess, token: str) -> None:
    with socket(server, first={"type": "auth", "token": token}) as opened:
        assert greeting(opened)["code"] == "invalid_token"
        assert close_code(opened) == NOT_AUTHENTICATED


def log_out(ann: Person) -> None:
    ann.http.post("/v1/users/logout").raise_for_status()


def log_out_everywhere(ann: Person) -> None:
    ann.use(ann.log_in())
    ann.http.post("/v1/users/logout", json={"everywhere": True}).raise_for_status()


def change_password(ann: Person) -> None:
    body = {"currentPassword": PASSWORD, "newPassword": "another long secret"}
    ann.http.post("/v1/users/me/password", json=body).raise_for_status()


def close_account(ann: Person) -> None:
    body = {"password": PASSWORD}
    ann.http.request("DELETE", "/v1/users/me", json=body).raise_for_status()


def reuse_a_refresh_token(ann: Person) -> None:
    for status in (200, 401):
        answer = ann.http.post("/v1/users/refresh", json={"refresh": ann.refresh})
        assert answer.status_code == status


def be_deactivated_by_an_operator(ann: Person) -> None:
    """In another process, which tells nobody."""
    ann.server.manage(
        "shell",
        "--no-imports",
        "-c",
        "from accounts.models import User\n"
        f"User.objects.filter(email='{ann.email}').update(is_active=False)",
    )


def have_tokens_revoked(ann: Person) -> None:
    """In another process, too."""
    ann.server.manage("revoke_tokens", ann.email)


def be_suspended_by_a_moderator(ann: Person) -> None:
    ann.server.manage(
        "shell",
        "--no-imports",
        "-c",
        "from accounts.people.suspensions import suspend_person\n"
        "from accounts.models import User\n"
        "chief = User.objects.create_superuser(name='Chief')\n"
        f"person = User.objects.get(email='{ann.email}')\n"
        "suspend_person(person_id=person.pk, by=chief, reason='spam')",
    )


@pytest.mark.parametrize(
    "ending",
    [
        log_out,
        log_out_everywhere,
        change_password,
        close_account,
        reuse_a_refresh_token,
        be_deactivated_by_an_operator,
        be_suspended_by_a_moderator,
        have_tokens_revoked,
    ],
)
def test_a_socket_ends_with_its_sign_in(
    server: ServerProcess, ann: Person, ending: Callable[[Person], None]
) -> None:
    other = Person(server)
    headers = [f"Bearer {person.access}" for person in (ann, other)]
    with (
        socket(server, Authorization=headers[0]) as opened,
        socket(server, Authorization=headers[1]) as others,
    ):
        assert is_let_in(opened)
        assert is_let_in(others)

        ending(ann)

        assert close_code(opened) == SIGNED_OUT
        others.send('{"type":"ping"}')
        assert greeting(others)["type"] == "pong"


def test_a_log_out_leaves_ones_other_sockets(server: ServerProcess, ann: Person) -> None:
    another = ann.log_in()["access"]
    with (
        socket(server, Authorization=f"Bearer {ann.access}") as opened,
        socket(server, Authorization=f"Bearer {another}") as others,
    ):
        assert is_let_in(opened)
        assert is_let_in(others)

        log_out(ann)

        assert close_code(opened) == SIGNED_OUT
        others.send('{"type":"ping"}')
        assert greeting(others)["type"] == "pong"
