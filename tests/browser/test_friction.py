"""Small things that stood in the way: menus of rows, the floating day, members, focus and names."""

import re
from collections.abc import Callable

import psycopg
import pytest
from playwright.sync_api import expect

from tests.browser.browser import NARROW, PHONE, Person, Window
from tests.browser.scene import photo, upload
from tests.servers import ServerProcess
from tests.waiting import eventually

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]
POSITIONS = """log => [...log.querySelectorAll("[data-seq], .row-day")].map(
    (row) => Math.round(row.getBoundingClientRect().top))"""


def at_rest(window: Window) -> list[int]:
    """The positions once they stay: a wheel's scrolling goes on for a while, in steps."""
    readings: list[list[int]] = []
    while len(readings) < 4 or readings[-4:] != [readings[-1]] * 4:
        window.page.wait_for_timeout(50)
        readings.append(window.log.evaluate(POSITIONS))
    return readings[-1]


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
    for each in ids:  # until both are prepared
        eventually(lambda path=f"/v1/attachments/{each}": ann.rest.get(path).is_success)
    window = open_window(ann)
    window.open(group)
    window.page.get_by_role("button", name="Open the picture 0.png").click()
    dialog = window.page.get_by_role("dialog")
    picture = dialog.locator("img")
    expect(picture).to_have_js_property("complete", True)  # until then it has no size
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


