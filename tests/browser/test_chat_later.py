"""What is written or kept for later: scheduled messages, saved ones, and reminders."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.browser.browser import NARROW, Person, Window

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]


def test_a_message_for_later_waits_and_is_sent(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Tomorrow", ben)
    window = open_window(ann, viewport=NARROW)
    window.open(group)
    window.composer.fill("See you at **nine**")
    window.page.get_by_role("button", name="Add to the message").click()
    window.page.get_by_role("menuitem", name="Send later").click()
    window.page.get_by_role("menuitem", name="Tomorrow, ").click()
    expect(window.page.get_by_text("It will be sent on")).to_be_visible()
    expect(window.composer).to_have_value("")
    assert ann.texts(group) == []

    window.page.goto("/")
    window.page.get_by_role("button", name="You: Ann").click()
    window.page.get_by_role("menuitem", name="Scheduled messages").click()
    dialog = window.page.get_by_role("dialog")
    expect(dialog).to_contain_text("See you at nine")
    assert window.accessibility_violations() == []
    dialog.get_by_role("button", name="Change").click()
    dialog.get_by_role("textbox", name="Message").fill("See you at ten")
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_role("button", name="Send now").click()
    expect(dialog).to_contain_text("Nothing is scheduled")
    assert ben.texts(group) == ["See you at ten"]


def test_a_saved_message_waits_in_the_list_and_reminds(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Reading list", ben)
    ben.say(group, "Read chapter **seven**")
    second = ben.say(group, "And chapter eight")
    window = open_window(ann)
    window.open(group)
    row = window.row("Read chapter")
    row.hover()
    row.get_by_role("button", name="More actions").click()
    window.page.get_by_role("menuitem", name="Save for later").click()
    expect(window.page.get_by_text("Saved for later")).to_be_visible()

    soon = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    ann.post("/v1/saved", conversationId=group, seq=second["seq"], remindAt=soon)
    expect(window.page.get_by_text("Reminder: And chapter eight")).to_be_visible()

    window.page.get_by_role("button", name="You: Ann").click()
    window.page.get_by_role("menuitem", name="Saved for later").click()
    dialog = window.page.get_by_role("dialog")
    items = dialog.get_by_role("listitem")
    expect(items).to_have_count(2)
    expect(items.first).to_contain_text("You were reminded on")
    assert window.accessibility_violations() == []
    items.first.get_by_role("button", name="Done").click()
    expect(items).to_have_count(1)
    items.get_by_role("link", name="Go to message").click()
    expect(dialog).to_be_hidden()
    expect(window.row("Read chapter")).to_be_in_viewport()


def test_a_reminder_is_chosen_beside_the_message_and_a_refusal_is_told(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    """The author of a scheduled message has left when its time comes."""
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ben.begin("Errands", ann)
    ben.say(group, "Fetch the parcel")
    window, phone = open_window(ann), open_window(ann, viewport=NARROW)
    window.open(group)
    phone.page.goto("/")
    expect(phone.entry("Errands")).to_be_visible()
    window.row("Fetch the parcel").focus()
    window.page.keyboard.press("Enter")
    window.page.get_by_role("menuitem", name="Remind me…").click()
    assert window.accessibility_violations() == []
    window.page.get_by_role("menuitem", name="Choose a time…").click()
    dialog = window.page.get_by_role("dialog")
    expect(dialog.get_by_label("Day and time")).to_be_focused()
    assert window.accessibility_violations() == []
    dialog.get_by_role("button", name="OK").click()
    expect(window.page.get_by_text("You will be reminded on")).to_be_visible()
    (saved,) = ann.get("/v1/saved")["results"]
    assert saved["remindAt"]

    soon = (datetime.now(UTC) + timedelta(seconds=3)).isoformat()
    path = f"/v1/conversations/{group}"
    ann.post(f"{path}/scheduled", content="Too late", sendAt=soon)
    ann.post(f"{path}/leave")
    for each in (window, phone):
        expect(each.page.get_by_text("A scheduled message was not sent")).to_be_visible()
    phone.page.get_by_role("button", name="You: Ann").click()
    phone.page.get_by_role("menuitem", name="Scheduled messages").click()
    dialog = phone.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Too late")
    assert phone.accessibility_violations() == []
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog).to_contain_text("Nothing is scheduled")
    assert ben.texts(group) == ["Fetch the parcel"]


def test_a_message_is_forwarded_and_leads_back(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    source = ann.begin("Source")
    target = ann.begin("Target", ben)
    ann.say(source, "Worth knowing")
    window, reader = open_window(ann), open_window(ben)
    window.open(source)
    row = window.row("Worth knowing")
    row.hover()
    row.get_by_role("button", name="More actions").click()
    window.page.get_by_role("menuitem", name="Forward").click()
    dialog = window.page.get_by_role("dialog")
    dialog.get_by_role("searchbox").fill("targ")
    dialog.get_by_role("checkbox", name="Target").check()
    assert window.accessibility_violations() == []
    dialog.get_by_role("button", name="Forward", exact=True).click()
    expect(dialog).to_be_hidden()

    reader.line_may_fail = True  # the refusal is logged by the browser
    reader.open(target)
    reader.row("Worth knowing").get_by_role("button", name="Forwarded").click()
    expect(reader.page.get_by_text("you may not see it")).to_be_visible()
    window.open(target)
    window.row("Worth knowing").get_by_role("button", name="Forwarded").click()
    expect(window.page).to_have_url(re.compile(source))
