"""What a fingerprint tells: a missing bit that the text is no hit, and nothing more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.search.fingerprints import Fingerprint, fingerprint, of_parts, of_words
from messaging.search.models import SearchEntry
from messaging.search.tokens import lexemes
from tests.cast import api, say
from tests.messaging.actions.scene import Scene
from tests.messaging.search.conftest import index_all


@given(st.text(min_size=1, max_size=200), st.data())
def test_every_part_and_word_of_a_text_is_in_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    words, parts = fingerprint(lexemes(text, "en"), text)

    assert of_parts(part) & parts == of_parts(part)
    for word in lexemes(text, "en"):
        assert of_words([word]) & words == of_words([word])


def test_most_of_what_is_not_in_a_text_is_told() -> None:
    text = "who brings the tent for the weekend by the sea, and who the boat"
    own = fingerprint(lexemes(text, "en"), text)
    others = [f"other{number}" for number in range(200)]

    told = [it for it in others if of_words([it]) & own.words != of_words([it])]

    assert len(told) > 150


def test_columns_hold_all_bits_as_signed_numbers() -> None:
    columns = Fingerprint(1 << 127 | 1 << 63 | 1, 1 << 64).columns()

    assert columns == (-(1 << 63) + 1, -(1 << 63), 0, 1)


@pytest.mark.usefixtures("either_index")
def test_entries_from_before_there_were_any_are_found(scene: Scene) -> None:
    say(scene.conversation, scene.owner, "bring the tent")
    index_all()
    SearchEntry.objects.update(words_low=-1, words_high=-1, parts_low=-1, parts_high=-1)

    for q in ("tent", "ten"):
        answer = api(scene.member).get("/v1/search", {"q": q}).json()
        assert [hit["message"]["content"] for hit in answer["results"]] == ["bring the tent"]