@pytest.mark.parametrize("size", [NARROW, PHONE, {"width": 1280, "height": 800}])
@pytest.mark.parametrize("language", ["python", ""])
def test_nothing_covers_code(
    make_person: MakePerson, open_window: OpenWindow, size: dict[str, int], language: str
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Code")
    ann.say(group, f"```{language}\nprint('as long as the line', 1)\nprint(2)\n```")
    window = open_window(ann, viewport=size, has_touch=size is PHONE, is_mobile=size is PHONE)
    window.open(group)
    block = window.page.locator(".code-block")
    block.hover()
    if size is PHONE:  # a finger points at nothing
        expect(block.locator(".code-copy")).to_have_css("opacity", "1")
    code = block.locator("pre").bounding_box()
    assert code
    for part in block.locator(".code-tools > *").all():
        box = part.bounding_box()
        assert box
        is_apart = box["y"] + box["height"] <= code["y"] + 8  # the code's own padding
        assert is_apart or box["x"] >= code["x"] + code["width"] - 1
    bubble = window.page.locator(".bubble").bounding_box()
    assert bubble
    assert code["x"] + code["width"] <= bubble["x"] + bubble["width"]


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_toasts_button_can_be_read_and_is_there_while_one_points_at_it(
    make_person: MakePerson, open_window: OpenWindow, scheme: str
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Rowing")
    ann.say(group, "to be hidden")
    window = open_window(ann, color_scheme=scheme, reduced_motion="reduce")
    page = window.page
    page.clock.install()
    window.open(group)
    window.row("to be hidden").locator(".bubble").click(button="right")
    page.get_by_role("menuitem", name="Delete for me").click()
    toast = page.locator(".toast")
    undo = toast.get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    assert window.accessibility_violations() == []

    undo.hover()
    assert window.accessibility_violations() == []
    page.clock.run_for(60_000)
    expect(undo).to_be_visible()
    page.mouse.move(5, 5)
    page.clock.run_for(11_000)
    expect(toast).to_have_count(0)


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


def test_a_day_floats_while_one_scrolls_and_goes_at_rest_without_moving_anything(
    make_person: MakePerson, open_window: OpenWindow, server: ServerProcess
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Days")
    for number in range(60):
        ann.say(group, f"entry {number}")
    with psycopg.connect(server.database_url, autocommit=True) as connection:
        connection.execute(
            "UPDATE messaging_message SET created_at = now() - interval '1 day' * "
            "CASE WHEN seq < 30 THEN 40 ELSE 1 END WHERE conversation_id = %s",
            [group],
        )
    window = open_window(ann, viewport={"width": 900, "height": 600})
    window.open(group)
    page = window.page
    expect(window.row("entry 59")).to_be_visible()
    day = page.locator(".floating-day.is-shown")
    expect(day).to_have_count(0)

    window.log.hover()
    page.mouse.wheel(0, -300)
    expect(day).to_have_text("Yesterday")
    expect(page.locator(".floating-day")).to_have_attribute("aria-hidden", "true")
    stood = at_rest(window)
    expect(day).to_have_count(0)
    assert window.log.evaluate(POSITIONS) == stood
    for _ in range(6):
        page.mouse.wheel(0, -200)
        page.wait_for_timeout(30)
    expect(day).not_to_have_text("Yesterday")
    window.log.evaluate("log => { log.scrollTop = 0; }")
    expect(day).to_have_count(0)
    page.mouse.wheel(0, 20)
    at_rest(window)  # sooner than a day would go
    assert day.count() == 0, "the line of the day is in view"
    expect(page.locator(".row-day").first).to_be_in_viewport()
    page.get_by_role("button", name="Go to the latest").click()
    expect(day).to_have_count(0)


def test_a_row_is_pinned_marked_unread_archived_and_left_by_its_menu(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ben.begin("Rowing", ann)
    ben.say(group, "Hello")
    window = open_window(ann)
    page = window.page
    page.goto("/")
    row = page.locator(f'.inbox-row[data-id="{group}"]')

    def choose(name: str) -> None:
        row.click(button="right")
        page.get_by_role("menuitem", name=name, exact=True).click()

    choose("Pin")
    expect(row.get_by_role("img", name="Pinned")).to_be_visible()
    choose("Mark read")
    choose("Mark unread")
    expect(row.get_by_role("img", name="Marked unread")).to_be_visible()
    choose("Archive")
    expect(row).to_have_count(0)
    page.get_by_role("button", name="1 archived").click()
    choose("Unarchive")
    choose("Leave")
    page.get_by_role("dialog").get_by_role("button", name="Leave").click()
    expect(page.locator(".toast").last.get_by_role("button", name="Undo")).to_be_visible()


def test_a_long_press_opens_the_menu_of_a_row(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Rowing")
    window = open_window(ann, viewport=PHONE, has_touch=True, is_mobile=True)
    page = window.page
    page.goto("/")
    row = page.locator(f'.inbox-row[data-id="{group}"]')
    expect(row).to_be_visible()
    box = row.bounding_box()
    assert box
    touch = page.context.new_cdp_session(page)
    point = {"x": box["x"] + 60, "y": box["y"] + box["height"] / 2}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    page.wait_for_timeout(700)
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.get_by_role("menuitem", name="Archive", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("/$"))


def test_a_long_press_opens_the_menu_of_a_message_of_a_conversation_and_of_a_thread(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Rowing")
    root = ann.say(group, "at six")
    ann.say(group, "or at seven", threadSeq=root["seq"])
    window = open_window(ann, viewport=PHONE, has_touch=True, is_mobile=True)
    page = window.page
    touch = page.context.new_cdp_session(page)
    for path, text in ((f"/c/{group}", "at six"), (f"/c/{group}/t/{root['seq']}", "or at seven")):
        page.goto(path)
        bubble = page.locator(".bubble", has_text=text).last
        expect(bubble).to_be_visible()
        page.wait_for_load_state("networkidle")  # the part that listens is loaded when idle
        box = bubble.bounding_box()
        assert box
        point = {"x": box["x"] + 20, "y": box["y"] + box["height"] / 2}
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
        page.wait_for_timeout(700)
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        expect(page.get_by_role("menuitem", name="Copy text")).to_be_visible()
        expect(page.locator(".menu kbd").first).to_be_hidden()
        page.keyboard.press("Escape")
        expect(page.get_by_role("menuitem")).to_have_count(0)
        assert page.evaluate("String(getSelection())") == ""


@pytest.mark.parametrize("count", [5, 7])
def test_a_grid_of_an_odd_number_of_pictures_has_no_hole(
    make_person: MakePerson, open_window: OpenWindow, count: int
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Pictures")
    ids = [upload(ann, f"{n}.png", photo(300, 300, 30 * n)) for n in range(count)]
    ann.post(f"/v1/conversations/{group}/messages", attachmentIds=ids)
    window = open_window(ann)
    window.open(group)
    pictures = window.page.locator(".pictures-many .picture")
    expect(pictures).to_have_count(count)
    boxes = [pictures.nth(n).bounding_box() for n in range(count)]
    first, *others = [box for box in boxes if box]
    assert len(others) == count - 1
    for left, right in zip(others[::2], others[1::2], strict=True):
        assert left["y"] == right["y"]
        assert abs(right["x"] + right["width"] - first["x"] - first["width"]) < 1


def test_a_panorama_among_pictures_is_shown_whole(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Pictures")
    sizes = [(1600, 300), (300, 300)]
    ids = [upload(ann, f"{w}.png", photo(w, h, 90)) for w, h in sizes]
    ann.post(f"/v1/conversations/{group}/messages", attachmentIds=ids)
    window = open_window(ann)
    window.open(group)
    images = window.page.locator(".pictures-many img")
    expect(images.nth(0)).to_have_css("object-fit", "contain")
    expect(images.nth(1)).to_have_css("object-fit", "cover")
    expect(images.nth(0)).to_have_js_property("naturalWidth", 1280)


def test_the_lightbox_is_dark_moves_what_is_zoomed_and_swipes_on(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Pictures")
    ids = [upload(ann, f"{n}.png", photo(1200, 900, 60 * n)) for n in range(2)]
    ann.post(f"/v1/conversations/{group}/messages", attachmentIds=ids)
    window = open_window(ann, color_scheme="light")
    window.open(group)
    page = window.page
    page.get_by_role("button", name="Open the picture 0.png").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_have_css("background-color", "rgb(11, 13, 18)")
    picture = dialog.locator("img")
    page.keyboard.press("+")
    page.keyboard.press("+")
    expect(picture).to_have_css("scale", "2.25")
    # Zoomed, it is shown by the file itself: how far it may be moved is known when that is there.
    expect(picture).to_have_attribute("src", re.compile(f"{ids[0]}$"))
    expect(picture).to_have_js_property("complete", value=True)
    page.mouse.move(640, 400)
    page.mouse.down()
    page.mouse.move(740, 440, steps=5)
    page.mouse.up()
    expect(picture).to_have_css("translate", "100px 40px")
    expect(dialog.get_by_text("1 / 2")).to_be_visible()
    page.keyboard.press("0")
    expect(picture).to_have_css("scale", "1")
    page.mouse.move(800, 400)
    page.mouse.down()
    page.mouse.move(600, 400, steps=5)
    page.mouse.up()
    expect(dialog.get_by_text("2 / 2")).to_be_visible()


def test_a_direct_conversation_says_when_the_other_was_last_there(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    direct = ann.direct(ben)
    bens = open_window(ben)
    bens.open(direct)
    anns = open_window(ann)
    anns.open(direct)
    head = anns.page.get_by_role("heading", level=1).filter(has_text="Ben")
    expect(head).to_contain_text("Online")
    bens.page.goto("about:blank")
    expect(head).to_contain_text("Last seen at", timeout=90_000)


def test_what_is_on_in_a_menu_has_a_mark_and_a_long_title_its_end(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    group = ann.begin("The committee of the annual harbour festival and its friends")
    window = open_window(ann, viewport=NARROW)
    window.open(group)
    page = window.page
    title = page.locator(".bar-name > span").first
    expect(title).to_have_css("text-overflow", "ellipsis")
    assert title.evaluate("it => it.scrollWidth > it.clientWidth && it.clientWidth > 60")
    page.get_by_role("button", name="More", exact=True).first.click()
    all_of_them = page.get_by_role("menuitemcheckbox", name="Notify of all messages")
    mentions = page.get_by_role("menuitemcheckbox", name="Notify when I am mentioned")
    expect(all_of_them.locator(".menu-mark svg")).to_have_count(1)
    with page.expect_response(lambda answer: answer.url.endswith("/notify")):
        mentions.click()
    page.get_by_role("button", name="More", exact=True).first.click()
    expect(mentions.locator(".menu-mark svg")).to_have_count(1)
    expect(all_of_them.locator(".menu-mark svg")).to_have_count(0)
