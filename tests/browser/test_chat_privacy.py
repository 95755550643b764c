"""Privacy in the page: who may write first, who may add, what one hides; and do not disturb."""

from collections.abc import Callable
from datetime import UTC, datetime

from playwright.sync_api import expect

from tests.browser.browser import NARROW, Person, Window

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]


def choose(window: Window, **audiences: str) -> None:
    """By the form of the settings."""
    window.page.goto("/settings")
    for label, audience in audiences.items():
        window.page.get_by_label(label.replace("_", " ")).select_option(audience)
    window.page.get_by_role("button", name="Save").first.click()
    expect(window.page.get_by_role("status")).to_be_visible()
    for label, audience in audiences.items():
        expect(window.page.get_by_label(label.replace("_", " "))).to_have_value(audience)


def test_who_asks_to_add_somebody_waits_for_the_answer(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    window = open_window(ben, viewport=NARROW)
    choose(window, Who_may_add_me_to_groups="contacts")
    assert window.accessibility_violations() == []
    groups = [ann.begin(name) for name in ("Choir", "Book club")]
    window.page.goto("/")
    window.page.wait_for_load_state("networkidle")  # by then the parts are loaded that tell of it
    for group in groups:
        ann.post(f"/v1/conversations/{group}/participants", memberIds=[ben.id])
    expect(window.page.get_by_text("Ann wants to add you to").first).to_be_visible()
    assert ben.get("/v1/conversations")["results"] == []

    window.page.get_by_role("button", name="You: Ben").click()
    window.page.get_by_role("menuitem", name="Requests").click()
    dialog = window.page.get_by_role("dialog")
    items = dialog.get_by_role("listitem")
    expect(items).to_have_count(2)
    assert window.accessibility_violations() == []
    items.filter(has_text="Book club").get_by_role("button", name="Decline").click()
    expect(items).to_have_count(1)
    items.get_by_role("button", name="Accept").click()
    expect(dialog).to_be_hidden()
    expect(window.composer).to_be_visible()
    assert [each["id"] for each in ben.get("/v1/conversations")["results"]] == [groups[0]]


def test_nobody_writes_first_to_who_does_not_want_it(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    choose(open_window(ben), Who_may_write_to_me_first="nobody")
    refused = ann.rest.post("/v1/conversations", json={"isGroup": False, "memberIds": [ben.id]})
    assert refused.status_code == 403, refused.text
    direct = ben.direct(ann)
    ben.say(direct, "I write first")
    window = open_window(ann)
    window.open(direct)
    window.send("Then I may answer")
    window.expect_sent("Then I may answer")


def test_who_hides_what_they_read_is_not_told_either(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    direct = ann.direct(ben)
    hidden, reader = open_window(ben), open_window(ann)
    choose(hidden, Who_sees_what_I_have_read="nobody")
    reader.open(direct)
    reader.send("Do you read this?")
    reader.expect_sent("Do you read this?")
    hidden.open(direct)
    expect(hidden.row("Do you read this?")).to_be_visible()
    hidden.send("Yes")
    hidden.expect_sent("Yes")
    expect(reader.row("Yes")).to_be_visible()
    expect(reader.row("Do you read this?").get_by_role("img", name="Read")).to_have_count(0)
    expect(hidden.row("Yes").get_by_role("img", name="Read")).to_have_count(0)
    assert ben.get(f"/v1/conversations/{direct}")["unread"] == 0


def test_do_not_disturb_until_tomorrow(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann = make_person("Ann")
    window = open_window(ann)
    window.page.goto("/")
    for choice, word in (
        ("Until tomorrow", "No notifications until"),
        ("Turn notifications on", "Notifications are on again"),
    ):
        window.page.get_by_role("button", name="You: Ann").click()
        window.page.get_by_role("menuitem", name="Do not disturb").click()
        window.page.get_by_role("menuitem", name=choice).click()
        expect(window.page.get_by_text(word)).to_be_visible()
        until = ann.get("/v1/users/me")["doNotDisturb"]["until"]
        assert (until is not None) is (choice == "Until tomorrow")
        assert until is None or datetime.fromisoformat(until) > datetime.now(UTC)
