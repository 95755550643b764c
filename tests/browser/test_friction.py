"""Small things that stood in the way: menus of rows, the floating day, members, focus and names."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.browser import Person, Window
from tests.browser.scene import photo, upload

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]


def test_a_row_of_the_inbox_has_a_menu_by_right_click_and_by_key(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ben.begin("Rowing", ann)
    ben.say(group, "Hello")
    window = open_window(ann)
    window.page.goto("/")
    page = window.page
    row = page.locator(f'.inbox-row[data-id="{group}"]')

    row.click(button="right")
    page.get_by_role("menuitem", name="Mark read").click()
    expect(row.get_by_role("img", name="1 unread message")).to_have_count(0)
    row.focus()
    page.keyboard.press("Shift+F10")
    page.get_by_role("menuitem", name="Mute", exact=True).click()
    expect(row.get_by_role("img", name="Muted")).to_be_visible()


def test_the_inbox_is_one_stop_of_the_tab_key(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    ids = [ann.begin(name) for name in ("One", "Two", "Three")]
    window = open_window(ann)
    window.open(ids[0])
    page = window.page

    stops = page.locator('.inbox-row[tabindex="0"]')
    expect(stops).to_have_count(1)
    expect(stops).to_have_attribute("data-id", ids[0])
    stops.press("ArrowUp")
    expect(page.locator('.inbox-row[tabindex="0"]')).to_have_attribute("data-id", ids[1])


def test_the_skip_link_leads_to_the_conversation(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    window = open_window(ann)
    window.open(ann.begin("One"))
    skip = window.page.get_by_role("button", name="Skip to the conversation")

    skip.focus()
    skip.press("Enter")
    expect(window.page.locator(".pane-main")).to_be_focused()


def test_a_messages_name_holds_its_text_and_a_note_has_no_ticks(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    notes = ann.post("/v1/conversations", kind="direct", memberIds=[ann.id])["id"]
    ann.say(notes, "buy **bread**")
    window = open_window(ann)
    window.open(notes)

    message = window.page.get_by_role("article", name="buy bread")
    expect(message).to_be_visible()
    expect(message.locator(".message-foot").get_by_role("img")).to_have_count(0)
    expect(window.page.get_by_text("Only you see these")).to_be_visible()


def test_a_new_direct_conversation_is_one_step_with_whom_one_knows(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    direct = ann.post("/v1/conversations", kind="direct", memberIds=[ben.id])["id"]
    window = open_window(ann)
    window.page.goto("/")
    page = window.page
    page.get_by_role("button", name="New conversation").first.click()

    expect(page.get_by_role("combobox", name="Find people")).to_be_focused()
    page.get_by_role("option", name="Ben").click()
    expect(page).to_have_url(re.compile(f"/c/{direct}$"))


def test_back_on_a_phone_returns_from_the_details(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Rowing")
    window = open_window(ann, viewport={"width": 390, "height": 800})
    window.open(group)
    page = window.page
    details = page.get_by_role("complementary", name="Details")

    page.get_by_role("button", name="Details of").click()
    expect(details).to_be_visible()
    page.go_back()
    expect(details).to_have_count(0)
    expect(window.composer).to_be_visible()


def test_a_grid_of_three_pictures_has_no_hole(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Pictures")
    ids = [upload(ann, f"{n}.png", photo(300, 300, 60 * n)) for n in range(3)]
    ann.post(f"/v1/conversations/{group}/messages", attachmentIds=ids)
    window = open_window(ann)
    window.open(group)
    pictures = window.page.locator(".pictures-many .picture")
    expect(pictures).to_have_count(3)

    first, second, third = (pictures.nth(n).bounding_box() for n in range(3))
    assert first
    assert second
    assert third
    assert first["width"] > second["width"] * 1.9
    assert second["y"] == third["y"]


def test_a_picture_is_zoomed_and_left_for_the_next_and_downloaded(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Pictures")
    ids = [upload(ann, f"{n}.png", photo(800, 600, 60 * n)) for n in range(2)]
    ann.post(f"/v1/conversations/{group}/messages", attachmentIds=ids)
    window = open_window(ann)
    window.open(group)
    window.page.get_by_role("button", name="Open the picture 0.png").click()
    dialog = window.page.get_by_role("dialog")
    picture = dialog.locator("img")
    before = picture.bounding_box()

    dialog.get_by_role("button", name="Larger").click()
    expect(picture).to_have_css("scale", "1.5")
    after = picture.bounding_box()
    assert before
    assert after
    assert after["width"] > before["width"] * 1.4
    window.page.keyboard.press("ArrowRight")
    expect(dialog.get_by_text("2 / 2")).to_be_visible()
    expect(picture).to_have_css("scale", "1")
    with window.page.expect_download() as download:
        dialog.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "1.png"


def test_code_tells_its_language_and_is_copied(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Code")
    ann.say(group, "```python\nprint(1)\n```")
    window = open_window(ann, permissions=["clipboard-read", "clipboard-write"])
    window.open(group)
    code = window.page.locator(".code-block")

    expect(code.get_by_text("python", exact=True)).to_be_visible()
    code.hover()
    code.get_by_role("button", name="Copy the code").click()
    expect(window.page.get_by_text("Copied")).to_be_visible()
    assert window.page.evaluate("() => navigator.clipboard.readText()").strip() == "print(1)"


def test_the_settings_fit_a_narrow_phone(make_person: MakePerson, open_window: OpenWindow) -> None:
    page = open_window(make_person("Ann"), viewport={"width": 320, "height": 640}).page
    page.goto("/settings")
    width = page.evaluate("() => document.documentElement.scrollWidth")
    assert width <= 320


def test_the_hover_bar_covers_no_text(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Words", ben)
    ben.say(group, "long " * 80)
    ann.say(group, "own " * 80)
    window = open_window(ann)
    window.open(group)

    for text in ("long", "own"):
        message = window.row(text)
        message.locator(".bubble").hover()
        bar = message.locator(".tools").bounding_box()
        bubble = message.locator(".bubble").bounding_box()
        assert bar
        assert bubble
        is_beside = (
            bar["x"] >= bubble["x"] + bubble["width"] or bar["x"] + bar["width"] <= bubble["x"]
        )
        assert is_beside, text


def test_toasts_stand_above_the_composer(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann = make_person("Ann")
    group = ann.begin("Rowing")
    ann.say(group, "to be hidden")
    window = open_window(ann)
    window.open(group)
    window.row("to be hidden").locator(".bubble").click(button="right")
    window.page.get_by_role("menuitem", name="Delete for me").click()
    toast = window.page.locator(".toast")
    expect(toast).to_be_visible()

    box, composer = toast.bounding_box(), window.page.locator(".composer").bounding_box()
    assert box
    assert composer
    assert box["y"] + box["height"] <= composer["y"]


def test_who_wrote_lately_is_offered_first_for_a_mention(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, bea, ben = make_person("Ann"), make_person("Bea"), make_person("Ben")
    group = ann.begin("Rowing", bea, ben)
    bea.say(group, "first")
    ben.say(group, "last")
    window = open_window(ann)
    window.open(group)
    options = window.page.locator(".completion")

    window.composer.press_sequentially("@b")
    expect(options.nth(0)).to_contain_text("Ben")
    expect(options.nth(1)).to_contain_text("Bea")
    window.composer.fill("")
    bea.say(group, "later still")
    expect(window.rows.filter(has_text="later still")).to_be_visible()
    window.composer.press_sequentially("@b")
    expect(options.nth(0)).to_contain_text("Bea")


def test_down_in_a_messages_menu_reaches_its_acts_first(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Menu")
    ann.say(group, "hello")
    window = open_window(ann)
    window.open(group)
    page = window.page
    page.get_by_role("article", name="hello").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menu")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".menu-item").first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".menu-item").last).to_be_focused()
