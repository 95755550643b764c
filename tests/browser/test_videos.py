"""Videos: the browser that uploads one sends a frame of it along, which stands for it."""

import base64
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.browser.browser import Person, Window

# A second of a blue picture, as the base64 of a WebM.
RECORD = """
async () => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [640, 360];
  const paper = canvas.getContext("2d");
  const paint = () => { paper.fillStyle = "rgb(20, 60, 200)"; paper.fillRect(0, 0, 640, 360); };
  paint();
  const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: "video/webm" });
  const pieces = [];
  recorder.ondataavailable = ({ data }) => pieces.push(data);
  const ended = new Promise((resolve) => { recorder.onstop = resolve; });
  recorder.start();
  const timer = setInterval(paint, 40);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  clearInterval(timer);
  recorder.stop();
  await ended;
  const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
  return btoa(Array.from(bytes, (each) => String.fromCharCode(each)).join(""));
}
"""
COLOUR = """
async (url) => {
  const picture = await createImageBitmap(await (await fetch(url)).blob());
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const paper = canvas.getContext("2d");
  paper.drawImage(picture, 0, 0);
  return [...paper.getImageData(picture.width / 2, picture.height / 2, 1, 1).data];
}
"""


@dataclass
class Film:
    """A video, somebody's window on a direct conversation, and the other person in it."""

    video: bytes
    window: Window
    other: Person
    direct: str


@pytest.fixture
def film(make_person: Callable[[str], Person], open_window: Callable[..., Window]) -> Film:
    ann, ben = make_person("Ann"), make_person("Ben")
    direct = ann.direct(ben)
    window = open_window(ann)
    window.open(direct)
    return Film(base64.b64decode(window.page.evaluate(RECORD)), window, ben, direct)


def test_a_video_is_shown_by_a_frame_of_it(film: Film, open_window: Callable[..., Window]) -> None:
    page = film.window.page
    file = {"name": "walk.webm", "mimeType": "video/webm", "buffer": film.video}
    page.locator("input[type=file]").first.set_input_files(file)
    expect(page.locator(".tray")).to_contain_text("walk.webm")
    page.get_by_role("button", name="Send", exact=True).click()

    other = open_window(film.other)
    other.open(film.direct)
    shown = other.rows.last.locator("video")
    expect(shown).to_have_attribute("preload", "none")
    path = f"/v1/conversations/{film.direct}/messages?limit=1"
    sent = film.other.get(path)["results"][0]["attachments"][0]
    assert (sent["contentType"], sent["width"], sent["height"]) == ("video/webm", 640, 360)
    poster = shown.get_attribute("poster")
    assert poster in [each["url"] for each in sent["thumbnails"]]
    red, green, blue, _ = other.page.evaluate(COLOUR, poster)
    assert blue > 150
    assert max(red, green) < 100
    shown.evaluate("(it) => it.play()")
    expect(shown).not_to_have_js_property("readyState", 0)


def test_a_video_without_a_poster_shows_its_first_frames(film: Film) -> None:
    answer = film.other.rest.post("/v1/attachments", files={"file": ("walk.webm", film.video)})
    film.other.say(film.direct, "", attachmentIds=[answer.json()["id"]])
    shown = film.window.rows.last.locator("video")
    expect(shown).to_have_attribute("preload", "metadata")
    expect(shown).to_have_js_property("videoWidth", 640)
