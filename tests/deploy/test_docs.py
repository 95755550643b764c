"""The documentation as a site: it builds without a warning and needs nobody else."""

import re
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Request, expect, sync_playwright

from tests.browser.browser import launched
from tests.database import ROOT

READERS = ("Newcomers", "People", "Moderators", "Operators", "Bot authors", "Contributors")
OUTSIDE = re.compile(r"^(?:[a-z]+:)?//", re.IGNORECASE)
# Attributes whose address the browser fetches by itself; an <a> only leads somewhere.
FETCHED = {"src", "srcset", "data", "poster"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by `make docs`, which fails at each warning."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    command = ["make", "docs", f"SITE={folder}"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


class Assets(HTMLParser):
    """Collects what a page has the browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            is_link = tag == "link" and name == "href"
            if value and (name in FETCHED or is_link):
                self.found.append(value)


def test_a_page_for_each_reader(site: Path) -> None:
    text = (site / "index.html").read_text()
    for reader in READERS:
        assert re.search(rf'class="md-nav__[^>]*>\s*(?:<[^>]+>\s*)*{reader}\s*<', text), reader


def test_every_page_of_the_folder_is_in_the_site(site: Path) -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        name = page.relative_to(ROOT / "docs").with_suffix("").as_posix()
        assert (site / ("" if name == "index" else name) / "index.html").exists()
    contributors = (site / "contributors/index.html").read_text()
    for decision in (ROOT / "docs/decisions").glob("*.md"):
        assert f"../decisions/{decision.stem}/" in contributors


def test_no_asset_is_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        assets = Assets()
        assets.feed(page.read_text())
        assert assets.found
        assert [it for it in assets.found if OUTSIDE.match(it)] == [], page
    for style in site.rglob("*.css"):
        addresses = re.findall(r"url\(\s*['\"]?([^)'\"]+)", style.read_text())
        assert [it for it in addresses if OUTSIDE.match(it)] == [], style


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    handler = partial(Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


def test_a_reader_searches_without_a_request_elsewhere(address: str) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    with sync_playwright() as playwright, launched(playwright) as browser:
        page = browser.new_page()
        page.on("request", note)
        page.goto(f"{address}/operations/")
        box = page.get_by_role("textbox", name="Search")
        box.click()
        box.press_sequentially("retention")
        hit = page.locator(".md-search-result__link").first
        expect(hit).to_be_visible(timeout=20_000)
        page.goto(f"{address}/people/")
        picture = page.get_by_alt_text("A conversation on a phone, in the dark theme")
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    elsewhere = [url for url in asked if urlsplit(url).scheme not in ("data", "blob")]
    assert elsewhere
    assert [url for url in elsewhere if not url.startswith(address)] == []
