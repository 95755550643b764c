"""Pictures of every view, to be looked at: `make shots` or `python -m tests.browser.shots FOLDER`.

Each view of views.py is taken at four widths, in two schemes and two languages. Beside the pictures
there is a contact sheet for each language and scheme: a row for a view, a column for a width.
"""

import argparse
import os
import sys
import tempfile
from itertools import product
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from tests import database
from tests.browser.browser import ENVIRONMENT, launched, log_in
from tests.browser.scene import Scene, make_scene
from tests.browser.staff import promote
from tests.browser.views import VIEWS, View
from tests.servers import ServerProcess

WIDTHS = {320: 640, 390: 844, 1280: 800, 1920: 1080}  # and their heights
SCHEMES = ("light", "dark")
LOCALES = {"en": "en-US", "de": "de-DE"}
THUMBNAIL = (360, 250)
LABEL = 18


def take(folder: Path, names: set[str], widths: list[int], languages: list[str]) -> int:
    """Takes the pictures; returns how many views could not be opened, which are named."""
    views = [view for view in VIEWS if not names or view.name in names]
    failed = 0
    with (
        tempfile.TemporaryDirectory(prefix="shots-") as data,
        ServerProcess(Path(data), env=ENVIRONMENT) as server,
        sync_playwright() as playwright,
        launched(playwright) as browser,
    ):
        scene = make_scene(server.base_url)
        promote(server, scene.moderator, "Moderator")
        for language, width in product(languages, widths):
            pages = _pages(browser, server.base_url, scene, language, width)
            for view in views:
                failed += _take_one(pages[view.role], view, scene, folder, f"{language}-{width}")
            for page in pages.values():
                page.context.close()
    for language, scheme in product(languages, SCHEMES):
        _contact_sheet(folder, [view.name for view in views], widths, language, scheme)
    return failed


def _pages(
    browser: Browser, base_url: str, scene: Scene, language: str, width: int
) -> dict[str, Page]:
    """A signed-in page for each role."""
    people = {"guest": None, "viewer": scene.viewer, "moderator": scene.moderator}
    pages = {}
    for role, person in people.items():
        context: BrowserContext = browser.new_context(
            base_url=base_url,
            viewport={"width": width, "height": WIDTHS[width]},
            locale=LOCALES[language],
            timezone_id="Europe/Berlin",
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        if person is not None:
            log_in(context, base_url, person)
        pages[role] = context.new_page()
    return pages


def _take_one(page: Page, view: View, scene: Scene, folder: Path, name: str) -> int:
    try:
        page.goto(view.path(scene))
        view.open(page, scene)
        page.wait_for_load_state("networkidle")
    except (AssertionError, Error) as error:
        sys.stderr.write(f"{view.name} {name}: {str(error).splitlines()[0]}\n")
        return 1
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.evaluate("() => new Promise(requestAnimationFrame)")
        path = folder / f"{view.name}-{name}-{scheme}.png"
        page.screenshot(path=path, animations="disabled")  # colours change slowly
    return 0


def _contact_sheet(
    folder: Path, names: list[str], widths: list[int], language: str, scheme: str
) -> None:
    cell = THUMBNAIL[0] + 8, THUMBNAIL[1] + LABEL + 8
    sheet = Image.new("RGB", (cell[0] * len(widths), cell[1] * len(names)), "#888")
    draw = ImageDraw.Draw(sheet)
    for (row, name), (column, width) in product(enumerate(names), enumerate(widths)):
        path = folder / f"{name}-{language}-{width}-{scheme}.png"
        left, top = column * cell[0] + 4, row * cell[1] + 4
        draw.text((left, top), f"{name} {width}", fill="white")
        if path.exists():
            with Image.open(path) as picture:
                picture.thumbnail(THUMBNAIL)
                sheet.paste(picture, (left, top + LABEL))
    sheet.save(folder / f"sheet-{language}-{scheme}.png")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--view", action="append", default=[], help="only this one; may be repeated"
    )
    parser.add_argument("--width", action="append", type=int, choices=WIDTHS, default=[])
    parser.add_argument("--language", action="append", choices=LOCALES, default=[])
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("TEST_SESSION", str(os.getpid()))  # names the databases
    database.prepare()
    failed = take(
        given.folder, set(given.view), given.width or [*WIDTHS], given.language or [*LOCALES]
    )
    sys.stdout.write(f"Pictures      {given.folder}\n")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
