"""The directory of public conversations, from “New conversation”."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.browser import Person, Window

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]
MANY = 45


def begin_public(owner: Person, name: str, topic: str, *others: Person) -> str:
    ids = [other.id for other in others]
    made = owner.post("/v1/conversations", kind="public", name=name, topic=topic, memberIds=ids)
    return str(made["id"])


def test_a_public_conversation_is_found_by_what_it_is_about_and_joined(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben, cleo = make_person("Ann"), make_person("Ben"), make_person("Cleo")
    large = begin_public(ben, "Allotments", "Who waters when", cleo)
    small = begin_public(ben, "Zither", "Strings and tuning")
    ben.say(large, "The **hose** leaks")
    ben.say(small, f"New strings, <@{cleo.id}>")
    window = open_window(ann)
    page = window.page
    page.goto("/")
    page.get_by_role("button", name="New conversation").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Browse public conversations").click()
    dialog = page.get_by_role("dialog", name="Public conversations")
    rows = dialog.get_by_role("listitem")

    expect(dialog.get_by_role("searchbox", name="Find public conversations")).to_be_focused()
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("Allotments")
    expect(rows.nth(0)).to_contain_text("2 people")
    expect(rows.nth(0)).to_contain_text("Who waters when")
    expect(rows.nth(0)).to_contain_text("Ben: The hose leaks")
    dialog.get_by_label("Sort by").select_option("activity")
    expect(rows.nth(0)).to_contain_text("Ben: New strings, @Cleo")
    dialog.get_by_label("Sort by").select_option("name")
    expect(rows.nth(0)).to_contain_text("Allotments")
    dialog.get_by_role("searchbox").fill("nothing of this name")
    expect(dialog.get_by_text("No matches")).to_be_visible()
    dialog.get_by_role("searchbox").fill("zith")
    expect(rows).to_have_count(1)
    assert window.accessibility_violations() == []
    rows.nth(0).click()
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Join").click()
    expect(window.composer).to_be_visible()
    window.send("Hello strings")
    window.expect_sent("Hello strings")


def test_the_directory_pages_on_as_one_scrolls(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    for number in range(MANY):
        begin_public(ben, f"Paging {number:02}", "")
    window = open_window(ann)
    page = window.page
    page.goto("/")
    page.get_by_role("button", name="New conversation").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Browse public conversations").click()
    dialog = page.get_by_role("dialog", name="Public conversations")
    dialog.get_by_role("searchbox").fill("Paging")
    dialog.get_by_label("Sort by").select_option("name")
    rows = dialog.get_by_role("listitem")
    expect(rows.nth(0)).to_contain_text("Paging 00")
    dialog.hover()
    while rows.count() < MANY:
        page.mouse.wheel(0, 600)
        page.wait_for_timeout(50)
    names = rows.locator(".directory-name > span:first-child").all_text_contents()
    assert names == [f"Paging {number:02}" for number in range(MANY)]
