"""Parses a page for its preview: title, description and picture.

Of the words that Open Graph, Twitter and HTML have for the same, the first that is there counts.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urljoin

from chatproject.core.outbound import Document
from chatproject.core.plain_text import drop_excess_marks, is_control, without_controls

MAX_TITLE, MAX_DESCRIPTION, MAX_SITE_NAME = 200, 400, 100
MAX_TAGS = 20_000
MAX_TITLE_BYTES = 10_000
MAX_VALUE = 4_000
HEAD = 2_048  # bytes in which a page names its own charset

_TITLE = ("og:title", "twitter:title", "title")
_DESCRIPTION = ("og:description", "twitter:description", "description")
_PICTURE = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "image_src")
_SITE = ("og:site_name", "application-name")
_WANTED = frozenset((*_TITLE, *_DESCRIPTION, *_PICTURE, *_SITE)) - {"title", "image_src"}


class PageInfo(NamedTuple):
    """Texts of one line, empty where there are none; the picture's address is whole."""

    title: str
    description: str
    site_name: str
    picture_url: str


class _Enough(Exception):
    """More tags than a page needs before it has said what it is."""


class _Reader(HTMLParser):
    """Notes the first of each; `close` is never called, so that what is unfinished stays unread."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._tags = 0
        self._title: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self._tags += 1
        if self._tags > MAX_TAGS:
            raise _Enough
        if tag == "title" and "title" not in self.found:
            self._title = []
        elif tag == "meta":
            self._meta({name: value or "" for name, value in attrs})
        elif tag == "link":
            given = {name: value or "" for name, value in attrs}
            if given.get("rel", "").lower() == "image_src":
                self._note("image_src", given.get("href", ""))

    def handle_data(self, data: str) -> None:
        if self._title is not None and sum(map(len, self._title)) < MAX_TITLE_BYTES:
            self._title.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "title" and self._title is not None:
            self._note("title", "".join(self._title))
            self._title = None

    def _meta(self, given: Mapping[str, str]) -> None:
        for attribute in ("property", "name"):
            name = given.get(attribute, "").strip().lower()
            if name in _WANTED:
                self._note(name, given.get("content", ""))

    def _note(self, name: str, value: str) -> None:
        if value.strip():
            self.found.setdefault(name, value[:MAX_VALUE].strip())


def read_page(document: Document) -> PageInfo:
    """Never raises, whatever the page is made of."""
    reader = _Reader()
    with suppress(_Enough, AssertionError, ValueError):  # what was found until then counts
        reader.feed(_decoded(document))
    found = reader.found
    picture = _first(found, _PICTURE)
    return PageInfo(
        one_line(_first(found, _TITLE), MAX_TITLE),
        one_line(_first(found, _DESCRIPTION), MAX_DESCRIPTION),
        one_line(_first(found, _SITE), MAX_SITE_NAME),
        _joined(document.url, picture) if picture else "",
    )


def one_line(text: str, most: int) -> str:
    """Without line breaks, controls and changes of direction, and at most so many characters."""
    plain = drop_excess_marks(without_controls(text).encode("utf-8", "ignore").decode())
    plain = " ".join(plain.split())
    return plain if len(plain) <= most else f"{plain[: most - 1].rstrip()}\u2026"


def _first(found: Mapping[str, str], names: Sequence[str]) -> str:
    return next((found[name] for name in names if name in found), "")


def _joined(base: str, address: str) -> str:
    """Empty for what can be no address; a control in one is none that anybody meant."""
    try:
        return "" if any(map(is_control, address)) else urljoin(base, address)
    except ValueError:
        return ""


def _decoded(document: Document) -> str:
    charset = document.charset or _charset_in(document.body[:HEAD])
    try:
        return document.body.decode(charset or "utf-8", "replace")
    except (LookupError, UnicodeError, ValueError):
        return document.body.decode("utf-8", "replace")


def _charset_in(head: bytes) -> str:
    """The charset that the page itself names, as in `<meta charset="latin-1">`."""
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    _, equals, rest = head.decode("latin-1").lower().partition("charset=")
    if not equals:
        return ""
    name = rest.lstrip("\"' ")[:40]
    end = next((at for at, c in enumerate(name) if not (c.isalnum() or c in "-_.:")), len(name))
    return name[:end]
