"""Polls in the page: one asks, two vote, both see it live."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.browser import NARROW, PHONE, Person, Window

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]


def test_two_people_vote_and_see_it_live(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Lunch", ben)
    asker, voter = open_window(ann), open_window(ben, viewport=NARROW)
    asker.open(group)
    voter.open(group)

    asker.composer.fill("/poll")
    asker.page.keyboard.press("Escape")
    asker.composer.press("Enter")
    dialog = asker.page.get_by_role("dialog")
    dialog.get_by_label("Question").fill("Where do we eat?")
    dialog.get_by_label("Choice 1").fill("Pizza")
    dialog.get_by_label("Choice 2").fill("Soup")
    dialog.get_by_role("button", name="Add a choice").click()
    expect(dialog.get_by_label("Choice 3")).to_be_focused()
    assert asker.accessibility_violations() == []
    dialog.get_by_role("button", name="Ask").click()
    expect(dialog).to_be_hidden()

    voter.page.get_by_role("button", name="Pizza, 0 votes").focus()
    voter.page.keyboard.press("Enter")
    mine = voter.page.get_by_role("button", name="Pizza, 1 vote")
    expect(mine).to_have_attribute("aria-pressed", "true")
    seen = asker.page.get_by_role("button", name="Pizza, 1 vote")
    expect(seen).to_have_attribute("aria-pressed", "false")
    asker.page.get_by_role("button", name="Soup, 0 votes").click()
    expect(voter.page.get_by_text("2 people voted")).to_be_visible()
    expect(mine).to_have_attribute("aria-pressed", "true")
    voter.page.get_by_role("button", name="Soup, 1 vote").click()
    expect(asker.page.get_by_role("button", name="Soup, 2 votes")).to_be_visible()
    assert voter.accessibility_violations() == []

    row = asker.row("Where do we eat?")
    row.hover()
    row.get_by_role("button", name="More actions").click()
    asker.page.get_by_role("menuitem", name="End the vote").click()
    expect(voter.page.get_by_text("The vote has ended")).to_be_visible()
    expect(voter.page.get_by_text("Soup, 2 votes, your vote")).to_have_count(1)
    expect(voter.page.get_by_role("button", name="Soup")).to_have_count(0)
    voter.page.reload()
    expect(voter.page.get_by_text("Soup, 2 votes, your vote")).to_have_count(1)


def test_own_votes_of_an_anonymous_poll_are_on_all_devices(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Secret", ben)
    ann.post(
        f"/v1/conversations/{group}/polls",
        question="Stay?",
        choices=["Yes", "No"],
        anonymous=True,
        several=True,
    )
    one, other = open_window(ben), open_window(ben, viewport=NARROW)
    one.open(group)
    other.open(group)
    one.page.get_by_role("button", name="Yes, 0 votes").click()
    pressed = other.page.get_by_role("button", name="Yes, 1 vote")
    expect(pressed).to_have_attribute("aria-pressed", "true")
    pressed.click()
    expect(one.page.get_by_role("button", name="Yes, 0 votes")).to_have_attribute(
        "aria-pressed", "false"
    )


@pytest.mark.parametrize("size", [PHONE, NARROW], ids=["390", "320"])
def test_a_phone_asks_by_the_menu_beside_the_field(
    make_person: MakePerson, open_window: OpenWindow, size: dict[str, int]
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Phones", ben)
    window, other = open_window(ann, viewport=size, has_touch=True), open_window(ben)
    window.open(group)
    other.open(group)
    add = window.page.get_by_role("button", name="Add to the message")
    add.tap()
    assert window.accessibility_violations() == []
    with window.page.expect_file_chooser():
        window.page.get_by_role("menuitem", name="Attach files").tap()
    add.tap()
    window.page.get_by_role("menuitemcheckbox", name="Formatting").tap()
    expect(window.page.get_by_role("toolbar", name="Formatting")).to_be_visible()
    add.tap()
    window.page.get_by_role("menuitem", name="New poll").tap()
    dialog = window.page.get_by_role("dialog")
    dialog.get_by_label("Question").fill("Tea?")
    for number, choice in enumerate(("Yes", "No"), start=1):
        dialog.get_by_label(f"Choice {number}").fill(choice)
    dialog.get_by_role("button", name="Ask").tap()
    other.page.get_by_role("button", name="Yes, 0 votes").click()
    expect(window.page.get_by_role("button", name="Yes, 1 vote")).to_be_in_viewport()
    assert window.page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_the_words_after_the_command_are_the_question(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Lunch")
    window = open_window(ann)
    window.open(group)
    window.send("/poll Where do we eat?")
    dialog = window.page.get_by_role("dialog")
    expect(dialog.get_by_label("Question")).to_have_value("Where do we eat?")
    dialog.get_by_label("Choice 1").fill("Pizza")
    dialog.get_by_label("Choice 2").fill("Soup")
    dialog.get_by_role("button", name="Ask").click()
    expect(window.row("Where do we eat?")).to_be_visible()
    assert ann.texts(group) == ["Where do we eat?"]
