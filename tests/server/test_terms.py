"""The catalogues use the terms of chatproject/locale/TERMS.md, and no other for the same thing."""

import re
from collections.abc import Iterator
from functools import cache

import pytest
from django.conf import settings
from django.template.defaultfilters import date
from django.utils import timezone, translation

from tests import texts
from tests.database import ROOT

TERMS = ROOT / "chatproject" / "locale" / "TERMS.md"
PLACE = re.compile(r"\{\w+\}|%\(\w+\)s")  # where a value is put in
CELLS = re.compile(r"(?<!\\)\|")


def rows(heading: str) -> list[list[str]]:
    """The rows of the table below a heading."""
    part = TERMS.read_text().split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")][2:]
    return [
        [cell.strip().replace("\\|", "|") for cell in CELLS.split(line)[1:-1]] for line in lines
    ]


@cache
def pairs() -> tuple[tuple[str, str], ...]:
    """Every text and its translation; of a plural both forms."""
    found: list[tuple[str, str]] = []
    for domain in ("django", "djangojs"):
        for message in texts.read(texts.path_of("de", domain), "de"):
            if message.id and message.pluralizable:
                found += zip(message.id, message.string, strict=True)
            elif message.id:
                found.append((str(message.id), str(message.string)))
    return tuple((PLACE.sub("*", text), PLACE.sub("*", said)) for text, said in found)


def in_language(language: str) -> Iterator[str]:
    return (pair[0 if language == "en" else 1] for pair in pairs())


def has_word(text: str, word: str, *, plural: bool = False) -> bool:
    ending = "s?" if plural else ""
    return bool(re.search(rf"(?<![\w-]){re.escape(word)}{ending}(?![\w-])", text, re.IGNORECASE))


def test_there_are_terms() -> None:
    assert len(rows("What things are called")) > 10
    assert len(rows("Words that do not appear")) > 20
    assert len(pairs()) > 1000


@pytest.mark.parametrize(("english", "german", "_"), rows("What things are called"))
def test_a_thing_has_its_term_in_german(english: str, german: str, _: str) -> None:
    stems = german.split("|")
    meant = [pair for pair in pairs() if has_word(pair[0], english, plural=True)]
    assert meant, "no text has the term"
    assert [pair for pair in meant if not any(stem in pair[1] for stem in stems)] == []


@pytest.mark.parametrize(("language", "word", "instead"), rows("Words that do not appear"))
def test_a_word_does_not_appear(language: str, word: str, instead: str) -> None:
    found = [text for text in in_language(language) if has_word(text, word)]
    assert found == [], f"say {instead}"


def test_quotation_marks_and_ellipses_have_one_form() -> None:
    assert [text for text in in_language("de") if "..." in text or "”" in text] == []
    assert [text for text in in_language("en") if "..." in text or '"' in text] == []
    assert [text for text in in_language("de") if re.search(r"\w…", text)] == []


def test_languages_have_their_own_names() -> None:
    assert dict(settings.LANGUAGES) == {"en": "English", "de": "Deutsch"}


@pytest.mark.parametrize(("language", "shown"), [("en", "5:09 PM"), ("de", "17:09")])
def test_a_time_has_one_form(language: str, shown: str) -> None:
    at = timezone.now().replace(hour=17, minute=9)
    with translation.override(language):
        for form in ("TIME_FORMAT", "DATETIME_FORMAT", "SHORT_DATETIME_FORMAT"):
            assert date(at, form).endswith(shown)
