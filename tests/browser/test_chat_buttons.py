"""Buttons under a bot's message in the page: pressed, asked about first, and links."""

import json
from collections.abc import Callable
from typing import Any

import httpx
from playwright.sync_api import expect
from websockets.sync.client import ClientConnection, connect

from tests.browser.browser import Person, Window

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]
PATIENCE = 20.0


class Bot:
    """A bot in a group, and what its program does."""

    def __init__(self, owner: Person, group: str) -> None:
        bot = owner.post("/v1/bots", name="Robo")
        made = owner.post(f"/v1/bots/{bot['id']}/tokens", name="t", scopes=SCOPES)
        owner.post(f"/v1/conversations/{group}/participants", memberIds=[bot["id"]])
        self.headers = {"Authorization": f"Bearer {made['token']}"}
        self.base_url, self.group = str(owner.rest.base_url).rstrip("/"), group

    def asks(self, text: str, *elements: Any) -> None:
        blocks = [{"type": "actions", "elements": elements}]
        body = {"channel": self.group, "text": text, "blocks": blocks}
        answer = httpx.post(
            f"{self.base_url}/api/chat.postMessage", json=body, headers=self.headers
        )
        assert answer.json()["ok"] is True, answer.text

    def connected(self) -> ClientConnection:
        url = self.base_url.replace("http", "ws", 1)
        return connect(f"{url}/v1/ws", additional_headers=self.headers)


SCOPES = ["messages:write", "history:read"]


def button(label: str, **fields: Any) -> dict[str, Any]:
    text = {"type": "plain_text", "text": label}
    return {"type": "button", "action_id": label.lower(), "text": text, **fields}


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def hear_press(socket: ClientConnection) -> dict[str, Any]:
    while True:
        frame: dict[str, Any] = json.loads(socket.recv(timeout=PATIENCE))
        if frame["type"] == "button.pressed":
            return frame


def test_a_press_reaches_the_bot_and_its_answer_is_seen(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Ops", ben)
    bot = Bot(ann, group)
    window = open_window(ben)
    window.open(group)
    asked = {
        "title": plain("Really deny?"),
        "text": plain("It cannot be undone."),
        "confirm": plain("Deny it"),
        "deny": plain("Keep it"),
    }
    bot.asks(
        "Deploy 7?",
        button("Approve", style="primary"),
        button("Deny", style="danger", confirm=asked),
        button("Look", url="https://ci.example/7"),
    )
    row = window.row("Deploy 7?")
    expect(row.get_by_role("link", name="Look")).to_have_attribute("href", "https://ci.example/7")
    expect(row.get_by_role("link", name="Look")).to_have_attribute(
        "rel", "noopener noreferrer nofollow"
    )
    assert window.accessibility_violations() == []
    with bot.connected() as socket:
        row.get_by_role("button", name="Approve").focus()
        window.page.keyboard.press("Enter")
        assert hear_press(socket)["actionId"] == "approve"

        row.get_by_role("button", name="Deny").click()
        dialog = window.page.get_by_role("dialog", name="Really deny?")
        dialog.get_by_role("button", name="Keep it").click()
        expect(dialog).to_be_hidden()
        row.get_by_role("button", name="Deny").click()
        assert window.accessibility_violations() == []
        dialog.get_by_role("button", name="Deny it").click()
        told = hear_press(socket)
        assert (told["actionId"], told["userId"]) == ("deny", ben.id)
    answer = {"replace_original": True, "text": "Denied by Ben"}
    assert httpx.post(told["responseUrl"], json=answer).text == "ok"
    expect(window.row("Denied by Ben")).to_be_visible()
    expect(window.page.get_by_role("button", name="Approve")).to_have_count(0)


def test_a_button_that_is_gone_says_so(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann = make_person("Ann")
    group = ann.begin("Ops")
    bot = Bot(ann, group)
    window = open_window(ann)
    window.open(group)
    bot.asks("Deploy 8?", button("Approve"))
    row = window.row("Deploy 8?")
    expect(row.get_by_role("button", name="Approve")).to_be_visible()
    window.page.route("**/actions", lambda route: route.fulfill(status=404, json=GONE))
    row.get_by_role("button", name="Approve").click()
    gone = window.page.get_by_text("The message has changed, and this button is gone.")
    expect(gone).to_be_visible()
    expect(row.get_by_role("button", name="Approve")).to_be_enabled()
    (told,) = window.problems  # the browser's own word about the 404
    assert "404" in told
    window.problems.clear()


GONE = {"code": "button_not_found", "detail": "x", "status": 404}
