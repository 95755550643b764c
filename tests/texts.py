"""The catalogues of translations: `python -m tests.texts` brings them up to date.

The domain `django` holds what Python and the templates say, `djangojs` what the scripts do. Texts
that are new come in without a translation, texts that are gone go out, and the compiled form, which
is what the server reads, is written beside each. A test says when this has not been done.
"""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from tests.database import ROOT

LANGUAGES = ("de",)
# A date that never moves, so that a catalogue changes only when its texts do.
DAY = datetime(2026, 1, 1, tzinfo=UTC)
APPS = ("accounts", "attachments", "chatproject", "conversations", "messaging")
KEYWORDS = {
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "_": None,
}
TEXT = r'"((?:[^"\\]|\\.)+)"'
SCRIPT_TEXT = re.compile(rf"\bt\(\s*{TEXT}")
SCRIPT_PLURAL = re.compile(rf"\bplural\(\s*{TEXT},\s*{TEXT}")

Text = str | tuple[str, str]


class Found(NamedTuple):
    text: Text
    place: str


def of_python() -> Iterator[Found]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            yield from _gettext(path, path.read_text())


def of_templates() -> Iterator[Found]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        yield from _gettext(path, templatize(path.read_text(), origin=str(path)))


def of_scripts() -> Iterator[Found]:
    for path in sorted((ROOT / "chatproject" / "static" / "chat" / "js").rglob("*.js")):
        place, source = str(path.relative_to(ROOT)), path.read_text()
        for match in SCRIPT_TEXT.finditer(source):
            yield Found(_unescaped(match[1]), place)
        for match in SCRIPT_PLURAL.finditer(source):
            yield Found((_unescaped(match[1]), _unescaped(match[2])), place)


def catalogues() -> dict[str, list[Found]]:
    """What each domain's catalogues have to hold."""
    return {"django": [*of_python(), *of_templates()], "djangojs": list(of_scripts())}


def path_of(language: str, domain: str) -> Path:
    return ROOT / "chatproject" / "locale" / language / "LC_MESSAGES" / f"{domain}.po"


def read(path: Path, language: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalogue: Catalog) -> bytes:
    written = io.BytesIO()
    write_mo(written, catalogue)
    return written.getvalue()


def update(language: str, domain: str, found: list[Found]) -> Catalog:
    """The catalogue with exactly these texts, and the translations that it has of them."""
    path = path_of(language, domain)
    old = read(path, language)
    new = Catalog(
        locale=language,
        header_comment=f"# The chat in {language}.",
        project="Chat",
        creation_date=DAY,
        revision_date=DAY,
        last_translator="",
        language_team="",
        msgid_bugs_address="",
        fuzzy=False,
    )
    for text, place in found:
        kept = old.get(text if isinstance(text, str) else text[0])
        new.add(text, kept.string if kept else None, locations=[(place, None)])
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, new, width=100, sort_output=True, include_lineno=False)
    path.with_suffix(".mo").write_bytes(compiled(read(path, language)))
    return new


def untranslated(catalogue: Catalog) -> list[Text]:
    return [
        message.id
        for message in catalogue
        if message.id and not all(message.string if message.pluralizable else [message.string])
    ]


def _gettext(path: Path, source: str) -> Iterator[Found]:
    place = str(path.relative_to(ROOT))
    for _, text, _, _ in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
        yield Found(text, place)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


if __name__ == "__main__":
    for language in LANGUAGES:
        for domain, found in catalogues().items():
            missing = untranslated(update(language, domain, found))
            print(f"{language} {domain}: {len(missing)} to translate")
            for text in missing:
                print("   ", text)
