"""The chat without a mouse."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.browser import Person, Window

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]


def test_from_the_inbox_to_a_sent_message(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann = make_person("Ann")
    ann.begin("Elsewhere")
    group = ann.begin("Keys only")
    window = open_window(ann)
    window.page.goto("/")
    expect(window.entry("Keys only")).to_be_visible()
    window.page.keyboard.press("Control+k")
    dialog = window.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    window.page.keyboard.type("keys")
    expect(dialog.get_by_role("option").filter(has_text="Keys only")).to_be_visible()
    window.page.keyboard.press("Enter")
    expect(window.page).to_have_url(re.compile(f"/c/{group}"))
    expect(window.composer).to_be_focused()
    window.page.keyboard.type("first line")
    window.page.keyboard.press("Shift+Enter")
    window.page.keyboard.type("second line")
    window.page.keyboard.press("Enter")
    window.expect_sent("second line")
    assert ann.texts(group) == ["first line\nsecond line"]


def test_log_is_one_tab_stop_with_arrow_keys(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Arrows")
    for text in ("one", "two", "three"):
        ann.say(group, text)
    window = open_window(ann)
    window.open(group)
    expect(window.rows).to_have_count(3)
    expect(window.log.locator("[role=article][tabindex='0']")).to_have_count(1)
    window.composer.focus()
    for _ in range(12):
        window.page.keyboard.press("Shift+Tab")
        if window.rows.last.evaluate("row => row === document.activeElement"):
            break
    expect(window.row("three")).to_be_focused()
    window.page.keyboard.press("ArrowUp")
    window.page.keyboard.press("ArrowUp")
    expect(window.row("one")).to_be_focused()
    window.page.keyboard.press("Enter")
    menu = window.page.get_by_role("menu")
    expect(menu).to_be_visible()
    window.page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(window.row("one")).to_be_focused()


def test_keys_go_from_conversation_to_conversation(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    oldest, middle, newest = (ann.begin(name, ben) for name in ("Oldest", "Middle", "Newest"))
    for group in (oldest, middle, newest):
        ann.say(group, "hello")
    ben.say(oldest, "unread")
    ann.say(newest, "on top")
    window = open_window(ann)
    window.open(newest)
    expect(window.row("on top")).to_be_visible()
    window.page.keyboard.press("Alt+ArrowDown")
    expect(window.page).to_have_url(re.compile(oldest))
    expect(window.row("unread")).to_be_visible()
    expect(window.entry("Oldest").get_by_role("img")).to_have_count(0)
    window.page.keyboard.press("Alt+ArrowUp")
    expect(window.page).to_have_url(re.compile(newest))
    ben.say(middle, "unread here")
    expect(window.entry("Middle").get_by_role("img", name="1 unread message")).to_be_visible()
    window.page.keyboard.press("Alt+Shift+ArrowDown")
    expect(window.page).to_have_url(re.compile(middle))


def test_names_and_emoji_are_completed(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann, ben = make_person("Ann"), make_person("Benedikt")
    group = ann.begin("Completing", ben)
    window = open_window(ann)
    window.open(group)
    expect(window.composer).to_be_visible()
    window.composer.press_sequentially("hi @Ben")
    option = window.page.get_by_role("option").filter(has_text="Benedikt")
    expect(option).to_be_visible()
    expect(window.composer).to_have_attribute("aria-activedescendant", re.compile("."))
    window.composer.press("Enter")
    window.composer.press_sequentially(":tada")
    expect(window.page.get_by_role("option").first).to_be_visible()
    window.composer.press("Enter")
    window.composer.press("Enter")
    window.expect_sent("@Benedikt")
    expect(window.row("@Benedikt")).to_contain_text("🎉")
    (stored,) = ann.texts(group)
    assert f"<@{ben.id}>" in stored
    assert "🎉" in stored


def test_help_lists_the_shortcuts(make_person: MakePerson, open_window: OpenWindow) -> None:
    window = open_window(make_person("Ann"))
    window.page.goto("/")
    expect(window.inbox).to_be_visible()
    window.page.keyboard.press("Control+/")
    expect(window.page.get_by_role("dialog")).to_contain_text("Keyboard shortcuts")
    window.page.keyboard.press("Escape")
    expect(window.page.get_by_role("dialog")).to_be_hidden()


def test_new_messages_are_announced_and_history_is_not(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Spoken", ben)
    ben.say(group, "long ago")
    window = open_window(ann)
    window.open(group)
    expect(window.row("long ago")).to_be_visible()
    spoken = window.page.locator("[aria-live=polite], [role=status]")
    expect(spoken.filter(has_text="long ago")).to_have_count(0)
    ben.say(group, "right now")
    expect(spoken.filter(has_text="right now")).to_have_count(1)
