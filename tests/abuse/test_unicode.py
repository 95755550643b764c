"""Text whose normalisation is quadratic: runs of combining marks are cut before it."""

import unicodedata

import pytest

from chatproject.core.plain_text import MAX_MARKS, drop_excess_marks, normalize
from messaging.moderation.word_filters import normal

# Alternating classes, which canonical ordering has to sort.
MARKS = "\u0301\u0316"


def test_marks_beyond_the_thirtieth_of_a_run_are_dropped() -> None:
    text = drop_excess_marks("a" + MARKS * 4000 + "b" + MARKS * 4000)
    assert text == "a" + MARKS * (MAX_MARKS // 2) + "b" + MARKS * (MAX_MARKS // 2)


@pytest.mark.parametrize("text", ["plain", "", "Ħe̊llö", "ni\u0303o" * 500, "각" * 100, "👩‍👩‍👧"])
def test_what_a_language_needs_stays(text: str) -> None:
    assert drop_excess_marks(text) == text
    assert normalize("NFKC", text) == unicodedata.normalize("NFKC", text)


def test_no_normalisation_meets_a_longer_run(monkeypatch: pytest.MonkeyPatch) -> None:
    met: list[int] = []
    original = unicodedata.normalize

    def spy(form: str, text: str) -> str:
        met.append(len(text))
        return original(form, text)

    monkeypatch.setattr("chatproject.core.plain_text.unicodedata.normalize", spy)
    assert normal("a" + MARKS * 3999)
    assert met == [1 + MAX_MARKS]
