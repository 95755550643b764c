"""Searching in the chat: with the mouse, by keys alone, on a phone, and in German."""

import re
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.browser.browser import NARROW, PHONE, Person, Window
from tests.waiting import eventually

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]
_numbers = count(10)  # the tests share a server, and names lead to people
IS_TOO_WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


def box(window: Window) -> Locator:
    return window.page.get_by_role("combobox", name="Search")


def hits(window: Window) -> Locator:
    return window.inbox.locator(".search-hit")


def option(window: Window, text: str | re.Pattern[str]) -> Locator:
    return window.inbox.get_by_role("option").filter(has_text=text)


def chips(window: Window) -> Locator:
    return window.inbox.get_by_role("list", name="Filters").get_by_role("listitem")


def until_found(person: Person, q: str, count: int) -> None:
    """What was just sent is in the index within a second."""
    path = "/v1/search?q=" + q.replace(" ", "%20")
    eventually(lambda: len(person.get(path)["results"]) == count)


@pytest.fixture
def talk(make_person: MakePerson) -> dict[str, Any]:
    """Ann and Ben in two groups; Zoe, whom Ann has never met, in one of her own."""
    number = next(_numbers)
    ann, ben, zoe = (make_person(f"{name}{number}") for name in ("Ann", "Ben", "Zoe Windmill"))
    trip, work = ann.begin("Weekend trip", ben), ann.begin("Repairs", ben)
    ann.say(trip, "Who sleeps where?")
    tent = ben.say(trip, "🎉🎉 My **tent** has room for three")
    ben.say(work, "The tents in the cellar leak")
    zoe.say(zoe.begin("Secret"), "a tent that Ann must not find")
    for number in range(80):
        ben.say(trip, f"filling {number}")
    until_found(ann, "tent", 2)
    return {"ann": ann, "ben": ben, "zoe": zoe, "trip": trip, "work": work, "tent": tent["seq"]}


def test_hits_while_typing_open_their_place(talk: dict[str, Any], open_window: OpenWindow) -> None:
    window = open_window(talk["ann"])
    window.page.goto("/")
    box(window).press_sequentially("tent")
    expect(hits(window)).to_have_count(2)
    ann, ben = talk["ann"].name, talk["ben"].name
    hit = hits(window).filter(has_text="room for three")
    expect(hit.locator("mark")).to_have_text("tent")
    expect(hit).to_contain_text("🎉🎉 My tent has room")
    expect(hit).to_contain_text(f"{ann}: Who sleeps where?")
    expect(hit).to_contain_text("Weekend trip")
    expect(hit).to_contain_text(ben)
    assert window.accessibility_violations() == []
    hit.click()
    expect(window.page).to_have_url(re.compile(f"/c/{talk['trip']}/{talk['tent']}$"))
    place = window.page.locator(f'li[data-seq="{talk["tent"]}"]')
    expect(place).to_be_in_viewport()
    expect(place).to_have_class(re.compile("is-flashing"))
    hits(window).filter(has_text="cellar").click()  # the results have stayed
    expect(window.page).to_have_url(re.compile(talk["work"]))
    expect(window.row("The tents in the cellar leak")).to_be_in_viewport()


def test_people_and_conversations_are_on_top(talk: dict[str, Any], open_window: OpenWindow) -> None:
    window = open_window(talk["ann"])
    window.page.goto("/")
    box(window).fill("weekend")
    expect(window.entry("Weekend trip")).to_be_visible()
    zoe = talk["zoe"].name
    box(window).fill(zoe.replace("Windmill", "Windmil"))  # forgives an error
    person = window.inbox.get_by_role("button").filter(has_text=zoe)
    expect(person).to_be_visible()
    box(window).fill("weeknd")
    expect(window.entry("Weekend trip")).to_be_visible()
    window.entry("Weekend trip").click()
    expect(window.page).to_have_url(re.compile(talk["trip"]))
    expect(box(window)).to_have_value("")


