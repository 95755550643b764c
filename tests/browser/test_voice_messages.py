"""Voice messages: heard, sought in by the keyboard, and named as what they are."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.browser import NARROW, WIDE, Person, Window
from tests.browser.scene import sound, upload

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]
NAME = "voice-message-2025-06-01-10-00-00.wav"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "320"])
def test_voice_message_is_played_and_sought_by_keyboard(
    make_person: MakePerson, open_window: OpenWindow, size: dict[str, int]
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    direct = ann.direct(ben)
    ben.say(direct, "", attachmentIds=[upload(ben, NAME, sound(60), duration="60")])
    window = open_window(ann, viewport=size)
    window.page.goto("/")
    expect(window.entry("Ben")).to_contain_text("Voice message")
    window.entry("Ben").click()

    player = window.rows.last
    button = player.get_by_role("button", name="Play")
    box = button.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 40
    position = player.get_by_role("slider", name="Position")
    expect(position).to_have_attribute("aria-valuetext", "0:00 / 1:00")
    button.click()
    expect(player.get_by_role("button", name="Pause")).to_be_visible()
    expect(position).not_to_have_value("0")
    position.press("End")
    expect(player.get_by_role("button", name="Play")).to_be_visible()
    position.press("Home")
    expect(position).to_have_attribute("aria-valuetext", "0:00 / 1:00")
    speed = player.get_by_role("button", name=re.compile("^Speed"))
    speed.click()
    expect(speed).to_contain_text("1.5")
    assert window.accessibility_violations() == []
