"""Cards of people, pictures of people and conversations, and taking back what takes away."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.browser import Person, Window
from tests.browser.scene import photo

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]


def card_of(page: Page) -> Any:
    return page.get_by_role("dialog").locator("chat-profile")


def choose_picture(page: Page) -> None:
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(
        {"name": "me.png", "mimeType": "image/png", "buffer": photo(300, 200, 40)}
    )
    dialog.get_by_role("img", name="Section of the picture").press("ArrowLeft")
    dialog.get_by_label("Zoom").fill("2")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)


def test_a_name_an_avatar_and_a_mention_lead_to_the_card(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    olga, mia = make_person("Olga"), make_person("Mia")
    group = olga.begin("Rowing", mia)
    olga.say(group, f"Hello <@{mia.id}>")
    window = open_window(mia)
    window.open(group)
    page = window.page

    for target in (".message-name .name-link", ".message-avatar .avatar"):
        page.locator(target).first.click()
        expect(card_of(page).get_by_role("heading", name="Olga")).to_be_visible()
        expect(card_of(page).get_by_role("link", name="Rowing")).to_be_visible()
        page.keyboard.press("Escape")
    page.locator(".mention").press("Enter")
    expect(card_of(page).get_by_role("heading", name="Mia")).to_be_visible()


def test_a_contact_is_added_named_and_removed_and_that_is_taken_back(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    olga, mia = make_person("Olga"), make_person("Mia")
    group = olga.begin("Rowing", mia)
    olga.say(group, "Hello")
    window = open_window(mia)
    window.open(group)
    page = window.page
    page.locator(".name-link").click()
    card = card_of(page)

    card.get_by_role("button", name="Add to contacts").click()
    card.get_by_role("button", name="Nickname").click()
    card.get_by_label("Nickname").fill("Captain")
    card.get_by_role("button", name="Save").click()
    expect(card.get_by_text("Captain")).to_be_visible()
    assert mia.get("/v1/contacts")["results"][0]["nickname"] == "Captain"

    card.get_by_role("button", name="Remove from contacts").click()
    expect(card.get_by_role("button", name="Add to contacts")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    page.locator(".name-link").click()
    expect(card_of(page).get_by_text("Captain")).to_be_visible()


def test_pictures_are_cropped_shown_to_others_and_removed(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    olga, mia = make_person("Olga"), make_person("Mia")
    group = olga.begin("Rowing", mia)
    olga.say(group, "Hello")
    window = open_window(olga)
    window.open(group)
    page = window.page
    page.get_by_role("button", name="You: Olga").click()
    page.get_by_role("menuitem", name="Profile").click()
    card_of(page).get_by_role("button", name="Picture").click()
    choose_picture(page)
    expect(page.locator(".profile-button .avatar-picture")).to_be_visible()
    page.get_by_role("button", name="Details of").click()
    page.get_by_role("button", name="Change the picture").click()
    choose_picture(page)

    others = open_window(mia)
    others.open(group)
    for place in (".message-avatar", f'.inbox-row[data-id="{group}"]'):
        expect(others.page.locator(f"{place} .avatar-picture")).to_have_js_property(
            "naturalWidth", 320
        )

    page.get_by_role("button", name="Change the picture").click()
    page.get_by_role("button", name="Remove the picture").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(others.page.locator(f'.inbox-row[data-id="{group}"] .avatar-picture')).to_have_count(0)


def test_what_was_deleted_for_oneself_or_archived_or_left_comes_back(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    olga, mia = make_person("Olga"), make_person("Mia")
    group = olga.begin("Rowing", mia)
    olga.say(group, "do not lose me")
    window = open_window(mia)
    window.open(group)
    page = window.page
    message = page.locator("chat-message").filter(has_text="do not lose me")

    message.locator(".bubble").click(button="right")
    page.get_by_role("menuitem", name="Delete for me").click()
    expect(message).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(message).to_be_visible()

    entry = page.locator(f'.inbox-row[data-id="{group}"]')
    for item in ("Archive", "Leave"):
        page.get_by_role("button", name="More", exact=True).click()
        page.get_by_role("menuitem", name=item, exact=True).click()
        if item == "Leave":
            page.get_by_role("dialog").get_by_role("button", name="Leave").click()
        expect(entry).to_have_count(0)
        page.get_by_role("button", name="Undo").click()
        expect(entry).to_be_visible()


def test_an_emptied_conversation_comes_back(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    olga, mia = make_person("Olga"), make_person("Mia")
    direct = olga.direct(mia)
    olga.say(direct, "keep this")
    window, other = open_window(mia), open_window(olga)
    for each in (window, other):
        each.open(direct)
    page = window.page
    row = page.locator(f'.inbox-row[data-id="{direct}"]')
    expect(row).to_contain_text("keep this")

    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Clear for me").click()
    expect(window.rows).to_have_count(0)
    expect(row).not_to_contain_text("keep this")
    expect(other.row("keep this")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(window.row("keep this")).to_be_visible()
    expect(row).to_contain_text("keep this")


def test_to_a_blocked_person_nothing_is_written_until_they_are_unblocked(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    olga, mia = make_person("Olga"), make_person("Mia")
    direct = mia.post("/v1/conversations", kind="direct", memberIds=[olga.id])["id"]
    mia.post("/v1/blocks", userId=olga.id)
    window = open_window(mia)
    window.open(direct)

    expect(window.page.get_by_text("You have blocked this person")).to_be_visible()
    expect(window.page.locator("chat-composer")).to_have_count(0)
    window.page.get_by_role("button", name="Unblock").click()
    window.send("hello again")
    window.expect_sent("hello again")
