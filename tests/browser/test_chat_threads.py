"""Threads in the chat: two people, one of them on a phone, over the real server."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, expect

from tests.browser.browser import NARROW, Person, Window
from tests.waiting import eventually

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]


def pane(window: Window) -> Locator:
    return window.page.get_by_role("complementary", name="Thread")


def reply(window: Window, text: str) -> None:
    field = pane(window).get_by_role("textbox", name="Reply in thread")
    field.fill(text)
    field.press("Enter")


def test_a_thread_is_begun_read_and_answered(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Kitchen", ben)
    ann.say(group, "Who brings cake?")
    anns, bens = open_window(ann), open_window(ben)
    anns.open(group)
    bens.open(group)

    bens.row("Who brings cake?").focus()
    bens.page.keyboard.press("t")
    expect(pane(bens)).to_contain_text("No replies yet")
    reply(bens, "I do, with plums")
    expect(pane(bens).locator(".bubble", has_text="I do, with plums")).to_be_visible()

    line = anns.log.get_by_role("link", name=re.compile("1 reply"))
    expect(line.get_by_label("1 unread")).to_be_visible()
    expect(anns.log).not_to_contain_text("with plums")
    expect(anns.page.get_by_role("link", name="Threads, 1 unread")).to_be_visible()
    expect(anns.entry("Kitchen").locator(".badge")).to_have_count(0)

    line.click()
    expect(pane(anns)).to_contain_text("I do, with plums")
    expect(anns.page.get_by_role("link", name="Threads", exact=True)).to_be_visible()
    # The page counts at once, and tells the server after it.
    eventually(lambda: ann.get("/v1/threads")["unreadThreads"] == 0)

    anns.page.get_by_label("Also send to the conversation").check()
    reply(anns, "Plums it is")
    expect(bens.log.locator(".row-message", has_text="Plums it is")).to_contain_text("In a thread")
    expect(pane(bens).locator(".bubble", has_text="Plums it is")).to_be_visible()
    expect(bens.log.get_by_role("link", name=re.compile("2 replies"))).to_be_visible()
    expect(pane(anns).get_by_label("Also send to the conversation")).not_to_be_checked()

    anns.page.keyboard.press("Escape")
    expect(pane(anns)).to_have_count(0)
    assert ben.texts(group) == ["Who brings cake?", "Plums it is"]


def test_the_list_of_threads_and_a_hit_lead_into_the_thread(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Garden", ben)
    root = ann.say(group, "The roses need water")["seq"]
    ann.say(group, "And the beans")
    ben.say(group, "I watered them at noon", threadSeq=root)
    window = open_window(ann, viewport=NARROW)
    window.page.goto("/")
    window.page.get_by_role("link", name="Threads, 1 unread").click()
    entry = window.page.get_by_role("link", name=re.compile("The roses need water"))
    expect(entry.get_by_label("1 unread reply")).to_be_visible()
    assert window.accessibility_violations() == []

    entry.click()
    expect(pane(window)).to_contain_text("I watered them at noon")
    width = window.page.evaluate("document.documentElement.scrollWidth")
    assert width <= NARROW["width"]
    assert window.accessibility_violations() == []
    window.page.get_by_role("link", name="Close the thread").click()
    expect(window.log).to_contain_text("And the beans")

    window.page.get_by_role("link", name="Back to conversations").click()
    eventually(lambda: ann.get("/v1/search?q=noon")["results"])
    window.page.get_by_role("combobox").fill("noon")
    window.page.locator(".search-hit", has_text="noon").click()
    expect(pane(window).locator(".is-flashing")).to_contain_text("noon")