def test_filters_become_chips_by_keys_alone(talk: dict[str, Any], open_window: OpenWindow) -> None:
    window = open_window(talk["ann"])
    window.page.goto("/")
    keys = window.page.keyboard
    expect(window.entry("Weekend trip")).to_be_visible()
    keys.press("Control+Shift+F")
    expect(box(window)).to_be_focused()
    expect(option(window, "from:")).to_be_visible()
    keys.type("tent fr")
    expect(option(window, "from:")).to_be_visible()
    keys.press("ArrowDown")
    expect(option(window, "from:")).to_have_attribute("aria-selected", "true")
    keys.press("Enter")
    keys.type(talk["ben"].name.lower())
    expect(option(window, talk["ben"].name)).to_have_attribute("aria-selected", "true")
    keys.press("Enter")
    expect(chips(window)).to_have_text([f"From: {talk['ben'].name}"])
    expect(box(window)).to_have_value("tent")
    keys.type(" in:wee")
    expect(option(window, "Weekend trip")).to_be_visible()
    keys.press("Tab")
    expect(chips(window)).to_have_count(2)
    expect(hits(window)).to_have_count(1)
    keys.press("ArrowDown")
    expect(hits(window)).to_be_focused()
    keys.press("ArrowUp")
    expect(box(window)).to_be_focused()
    keys.press("Home")
    keys.press("Backspace")
    expect(chips(window)).to_have_text([f"From: {talk['ben'].name}"])
    expect(hits(window)).to_have_count(2)
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(window.page).to_have_url(re.compile(r"/c/.+/\d+$"))


def test_one_conversation_by_ctrl_f_and_its_header(
    talk: dict[str, Any], open_window: OpenWindow
) -> None:
    window = open_window(talk["ann"])
    window.open(talk["work"])
    expect(window.row("cellar")).to_be_visible()
    window.page.keyboard.press("Control+f")
    expect(chips(window)).to_have_text(["In: Repairs"])
    expect(box(window)).to_be_focused()
    window.page.keyboard.type("tent")
    expect(hits(window)).to_have_count(1)
    assert window.accessibility_violations() == []
    window.page.keyboard.press("Escape")
    expect(window.entry("Weekend trip")).to_be_visible()
    expect(chips(window)).to_have_count(0)
    expect(window.composer).to_be_focused()
    window.page.get_by_role("button", name="Search in this conversation").click()
    expect(chips(window)).to_have_text(["In: Repairs"])


def test_what_comes_late_does_not_replace_what_is_newer(
    talk: dict[str, Any], open_window: OpenWindow
) -> None:
    window = open_window(talk["ann"])
    window.line_may_fail = True  # the browser logs what the page has cancelled
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    window.page.route(re.compile(r"/v1/search\?.*q=cellar"), hold)
    window.page.goto("/")
    box(window).fill("cellar")
    eventually(lambda: window.page.wait_for_timeout(50) or len(held) >= 3)
    box(window).fill("three")
    expect(hits(window)).to_have_count(1)
    for route in held:
        route.abort()  # long cancelled
    expect(hits(window)).to_contain_text("room for three")


def test_an_empty_result_offers_to_drop_a_filter(
    talk: dict[str, Any], open_window: OpenWindow
) -> None:
    window = open_window(talk["ann"])
    window.page.goto("/")
    box(window).fill(f"tent has:file from:{talk['ben'].name}")
    expect(option(window, talk["ben"].name)).to_have_attribute("aria-selected", "true")
    box(window).press("Enter")  # the suggestion becomes a chip
    expect(chips(window)).to_have_text([f"From: {talk['ben'].name}"])
    expect(window.inbox).to_contain_text("No matches for “tent has:file”")
    assert window.accessibility_violations() == []
    window.inbox.get_by_role("button", name="Without “Has: a file”").click()
    expect(hits(window)).to_have_count(2)
    expect(box(window)).to_have_value("tent")
    box(window).fill("xyzzy")
    window.inbox.get_by_role("button", name=f"Without “From: {talk['ben'].name}”").click()
    expect(window.inbox).to_contain_text("Check the spelling")


def test_a_wrong_value_is_named_and_can_be_dropped(
    talk: dict[str, Any], open_window: OpenWindow
) -> None:
    window = open_window(talk["ann"])
    window.line_may_fail = True  # the browser logs the 400
    window.page.goto("/")
    box(window).fill("tent before:yesterdayish and")
    problem = window.inbox.get_by_role("alert")
    expect(problem).to_contain_text("Give a day as 2026-01-31")
    problem.get_by_role("button", name="Without “Before: yesterdayish”").click()
    expect(box(window)).to_have_value("tent and")


