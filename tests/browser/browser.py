"""A real Chromium, and people who sit before it, each in a context of their own.

Whatever a page logs as an error, throws, or tries against its content policy is kept in the
window's `problems`, and fails the test that it happened in.
"""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Playwright,
    expect,
)

from tests.database import ROOT
from tests.waiting import eventually

PASSWORD = "a-long-password-7"
# Of the servers: many people come from one address here.
ENVIRONMENT = {"RATE_LIMITS": "off"}
REACHES_SERVER = "() => fetch('/healthz', { cache: 'no-store' }).then(() => true, () => false)"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
# Axe copies a sheet that another one imports, as in Django's forms.css, into a style element of
# its own, which the content policy forbids. There it has to do without reading the sheets as text,
# which its rule on locked orientation alone needs.
RUN_AXE = """() => {
    const imports = [...document.styleSheets].some(
        (sheet) => [...sheet.cssRules].some((rule) => rule instanceof CSSImportRule));
    return axe.run({ resultTypes: ["violations"], preload: !imports });
}"""
# What the browser itself logs of a line that a test has cut, or of a page that is not there.
OF_THE_LINE = re.compile(
    r"net::ERR_|WebSocket connection to|Failed to load resource"
    r"|error occurred when fetching the script"
)
IS_SENT = re.compile("^(Sent|Delivered|Read)$")
WIDE, PHONE, NARROW = (
    {"width": 1280, "height": 800},
    {"width": 390, "height": 844},
    {"width": 320, "height": 640},
)
_numbers = count(1)


QUICK, WHOLE = "chromium-headless-shell", "chromium"  # the whole one shows notifications, too


@cache
def chromium(program: str = QUICK) -> str:
    """The path of the program; installs it where it is missing."""
    done = subprocess.run(
        [ROOT / ".ci" / "browser", program], check=False, stdout=subprocess.PIPE, text=True
    )
    assert done.returncode == 0, "No Chromium could be installed; see what .ci/browser says."
    return done.stdout.strip()


@contextmanager
def launched(playwright: Playwright, program: str = QUICK) -> Iterator[Browser]:
    path = chromium(program)
    with playwright.chromium.launch(executable_path=path, args=ARGUMENTS) as browser:
        yield browser


@dataclass
class Person:
    """An account on the server under test, with a client in its name."""

    id: str
    name: str
    email: str
    rest: httpx.Client

    def post(self, path: str, **body: Any) -> Any:
        answer = self.rest.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def get(self, path: str) -> Any:
        answer = self.rest.get(path)
        assert answer.is_success, answer.text
        return answer.json()

    def begin(self, name: str, *others: "Person", **more: Any) -> str:
        """A group of one's own; returns its id."""
        ids = [other.id for other in others]
        created = self.post("/v1/conversations", name=name, isGroup=True, memberIds=ids, **more)
        return str(created["id"])

    def direct(self, other: "Person") -> str:
        created = self.post("/v1/conversations", isGroup=False, memberIds=[other.id])
        return str(created["id"])

    def say(self, conversation_id: str, content: str, **more: Any) -> dict[str, Any]:
        path = f"/v1/conversations/{conversation_id}/messages"
        message: dict[str, Any] = self.post(path, content=content, **more)
        return message

    def texts(self, conversation_id: str, limit: int = 100) -> list[str]:
        """What people have written, the oldest first, as the server has it."""
        page = self.get(f"/v1/conversations/{conversation_id}/messages?limit={limit}")
        return [row["content"] for row in page["results"] if row["kind"] != "system"]


def register(base_url: str, name: str) -> Person:
    email = f"{name.lower().replace(' ', '.')}{next(_numbers)}@example.org"
    body = {"name": name, "email": email, "password": PASSWORD}
    rest = httpx.Client(base_url=base_url, timeout=30)
    registered = rest.post("/v1/users/register", json=body)
    assert registered.is_success, registered.text
    answer = rest.post("/v1/users/login", json={"email": email, "password": PASSWORD})
    assert answer.is_success, answer.text
    rest.headers["Authorization"] = f"Bearer {answer.json()['access']}"
    return Person(registered.json()["id"], name, email, rest)


@dataclass
class Window:
    """A page and what went wrong on it. `offline` keeps the browser's own words about the line."""

    page: Page
    problems: list[str] = field(default_factory=list)
    line_may_fail: bool = False

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.problems.append(f"thrown: {error}"))
        self.page.on("crash", lambda: self.problems.append("the page crashed"))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type != "error" and "Content Security Policy" not in message.text:
            return
        if not (self.line_may_fail and OF_THE_LINE.search(message.text)):
            self.problems.append(
                f"{message.type}: {message.text} {message.location['url'] or self.page.url}"
            )

    # ---- the chat's stable handles ----------------------------------------------------------

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log", name="Messages")

    @property
    def composer(self) -> Locator:
        return self.page.get_by_role("textbox", name="Message", exact=True)

    @property
    def inbox(self) -> Locator:
        return self.page.get_by_role("navigation", name="Conversations")

    @property
    def rows(self) -> Locator:
        return self.log.get_by_role("article")

    def row(self, text: str) -> Locator:
        """The message with this text."""
        return self.rows.filter(has_text=text)

    def entry(self, name: str) -> Locator:
        """A conversation in the inbox."""
        return self.inbox.get_by_role("link").filter(has_text=name)

    def go_offline(self) -> None:
        """Cuts off the page and its service worker, which may hear of it later and would load a
        page over the network."""
        self.line_may_fail = True
        context = self.page.context

        def is_cut() -> bool:
            context.set_offline(True)
            return not any(each.evaluate(REACHES_SERVER) for each in context.service_workers)

        eventually(is_cut, but=Error)  # a worker may have just been replaced

    def open(self, conversation_id: str, seq: int | None = None) -> None:
        self.page.goto(f"/c/{conversation_id}" + ("" if seq is None else f"/{seq}"))

    def send(self, text: str) -> None:
        self.composer.fill(text)
        self.composer.press("Enter")

    def expect_sent(self, text: str) -> None:
        """Waits until the server has the message, and no longer only this window."""
        marks = self.row(text).get_by_role("img", name=IS_SENT)
        expect(marks).to_be_visible()

    def texts(self) -> list[str]:
        """The texts of the rows that the log holds, from the first to the last."""
        found: list[str] = self.log.evaluate(
            "log => [...log.querySelectorAll('[role=article]')].map(row => row.message.content)"
        )
        return found

    def accessibility_violations(self) -> list[str]:
        """What axe finds on the page, of any level."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())
        result = self.page.evaluate(RUN_AXE)
        return [
            f"{found['id']}: {found['help']}: {node['html'][:200]} {node['any'][:1]}"
            for found in result["violations"]
            for node in found["nodes"][:3]
        ]


def log_in(context: BrowserContext, base_url: str, person: Person) -> None:
    """By the form, as a browser sends it, without showing it."""
    page = context.request.get(f"{base_url}/login")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text())
    assert token
    answer = context.request.post(
        f"{base_url}/login",
        form={
            "csrfmiddlewaretoken": token[1],
            "username": person.email,
            "password": PASSWORD,
        },
        headers={"Referer": f"{base_url}/login"},  # which Django wants to see behind TLS
        max_redirects=0,
    )
    assert answer.status == 302, answer.text()
