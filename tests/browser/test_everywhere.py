"""Every page on every size, and in German. What axe finds is in test_axe.py."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.browser import NARROW, PHONE, Person, Window

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]
OWN = ["/settings", "/settings/password"]
IS_TOO_WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def talk(make_person: MakePerson) -> tuple[Person, str]:
    """A person, and a group with all that a message can be."""
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("All kinds", ben)
    first = ben.say(group, "**Bold**, `code`, a [link](https://example.org), <@" + ann.id + ">")
    ann.say(group, "A reply", replyToSeq=first["seq"])
    ben.say(group, "> a quote\n\n- one\n- two\n\n```\nlong " + "x" * 200 + "\n```")
    ben.say(group, "unbroken" * 60)
    path = f"/v1/conversations/{group}/messages/{first['seq']}"
    ann.rest.put(f"{path}/reactions/👍")
    gone = ann.say(group, "to be deleted")
    ann.rest.delete(f"/v1/conversations/{group}/messages/{gone['seq']}")
    return ann, group


@pytest.mark.parametrize("size", [PHONE, NARROW], ids=["390", "320"])
def test_phone_shows_one_pane_without_horizontal_scrolling(
    talk: tuple[Person, str], open_window: OpenWindow, size: dict[str, int]
) -> None:
    ann, group = talk
    window = open_window(ann, viewport=size, has_touch=True)
    for address in (*OWN, "/"):
        window.page.goto(address)
        assert (address, window.page.evaluate(IS_TOO_WIDE)) == (address, False)
    window.entry("All kinds").click()
    expect(window.row("A reply")).to_be_visible()
    expect(window.entry("All kinds")).to_be_hidden()
    assert not window.page.evaluate(IS_TOO_WIDE)
    window.composer.fill("from a phone")
    window.page.get_by_role("button", name="Send", exact=True).click()
    window.expect_sent("from a phone")
    expect(window.row("from a phone")).to_be_in_viewport()
    window.page.get_by_role("button", name="Back to conversations").or_(
        window.page.get_by_role("link", name="Back to conversations")
    ).first.click()
    expect(window.entry("All kinds")).to_be_visible()
    assert ann.texts(group)[-1] == "from a phone"


@pytest.mark.parametrize("size", [PHONE, NARROW], ids=["390", "320"])
def test_guest_pages_fit_a_phone(open_window: OpenWindow, size: dict[str, int]) -> None:
    window = open_window(viewport=size)
    for address in ("/", "/login", "/register"):
        window.page.goto(address)
        assert (address, window.page.evaluate(IS_TOO_WIDE)) == (address, False)


def test_touch_targets_are_large_enough(talk: tuple[Person, str], open_window: OpenWindow) -> None:
    ann, group = talk
    window = open_window(ann, viewport=PHONE, has_touch=True)
    window.open(group)
    expect(window.row("A reply")).to_be_visible()
    for name in ("Send", "Choose an emoji"):
        box = window.page.get_by_role("button", name=name).bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 43.5, (name, box)


def test_third_party_pages_work_under_their_content_policy(
    open_window: OpenWindow, make_person: MakePerson
) -> None:
    """The page to try the API, and the log-in of the admin site."""
    window = open_window()
    window.page.goto("/v1/docs")
    expect(window.page.get_by_role("heading", name=re.compile("Chat"))).to_be_visible()
    expect(window.page.locator(".opblock").first).to_be_visible()
    window.page.goto("/admin/login/")
    expect(window.page.get_by_role("button", name="Log in")).to_be_visible()


def test_chat_is_german_where_chosen(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann = make_person("Ann")
    group = ann.begin("Sprachen")
    window = open_window(ann, locale="de-DE")
    window.open(group)
    composer = window.page.get_by_role("textbox", name="Nachricht", exact=True)
    composer.fill("Guten Tag")
    window.page.get_by_role("button", name="Senden", exact=True).click()
    expect(window.page.get_by_role("log", name="Nachrichten")).to_contain_text("Guten Tag")
    expect(window.page.get_by_role("navigation", name="Gespräche")).to_be_visible()