def test_recent_searches_come_back_and_are_forgotten(
    talk: dict[str, Any], open_window: OpenWindow
) -> None:
    window = open_window(talk["ann"])
    window.page.goto("/")
    box(window).fill("cellar")
    hits(window).first.click()
    expect(window.row("cellar")).to_be_visible()
    window.page.goto("/")
    box(window).click()
    expect(option(window, "cellar")).to_be_visible()
    assert window.accessibility_violations() == []
    box(window).press("ArrowDown")
    box(window).press("Enter")
    expect(box(window)).to_have_value("cellar")
    expect(hits(window)).to_have_count(1)
    box(window).fill("")
    option(window, "Forget recent searches").click()
    expect(option(window, "cellar")).to_have_count(0)


def test_deleted_and_edited_messages_are_gone_at_once(
    talk: dict[str, Any], open_window: OpenWindow
) -> None:
    window = open_window(talk["ann"])
    window.page.goto("/")
    box(window).fill("tent")
    expect(hits(window)).to_have_count(2)
    path = f"/v1/conversations/{talk['trip']}/messages/{talk['tent']}"
    assert talk["ben"].rest.delete(path).is_success
    box(window).fill("tents")
    box(window).fill("tent")
    expect(hits(window)).to_have_count(1)


@pytest.mark.parametrize(
    ("size", "scheme"), [(PHONE, "light"), (NARROW, "dark")], ids=["390-light", "320-dark"]
)
def test_on_a_phone(
    talk: dict[str, Any], open_window: OpenWindow, size: dict[str, int], scheme: str
) -> None:
    window = open_window(talk["ann"], viewport=size, has_touch=True, color_scheme=scheme)
    window.open(talk["trip"])
    expect(window.row("Who sleeps where?")).to_be_visible()
    window.page.get_by_role("button", name="Search in this conversation").tap()
    expect(box(window)).to_be_focused()
    expect(window.log).to_be_hidden()
    box(window).press_sequentially("tent")
    expect(hits(window)).to_have_count(1)
    assert not window.page.evaluate(IS_TOO_WIDE)
    assert window.accessibility_violations() == []
    hits(window).tap()
    expect(window.page.locator(f'li[data-seq="{talk["tent"]}"]')).to_be_in_viewport()
    window.page.get_by_role("button", name="Search in this conversation").tap()
    expect(hits(window)).to_have_count(1)  # as one has left it
    close = window.page.get_by_role("button", name="Close the search")
    size = close.bounding_box()
    assert size
    assert min(size["width"], size["height"]) >= 43.5
    close.tap()
    expect(window.log).to_be_visible()
    expect(box(window)).to_be_hidden()


def test_in_german(talk: dict[str, Any], open_window: OpenWindow) -> None:
    window = open_window(talk["ann"], locale="de-DE")
    window.page.goto("/")
    field = window.page.get_by_role("combobox", name="Suche")
    field.press_sequentially("tent von")
    expect(window.page.get_by_role("option", name="from:")).to_be_visible()
    field.press("ArrowDown")
    field.press("Enter")
    expect(field).to_have_value("tent from:")
    field.press_sequentially("ich")
    expect(window.page.get_by_role("option", name="Ich")).to_be_visible()
    field.press("Enter")
    expect(window.page.get_by_text("Keine Treffer für „tent“")).to_be_visible()
    window.page.get_by_role("button", name="Ohne „Von: Ich“").click()
    expect(window.page.get_by_role("heading", name="Nachrichten")).to_be_visible()


def test_without_a_network_it_does_not_say_that_nothing_is_called_so(
    talk: dict[str, Any], open_window: OpenWindow
) -> None:
    window = open_window(talk["ann"])
    window.page.goto("/")
    box(window).press_sequentially("repai")
    expect(window.inbox.locator(".inbox-row").first).to_contain_text("Repairs")
    box(window).fill("")
    window.line_may_fail = True
    window.page.context.set_offline(True)
    box(window).press_sequentially("windmill")
    expect(window.inbox.get_by_role("alert")).to_contain_text("You are offline.")
    expect(window.inbox.get_by_text("No matches")).to_have_count(0)
    box(window).fill("repai")
    expect(window.inbox.locator(".inbox-row").first).to_contain_text("Repairs")


def test_the_best_match_comes_first_and_conversations_before_many_people(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    for number in range(12):
        make_person(f"Larch {number}")
    ann.begin("Old larch wood")
    ann.begin("Larch")
    window = open_window(ann)
    window.page.goto("/")
    box(window).press_sequentially("larch")
    rows = window.inbox.locator(".inbox-row .inbox-name")
    expect(rows.nth(0)).to_have_text("Larch")
    expect(rows.nth(1)).to_have_text("Old larch wood")
    expect(window.inbox.get_by_role("heading", name="People")).to_be_visible()
