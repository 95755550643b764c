"""No control lies outside of its window or is cut off: every view, width and language."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.browser import ENVIRONMENT, Person, log_in
from tests.browser.scene import Scene, make_scene
from tests.browser.staff import promote
from tests.browser.views import VIEWS, opened
from tests.database import ROOT
from tests.servers import ServerProcess

FRAMES = 20
HEIGHTS = {1280: 800, 390: 844, 320: 640}  # by width
LANGUAGES = (
    "de-DE",
    pytest.param("en-XA", marks=pytest.mark.layout_long),  # longer words than in any language
    pytest.param("fa-XB", marks=pytest.mark.layout_long),  # from right to left
)
# Where a person can scroll to it, a control outside of the edge is reached; along the lines of a
# text there is no such scrolling, except in what has a bar of its own.
OUTSIDE = """(forPopovers) => {
  const lies = [];
  const controls = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  for (const each of document.querySelectorAll(controls)) {
    if (!each.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })) continue;
    if (each.closest(".visually-hidden") || (!forPopovers && each.closest("[popover]"))) continue;
    const box = each.getBoundingClientRect();
    if (!box.width || !box.height) continue;
    let [left, right] = [0, document.documentElement.clientWidth];
    let scrollsDown = false, scrollsAcross = false, isFixed = false;
    for (let around = each.parentElement; around; around = around.parentElement) {
      const style = getComputedStyle(around);
      if (/auto|scroll/.test(style.overflowY) && around.scrollHeight > around.clientHeight) {
        scrollsDown = true;
      }
      if (around.matches("pre, .tray, .search-filters")) scrollsAcross = true;
      if (style.overflowX !== "visible") {
        const edge = around.getBoundingClientRect();
        [left, right] = [Math.max(left, edge.left), Math.min(right, edge.right)];
      }
      if (style.position === "fixed") isFixed = true;
    }
    const page = document.documentElement;
    const isPageLong = !isFixed && page.scrollHeight > page.clientHeight
      && getComputedStyle(document.body).overflowY !== "hidden";
    const isCut = !scrollsAcross && (box.left < left - 1 || box.right > right + 1);
    const isBelow = !scrollsDown && !isPageLong && (box.top < -1 || box.bottom > innerHeight + 1);
    const isSpilling = each.matches("button, .button") && each.scrollWidth > each.clientWidth + 2;
    if (isCut || isBelow || isSpilling) {
      const why = isSpilling ? "its text is wider" : isCut ? "beyond a side" : "above or below";
      const what = each.outerHTML.replace(/<!--.*?-->|\\s+/g, " ").slice(0, 160);
      lies.push(`${why}: ${what} ${[box.left, box.top, box.right, box.bottom].map(Math.round)}`);
    }
  }
  return lies;
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that has the languages for tests, too."""
    folder = tmp_path_factory.mktemp("layout")
    env = ENVIRONMENT | {
        "DJANGO_SETTINGS_MODULE": "tests.browser.pseudo_languages",
        "PSEUDO_LANGUAGES": str(_catalogues(folder / "locale")),
    }
    with ServerProcess(folder / "data", env=env) as process:
        yield process


def _catalogues(folder: Path) -> Path:
    """The real translations and those of the languages for tests, in one folder."""
    folder.mkdir()
    for each in (ROOT / "chatproject" / "locale").iterdir():
        (folder / each.name).symlink_to(each)
    subprocess.run(
        [sys.executable, "-c", "from tests.browser import pseudo_languages as p; p.write()"],
        cwd=ROOT,
        env={**os.environ, "PSEUDO_LANGUAGES": str(folder)},
        check=True,
    )
    return folder


@pytest.fixture(scope="module")
def scene(server: ServerProcess) -> Scene:
    made = make_scene(server.base_url)
    promote(server, made.moderator, "Moderator")
    return made


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_control_is_outside_or_cut_off(
    browser: Browser, server: ServerProcess, scene: Scene, language: str
) -> None:
    people: dict[str, Person | None] = {"guest": None, "viewer": scene.viewer}
    found = {}
    for role, person in people.items():
        context = browser.new_context(
            base_url=server.base_url,
            viewport={"width": 1280, "height": 800},
            locale=language,
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        if person is not None:
            log_in(context, server.base_url, person)
        page = context.new_page()
        for view in opened(page, scene, (each for each in VIEWS if each.role == role)):
            assert page.locator("html").get_attribute("lang") in language.lower()
            found |= _measure(page, view.name)
            page.set_viewport_size({"width": 1280, "height": 800})
        context.close()
    assert {place: lies for place, lies in found.items() if lies} == {}


def _measure(page: Page, name: str) -> dict[str, list[str]]:
    found = {}
    for width, height in HEIGHTS.items():
        page.set_viewport_size({"width": width, "height": height})
        # A menu stays where it was opened when the window changes.
        found[f"{name} at {width}"] = _settled(page, width == max(HEIGHTS))
    return found


def _settled(page: Page, for_popovers: bool) -> list[str]:
    """What is outside when the page has followed a change of its window, some frames later."""
    lies: list[str] = []
    for _ in range(FRAMES):
        page.evaluate("() => new Promise(requestAnimationFrame)")
        lies = page.evaluate(OUTSIDE, for_popovers)
        if not lies:
            break
    return lies
