"""Voice messages: heard, sought in by the keyboard, and named as what they are."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.browser import IS_SENT, NARROW, WIDE, Person, Window
from tests.browser.scene import sound, upload

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]
NAME = "voice-message-2025-06-01-10-00-00.wav"
# A tone in the place of a microphone, which the test machine has not.
MICROPHONE = """
navigator.mediaDevices.getUserMedia = async () => {
  const audio = new AudioContext();
  const tone = new OscillatorNode(audio);
  const end = new MediaStreamAudioDestinationNode(audio);
  tone.connect(end);
  tone.start();
  return end.stream;
};
"""


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
    window.page.get_by_role("button", name="Details of").click()
    files = window.page.get_by_role("region", name="Files")
    expect(files.get_by_role("link", name=re.compile("^Voice message"))).to_be_visible()


def test_a_recording_is_drawn_from_what_its_file_tells(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    direct = ann.direct(ben)
    window = open_window(ann)
    window.open(direct)
    chooser = window.page.locator("input[type=file]").first
    # Without a type that the server measures by itself.
    chooser.set_input_files({"name": NAME, "mimeType": "audio/wav", "buffer": sound(4)})
    expect(window.page.locator(".tray")).to_contain_text(NAME[:10])
    window.page.get_by_role("button", name="Send", exact=True).click()
    bars = window.rows.last.locator(".waveform rect")
    expect(bars).to_have_count(64)
    expect(window.rows.last.get_by_role("img", name=IS_SENT)).to_be_visible()
    sent = ben.get(f"/v1/conversations/{direct}/messages?limit=1")["results"][0]["attachments"][0]
    assert sent["duration"] == 4
    assert max(sent["waveform"]) == 100
    position = window.rows.last.get_by_role("slider", name="Position")
    position.press("End")
    expect(window.rows.last.locator(".waveform .is-played")).to_have_count(64)


def test_a_recording_of_the_microphone_has_its_waveform(
    make_person: MakePerson, open_window: OpenWindow
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    direct = ann.direct(ben)
    window = open_window(ann, permissions=["microphone"])
    window.page.add_init_script(MICROPHONE)
    window.open(direct)
    window.page.get_by_role("button", name="Record a voice message").click()
    expect(window.page.get_by_role("timer")).to_contain_text("0:01")
    window.page.get_by_role("button", name="Stop recording").click()
    expect(window.page.locator(".tray")).to_contain_text("voice-message")
    window.page.get_by_role("button", name="Send", exact=True).click()
    expect(window.rows.last.locator(".waveform rect").first).to_be_visible()
    expect(window.rows.last.get_by_role("img", name=IS_SENT)).to_be_visible()
    sent = ben.get(f"/v1/conversations/{direct}/messages?limit=1")["results"][0]["attachments"][0]
    assert max(sent["waveform"]) == 100
