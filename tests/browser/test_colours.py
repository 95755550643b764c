"""What is told by colour: emoji in colour, and what is on or chosen in forced colours."""

import io
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from tests.browser.browser import Person, Window

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]
EMOJI = ("😀", "❤️", "☀️", "✌️", "⭐", "1️⃣", "👍🏽", "👩‍💻", "🇩🇪", "☎️", "✔️ 😀")
COLOURFUL = 90  # of 255: the saturation that no grey and no tinted bubble has


def picture(place: Locator) -> Image.Image:
    return Image.open(io.BytesIO(place.screenshot())).convert("RGB")


def is_colourful(place: Locator) -> bool:
    saturation = picture(place).convert("HSV").getchannel("S")
    return sum(saturation.histogram()[COLOURFUL:]) > 12


def test_emoji_are_in_colour(make_person: MakePerson, open_window: OpenWindow) -> None:
    """Text fonts, DejaVu among them, have many of them in black and white."""
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Emoji", ben)
    for emoji in EMOJI:
        ben.say(group, f"so {emoji}")
    window = open_window(ann)
    window.open(group)
    expect(window.rows).to_have_count(len(EMOJI))
    grey = [
        emoji
        for at, emoji in enumerate(EMOJI)
        if not is_colourful(window.rows.nth(at).locator(".text"))
    ]
    assert grey == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_show_what_is_on_and_chosen(
    make_person: MakePerson, open_window: OpenWindow, scheme: str
) -> None:
    ann = make_person("Ann")
    group = ann.begin("Chosen")
    ann.begin("Other")
    window = open_window(ann, forced_colors="active", color_scheme=scheme, reduced_motion="reduce")
    window.open(group)
    window.page.get_by_role("button", name="Details of").click()
    switch = window.page.get_by_role("switch", name="Mute")
    off = picture(switch)
    assert len(off.getcolors() or ()) > 1
    switch.check()
    expect(window.entry("Chosen").get_by_role("img", name="Muted")).to_be_visible()
    window.page.mouse.move(0, 0)
    on = picture(switch)
    assert len(on.getcolors() or ()) > 1
    assert on.tobytes() != off.tobytes()
    outlines = [
        window.entry(name).evaluate("row => getComputedStyle(row).outlineStyle")
        for name in ("Chosen", "Other")
    ]
    assert outlines == ["solid", "none"]


@pytest.mark.parametrize("width", [1280, 1920, 2560])
def test_log_day_lines_and_composer_share_one_centred_column(
    make_person: MakePerson, open_window: OpenWindow, width: int
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Wide", ben)
    ben.say(group, "A long text. " * 60)
    window = open_window(ann, viewport={"width": width, "height": 900})
    window.open(group)
    expect(window.rows).to_have_count(1)
    pane = window.page.locator(".pane-main").bounding_box()
    assert pane
    middle = pane["x"] + pane["width"] / 2
    for selector in (".rows", ".row-day", ".log-begin", ".composer-line"):
        box = window.page.locator(selector).first.bounding_box()
        assert box
        assert abs(box["x"] + box["width"] / 2 - middle) < 2, (selector, box, pane)
    text = window.page.locator(".text").bounding_box()
    assert text
    assert text["width"] < 650  # some 85 characters


def test_box_to_tick_is_no_field_and_stands_beside_its_label(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    window = open_window(make_person("Ann"))
    window.page.goto("/settings/tokens")
    boxes = window.page.locator("input[type=checkbox]")
    assert boxes.count() > 1
    for box in boxes.all():
        size = box.bounding_box()
        assert size
        assert size["width"] == size["height"] < 30
        label = box.locator("xpath=ancestor::label")
        whole, text = label.bounding_box(), label.locator("span").bounding_box()
        assert whole
        assert text
        assert whole["x"] + whole["width"] - text["x"] - text["width"] < 30  # not stretched
        assert size["x"] + size["width"] < text["x"]
        assert abs(size["y"] + size["height"] / 2 - text["y"] - text["height"] / 2) < 2
