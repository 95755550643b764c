"""Notifications are offered when the first direct message comes; a sound that can be off."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.browser import Person, Window
from tests.waiting import eventually

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]

# Nobody has decided yet; what is asked for and heard is counted.
UNDECIDED = """
globalThis.asked = 0;
globalThis.tones = 0;
Object.defineProperty(Notification, "permission", { get: () => "default" });
Notification.requestPermission = async () => { globalThis.asked += 1; return "denied"; };
OscillatorNode.prototype.start = function () { globalThis.tones += 1; };
OscillatorNode.prototype.stop = function () {};
Object.defineProperty(document, "hasFocus", { value: () => false });
"""
OFFER = "Should this browser notify you of new messages?"


def test_a_direct_message_offers_notifications_once_and_not_before(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Group", ben)
    direct = ann.direct(ben)
    window = open_window(ann)
    page = window.page
    page.add_init_script(UNDECIDED)
    window.open(group)
    ben.say(group, "to all")
    expect(window.rows.filter(has_text="to all")).to_be_visible()
    expect(page.get_by_text(OFFER)).to_have_count(0)
    assert page.evaluate("asked") == 0

    ben.say(direct, "to you")
    expect(page.get_by_text(OFFER)).to_be_visible()
    page.get_by_role("button", name="Allow notifications").click()
    eventually(lambda: page.evaluate("asked") == 1)
    ben.say(direct, "again")
    expect(window.entry("Ben").get_by_text("again")).to_be_visible()
    expect(page.get_by_text(OFFER)).to_have_count(0)


def test_a_message_is_heard_unless_the_settings_say_no(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    direct = ann.direct(ben)
    window = open_window(ann)
    page = window.page
    page.add_init_script(UNDECIDED)
    page.goto("/")
    expect(window.entry("Ben")).to_be_visible()
    page.locator(".pane-main").click()  # no page may be heard that nobody has touched
    ben.say(direct, "loud")
    eventually(lambda: page.evaluate("tones") == 2)

    page.goto("/settings")
    page.get_by_label("With a sound").uncheck()
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("Your settings are saved.")).to_be_visible()
    page.goto("/")
    expect(window.entry("Ben")).to_be_visible()
    page.locator(".pane-main").click()
    ben.say(direct, "quiet")
    expect(window.entry("Ben").get_by_text("quiet")).to_be_visible()
    assert page.evaluate("tones") == 0
