"""How the chat looks: its typeface, accents, density, bursts, long messages, tables and code."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.models import User
from tests.browser.browser import Person, Window

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]

CONTRASTS = """() => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const probe = document.createElement("span");
  document.body.append(probe);
  const light = (token) => {
    probe.style.color = `var(${token})`;
    pen.fillStyle = getComputedStyle(probe).color;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...pen.getImageData(0, 0, 1, 1).data].map((each) => each / 255)
      .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = ([one, other]) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  return [["--accent", "--surface"], ["--accent", "--raised"], ["--accent", "--sunken"],
    ["--accent", "--selected"], ["--on-accent", "--accent-fill"], ["--text", "--selected"],
    ["--on-accent", "--accent-fill-hover"], ["--on-accent-soft", "--accent-soft"],
    ["--muted", "--selected"], ["--on-bubble-own", "--bubble-own"]]
    .map((pair) => [pair.join(" on "), contrast(pair)]).filter(([, found]) => found < 4.5);
}"""


def choose(window: Window, **looks: str) -> None:
    page = window.page
    page.goto("/settings")
    if "accent" in looks:
        page.get_by_label("Accent colour").select_option(looks["accent"])
    if "density" in looks:
        page.get_by_label(looks["density"], exact=True).check()
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("Your settings are saved.")).to_be_visible()


# Without end where the page does not use it: nothing here asks for it.
UNTIL_LOADED = """async () => {
    const isThere = (it) => it.status === "loaded" && it.family.includes("Inter");
    while (![...document.fonts].some(isThere)) await new Promise(requestAnimationFrame);
}"""


def test_the_shipped_typeface_is_used(make_person: MakePerson, open_window: OpenWindow) -> None:
    window = open_window(make_person("Ann"))
    window.page.goto("/")
    window.page.evaluate(UNTIL_LOADED)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_accent_can_be_read(
    make_person: MakePerson, open_window: OpenWindow, scheme: str
) -> None:
    window = open_window(make_person("Ann"), color_scheme=scheme)
    choose(window, accent="teal")
    page = window.page
    page.goto("/")
    poor: dict[str, Any] = {}
    for accent in User.Accent.values[1:]:
        page.evaluate("(accent) => { document.documentElement.dataset.accent = accent; }", accent)
        poor[accent] = page.evaluate(CONTRASTS)
    assert {accent: found for accent, found in poor.items() if found} == {}


def test_a_compact_inbox_has_lower_rows(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann = make_person("Ann")
    ann.begin("Rowing")
    window = open_window(ann)
    row = window.entry("Rowing")
    window.page.goto("/")
    roomy = row.bounding_box()
    choose(window, density="Compact")
    window.page.goto("/")
    compact = row.bounding_box()
    assert roomy
    assert compact
    assert compact["height"] < roomy["height"] - 8


def test_a_burst_tells_its_time_at_its_end(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Burst", ben)
    for text in ("one", "two", "three"):
        ben.say(group, text)
    window = open_window(ann)
    window.open(group)
    times = window.page.locator(".message-foot time")
    expect(times.nth(2)).to_be_visible()
    expect(times.nth(0)).to_be_hidden()
    window.page.get_by_role("article", name="one").hover()
    expect(times.nth(0)).to_be_visible()


def test_a_long_message_is_folded(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann = make_person("Ann")
    group = ann.begin("Long")
    ann.say(group, "\n".join(f"line {n}" for n in range(60)))
    ann.say(group, "short")
    window = open_window(ann)
    window.open(group)
    page = window.page
    fold = page.locator(".fold")
    expect(fold).to_have_count(1)
    folded = page.locator(".bubble").first.bounding_box()
    page.get_by_role("button", name="Show more").click()
    expect(fold).to_have_count(0)
    whole = page.locator(".bubble").first.bounding_box()
    assert folded
    assert whole
    assert whole["height"] > 2 * folded["height"]
    page.get_by_role("button", name="Show less").click()
    expect(fold).to_have_count(1)


def test_tables_headings_and_tasks_are_shown(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Markup")
    ann.say(group, "# Plan\n| what | when |\n|---|--:|\n| row | **now** |\n- [x] oars\n- [ ] boat")
    window = open_window(ann)
    window.open(group)
    page = window.page
    expect(page.locator(".bubble").get_by_role("heading", name="Plan", level=3)).to_be_visible()
    table = page.get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_text(["what", "when"])
    expect(table.get_by_role("cell")).to_have_text(["row", "now"])
    expect(table.get_by_role("cell", name="now")).to_have_css("text-align", "end")
    tasks = page.locator(".task")
    expect(tasks.nth(0).get_by_role("img", name="Done")).to_be_visible()
    expect(tasks.nth(1).get_by_role("img", name="Open")).to_be_visible()


def test_quotations_are_folded_where_they_are_long_or_in_others(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Quotes")
    ann.say(group, "> outer\n> > inner words\n\nanswer")
    ann.say(group, "> short quote")
    window = open_window(ann)
    window.open(group)
    page = window.page
    expect(page.locator("blockquote", has_text="short quote")).to_be_visible()
    inner = page.locator("blockquote blockquote")
    expect(inner).to_be_hidden()
    page.get_by_text("Show the quotation").click()
    expect(inner).to_be_visible()


def test_replies_in_a_run_quote_once(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann = make_person("Ann")
    group = ann.begin("Replies")
    first = ann.say(group, "the question")
    for text in ("yes", "and no"):
        ann.post(f"/v1/conversations/{group}/messages", content=text, replyToSeq=first["seq"])
    window = open_window(ann)
    window.open(group)
    quoted = window.page.locator(".quoted-text")
    expect(quoted.nth(0)).to_be_visible()
    expect(quoted.nth(1)).to_be_hidden()


def test_code_is_highlighted_and_hidden_signs_stay_in_sight(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Code")
    ann.say(group, '```py\ndef row():\n    return "\u202e<b>"  # quick\n```')
    ann.say(group, "```nolanguage\ndef row\n```")
    window = open_window(ann)
    window.open(group)
    code = window.page.locator("pre code")
    expect(code.first.locator(".hl-keyword")).to_have_text(["def", "return"])
    expect(code.first.locator(".hl-comment")).to_have_text("# quick")
    expect(code.first.locator(".control-character")).to_have_text("U+202E")
    expect(code.first).to_contain_text("<b>")
    expect(code.nth(1).locator("span")).to_have_count(0)


def test_the_composer_has_no_second_ring(make_person: MakePerson, open_window: OpenWindow) -> None:
    ann = make_person("Ann")
    window = open_window(ann)
    window.open(ann.begin("Ring"))
    window.composer.focus()
    line = window.page.locator(".composer-line")
    expect(line).to_have_css("box-shadow", "none")
    expect(line).to_have_css("border-top-width", "1px")


def test_an_address_keeps_its_order_among_right_to_left_words(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Links")
    ann.say(group, "\u0645\u0631\u062d\u0628\u0627 http://example.org/a/ \u0634\u0643")
    window = open_window(ann)
    window.open(group)
    link = window.log.get_by_role("link")
    # Where the first and the last character of the address are drawn.
    first, last = link.evaluate("""link => [0, -1].map((at) => {
      const text = document.createTreeWalker(link, NodeFilter.SHOW_TEXT).nextNode();
      const range = document.createRange();
      const start = at < 0 ? text.length - 1 : 0;
      range.setStart(text, start);
      range.setEnd(text, start + 1);
      return range.getBoundingClientRect().x;
    })""")
    assert first < last


def test_the_settings_have_headings_and_a_switch_of_the_size_of_others(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    window = open_window(make_person("Ann"))
    page = window.page
    page.goto("/settings")
    section = page.get_by_role("region", name="Notifications", exact=True)
    sound, every = section.get_by_label("With a sound"), section.get_by_label("Every message")
    expect(sound).to_be_checked()
    box, other = sound.bounding_box(), every.bounding_box()
    assert box
    assert other
    assert (box["width"], box["x"]) == (other["width"], other["x"])
    sound.uncheck()
    save = page.get_by_role("button", name="Save")
    page.evaluate("scrollTo(0, 0)")
    expect(save).to_be_in_viewport()
    name = page.get_by_label("Quiet until")
    name.focus()
    field, bar = name.bounding_box(), save.bounding_box()
    assert field
    assert bar
    assert field["y"] + field["height"] <= bar["y"]
    save.click()
    expect(page.get_by_label("With a sound")).not_to_be_checked()
    assert window.accessibility_violations() == []
