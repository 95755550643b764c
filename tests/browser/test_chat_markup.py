"""How a message's markup looks: lists inside the bubble, signs of direction in sight."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.browser import Person, Window

BULLETS_STICK_OUT = """(bubble) => {
  const box = bubble.getBoundingClientRect();
  return [...bubble.querySelectorAll("li")].filter((item) => {
    const own = item.getBoundingClientRect();
    const style = getComputedStyle(item.parentElement);
    const gap = style.direction === "rtl" ? box.right - own.right : own.left - box.left;
    return gap < parseFloat(style.fontSize);
  }).length;
}"""


def test_markup_is_shown(
    make_person: Callable[[str], Person], open_window: Callable[..., Window]
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    direct = ann.direct(ben)
    ann.say(direct, "- one\n  1. inner\n- two")
    ann.say(direct, "- שלום עולם\n- שנית")
    ann.say(direct, "code `a\u202eb` and https://example.org/\u202egpj.exe")
    ann.say(direct, "/me waves")
    window = open_window(ben)
    window.open(direct)
    rows = window.page.locator(".bubble")
    expect(rows.filter(has_text="inner").locator("ul > li > ol > li")).to_have_text("inner")
    hebrew = rows.filter(has_text="שנית")
    expect(hebrew.locator("ul")).to_have_css("direction", "rtl")
    for bubble in (hebrew, rows.filter(has_text="inner")):
        assert bubble.evaluate(BULLETS_STICK_OUT) == 0
    marked = rows.filter(has_text="gpj")
    expect(marked.locator("code .control-character")).to_have_text("U+202E")
    expect(marked.locator(".control-character")).to_have_count(2)
    expect(marked.get_by_role("link")).to_have_attribute("href", "https://example.org/")
    expect(rows.filter(has_text="waves").locator("em")).to_have_text("waves")
