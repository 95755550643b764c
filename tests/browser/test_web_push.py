"""The service worker shows what is pushed, is quiet where somebody looks, withdraws what was read

What a push service would hand to the browser is handed to it by the tools for developers.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect, sync_playwright

from tests.browser.browser import WHOLE, Person, Window, launched
from tests.browser.contexts import Contexts
from tests.servers import ServerProcess
from tests.waiting import eventually

# In turn with what the worker itself does, since asking disturbs the browser at showing.
SHOWN = """async () => (await inTurn(() => registration.getNotifications())).map(
  ({ title, body, tag, data }) => ({ title, body, tag, seq: data.seq, path: data.path }))
"""
CLICK = """async () => {
  const [notification] = await inTurn(() => registration.getNotifications());
  const event = new NotificationEvent("notificationclick", { notification, action: "reply" });
  Object.defineProperty(event, "reply", { value: " On my way " });
  Object.defineProperty(event, "waitUntil", { value: () => {} });  // for the browser's own alone
  dispatchEvent(event);
}"""


class PushedTo:
    """The service worker of a page, as the browser's push client reaches it."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page, self.origin = page, origin
        self.registration = ""
        self.devtools: CDPSession = page.context.new_cdp_session(page)
        self.devtools.on("ServiceWorker.workerRegistrationUpdated", self._note)
        self.devtools.send("ServiceWorker.enable")

    def _note(self, event: dict[str, Any]) -> None:
        for each in event["registrations"]:
            if not each["isDeleted"]:
                self.registration = each["registrationId"]

    def push(self, **told: Any) -> None:
        self.page.wait_for_function("() => navigator.serviceWorker.ready")
        self.devtools.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": self.origin, "registrationId": self.registration, "data": json.dumps(told)},
        )

    def shown(self) -> list[dict[str, Any]]:
        (worker,) = self.page.context.service_workers
        found: list[dict[str, Any]] = worker.evaluate(SHOWN)
        return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, launched(playwright, WHOLE) as browser:
        yield browser


@pytest.fixture(scope="module")
def contexts(browser: Browser, server: ServerProcess) -> Contexts:
    return Contexts(browser, server.base_url, uses_again=False)


@pytest.fixture
def told() -> dict[str, Any]:
    words = {"title": "Ben · Trip", "body": "Who drives?", "reply": "Reply", "failed": "Not sent."}
    return {"type": "message", **words}


def wait_for(pushed: PushedTo, count: int) -> list[dict[str, Any]]:
    eventually(lambda: len(pushed.shown()) == count)
    return pushed.shown()


def test_a_push_is_shown_answered_and_withdrawn(
    open_window: Callable[..., Window],
    make_person: Callable[[str], Person],
    server: ServerProcess,
    told: dict[str, Any],
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    trip = ann.begin("Trip", ben)
    seq = ben.say(trip, "Who drives?")["seq"]
    window = open_window(ann)
    page = window.page
    page.context.grant_permissions(["notifications"], origin=server.base_url)
    window.open(trip)
    expect(window.row("Who drives?")).to_be_visible()
    pushed = PushedTo(page, server.base_url)
    place = {"conversationId": trip, "path": f"/c/{trip}/{seq}"}

    pushed.push(**told, **place, seq=seq)  # somebody looks at the chat on this device
    page.evaluate("() => navigator.serviceWorker.ready")
    assert pushed.shown() == []

    page.goto("/settings")  # a page of the site that tells of no messages
    pushed.push(**told, **place, seq=seq + 1)
    (shown,) = wait_for(pushed, 1)
    assert (shown["title"], shown["body"], shown["tag"]) == ("Ben · Trip", "Who drives?", trip)
    assert shown["path"] == place["path"]

    (worker,) = page.context.service_workers
    worker.evaluate(CLICK)
    wait_for(pushed, 0)
    eventually(lambda: ann.texts(trip)[-1] == "On my way")

    pushed.push(**told, **place, seq=seq + 5)
    wait_for(pushed, 1)
    pushed.push(type="read", conversationId=trip, seq=seq + 4)
    pushed.push(type="read", conversationId=str(ben.id), seq=seq + 9)
    assert len(pushed.shown()) == 1
    pushed.push(type="read", conversationId=trip, seq=seq + 5)
    wait_for(pushed, 0)


def test_many_at_once_are_all_withdrawn(
    open_window: Callable[..., Window],
    make_person: Callable[[str], Person],
    server: ServerProcess,
    told: dict[str, Any],
) -> None:
    """Each of them looks at those before it, while others are being shown."""
    window = open_window(make_person("Ann"))
    page = window.page
    page.context.grant_permissions(["notifications"], origin=server.base_url)
    page.goto("/")
    page.wait_for_function("() => navigator.serviceWorker.ready")
    page.goto("/settings")
    pushed = PushedTo(page, server.base_url)
    places = [str(uuid4()) for _ in range(12)]
    for place in places:
        pushed.push(**told, conversationId=place, path=f"/c/{place}/1", seq=1)
    assert {each["tag"] for each in wait_for(pushed, len(places))} == set(places)
    for place in places:
        pushed.push(type="read", conversationId=place, seq=1)
    wait_for(pushed, 0)


def test_the_app_shows_how_many_messages_are_unread(
    make_person: Callable[[str], Person], open_window: Callable[..., Window]
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Trip", ben)
    window = open_window(ann)
    window.page.add_init_script(
        """Object.assign(navigator, {
            setAppBadge: async (count) => { window.badge = count; },
            clearAppBadge: async () => { window.badge = 0; },
        })"""
    )
    window.page.goto("/")
    ben.say(group, "Who drives?")
    window.page.wait_for_function("() => window.badge === 1")
    window.entry("Trip").click()
    window.page.wait_for_function("() => window.badge === 0")
