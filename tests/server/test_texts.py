"""The catalogues hold every text of the product, and every text has its translation."""

import re

import pytest

from chatproject.core.web.script_translations import script_texts
from tests import texts

EVERY = [(language, domain) for language in texts.LANGUAGES for domain in ("django", "djangojs")]
NAMES = re.compile(r"%\((\w+)\)s|\{(\w+)\}")


@pytest.mark.parametrize(("language", "domain"), EVERY)
def test_the_catalogue_has_exactly_what_is_said(language: str, domain: str) -> None:
    found = {
        each.text if isinstance(each.text, str) else each.text[0]
        for each in texts.catalogues()[domain]
    }
    catalogue = texts.read(texts.path_of(language, domain), language)
    held = {each.id if isinstance(each.id, str) else each.id[0] for each in catalogue if each.id}
    assert held == found, "run: python -m tests.texts"


@pytest.mark.parametrize(("language", "domain"), EVERY)
def test_nothing_is_left_untranslated(language: str, domain: str) -> None:
    assert texts.untranslated(texts.read(texts.path_of(language, domain), language)) == []


@pytest.mark.parametrize(("language", "domain"), EVERY)
def test_the_compiled_form_is_that_of_the_catalogue(language: str, domain: str) -> None:
    path = texts.path_of(language, domain)
    compiled = path.with_suffix(".mo").read_bytes()
    assert compiled == texts.compiled(texts.read(path, language)), "run: python -m tests.texts"


@pytest.mark.parametrize(("language", "domain"), EVERY)
def test_a_translation_keeps_what_is_filled_in(language: str, domain: str) -> None:
    for message in texts.read(texts.path_of(language, domain), language):
        if not message.id:
            continue
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        strings = [message.string] if isinstance(message.string, str) else list(message.string)
        for text, told in zip(strings, ids, strict=True):  # both languages have one and many
            assert set(NAMES.findall(text)) == set(NAMES.findall(told)), message.id


def test_the_scripts_get_their_texts() -> None:
    german = script_texts("de")
    assert german["Send"] == "Senden"
    assert german["{count} person"] == ["{count} Person", "{count} Personen"]
    assert script_texts("en") == {}
