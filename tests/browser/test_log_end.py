"""A log that stands at its end stays there, whatever comes below it; who reads above stays, too."""

from collections.abc import Callable

from playwright.sync_api import Locator, expect

from tests.browser.browser import Person, Window
from tests.browser.scene import photo

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]

BELOW = "log => log.scrollHeight - log.scrollTop - log.clientHeight"
# What Chromium does where rows have changed their heights: the scroll event of that comes after
# the log has become lower, and before its observer is told.
LOWER = """log => {
  const composer = [...document.querySelectorAll("chat-composer .composer")].at(-1);
  composer.style.minBlockSize = "200px";
  log.getBoundingClientRect();
  if (SCROLLS) log.dispatchEvent(new Event("scroll"));
}"""


def expect_end(window: Window, log: Locator) -> None:
    row = log.get_by_role("article").last
    expect(row).to_be_in_viewport(ratio=0.9)
    window.page.wait_for_timeout(300)
    assert log.evaluate(BELOW) < 2


def choose_files(place: Locator) -> None:
    file = {"name": "a.png", "mimeType": "image/png", "buffer": photo(40, 30, 0)}
    place.locator("input[type=file]").set_input_files([file])
    expect(place.get_by_role("list", name="Files to send")).to_be_visible()


def test_files_to_send_do_not_hide_the_last_message(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Pictures")
    for number in range(30):
        ann.say(group, f"entry {number}")
    window = open_window(ann)
    window.open(group)
    expect(window.row("entry 29")).to_be_in_viewport()
    window.send("the last words")
    window.expect_sent("the last words")
    height = window.log.evaluate("log => log.clientHeight")
    window.log.evaluate(LOWER.replace("SCROLLS", "true"))
    assert window.log.evaluate("log => log.clientHeight") < height - 60
    expect_end(window, window.log)
    expect(window.page.get_by_role("button", name="Go to the latest")).to_have_count(0)

    window.log.hover()
    window.page.mouse.wheel(0, -400)
    expect(window.page.get_by_role("button", name="Go to the latest")).to_be_visible()
    stood = window.log.evaluate("log => log.scrollTop")
    choose_files(window.page.locator("chat-composer"))
    window.page.wait_for_timeout(300)
    assert window.log.evaluate("log => log.scrollTop") == stood


def test_a_thread_stays_at_its_end_above_files_and_long_replies(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Pictures")
    root = ann.say(group, "root")
    for number in range(30):
        ann.say(group, f"reply {number}", threadSeq=root["seq"])
    window = open_window(ann)
    window.page.goto(f"/c/{group}/t/{root['seq']}")
    pane = window.page.get_by_role("complementary", name="Thread")
    log = pane.get_by_role("log")
    expect(log.get_by_text("reply 29")).to_be_in_viewport()

    choose_files(pane)
    expect_end(window, log)
    pane.get_by_role("textbox", name="Reply in thread").fill("one\ntwo\nthree\nfour")
    expect_end(window, log)
    log.evaluate(LOWER.replace("SCROLLS", "false"))
    expect_end(window, log)
    log.hover()
    window.page.mouse.wheel(0, -400)
    window.page.wait_for_timeout(300)
    assert log.evaluate(BELOW) > 100
    ann.say(group, "from elsewhere", threadSeq=root["seq"])
    expect(log.get_by_text("from elsewhere")).to_have_count(1)
    assert log.evaluate(BELOW) > 100


def test_a_pane_beside_the_log_and_another_size_of_the_window_leave_it_at_its_end(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Words")
    for number in range(30):
        ann.say(
            group, f"entry {number} " + "with words that need another line when it is narrow " * 3
        )
    window = open_window(ann)
    window.open(group)
    expect(window.row("entry 29")).to_be_in_viewport()
    window.page.mouse.move(600, 400)
    window.page.mouse.wheel(0, 3000)
    window.page.wait_for_timeout(300)

    window.page.get_by_role("button", name="Details of Words").click()
    expect(window.page.get_by_role("complementary", name="Details")).to_be_visible()
    expect_end(window, window.log)
    for width, height in ((700, 500), (390, 844), (1280, 800)):
        window.page.set_viewport_size({"width": width, "height": height})
        window.page.wait_for_timeout(200)
    window.page.get_by_role("button", name="Close").first.click()
    expect_end(window, window.log)
