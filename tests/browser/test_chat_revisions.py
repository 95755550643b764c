"""The versions of an edited message, the present one first, for whoever sees it."""

from collections.abc import Callable

from playwright.sync_api import Route, expect

from tests.browser.browser import NARROW, Person, Window

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]


def test_the_versions_of_an_edited_message(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Times", ben)
    ann.say(group, "We meet at seven")
    window, other = open_window(ann), open_window(ben, viewport=NARROW)
    window.open(group)
    other.open(group)
    for before, after in (("seven", "eight"), ("eight", "nine")):
        window.row(before).focus()
        window.page.keyboard.press("e")
        window.composer.fill(f"We meet at **{after}**")
        window.composer.press("Enter")
        expect(other.row(after)).to_be_visible()

    other.page.route("**/revisions?*", in_pages_of_two)
    other.row("nine").get_by_role("button", name="edited").click()
    dialog = other.page.get_by_role("dialog")
    versions = dialog.get_by_role("listitem")
    expect(versions).to_have_count(3)
    expect(versions.nth(0).locator("strong")).to_have_text("nine")
    expect(versions.nth(1).locator("strong")).to_have_text("eight")
    expect(versions.nth(2)).to_contain_text("seven")
    assert other.accessibility_violations() == []
    assert other.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    other.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def in_pages_of_two(route: Route) -> None:
    """What a message with hundreds of versions does."""
    assert "limit=200" in route.request.url
    route.continue_(url=route.request.url.replace("limit=200", "limit=2"))
