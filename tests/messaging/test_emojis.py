"""What can be a reaction, and under which one spelling it is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatproject.core.errors import InvalidInput
from messaging.emojis import MAX_LENGTH, canonical_emoji


@pytest.mark.parametrize("text", ["👍", "👍🏽", "👨‍👩‍👧", "🇩🇪", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "❤️", "🫠"])
def test_an_emoji_stands_for_itself(text: str) -> None:
    assert canonical_emoji(text) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("\u2764", "\u2764\ufe0f"),
        ("\u263a", "\u263a\ufe0f"),
        (":thumbsup:", "👍"),
        (":+1:", "👍"),
        (":tada:", "🎉"),
        (":party-parrot:", ":party-parrot:"),
        (":our_logo_2:", ":our_logo_2:"),
    ],
)
def test_other_spellings_become_one(text: str, kept: str) -> None:
    assert canonical_emoji(text) == kept
    assert canonical_emoji(kept) == kept


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "a",
            "1",
            "#",
            "👍👍",
            "👍 ",
            " 👍",
            "👍a",
            "🇩",
            "\u200d",
            "\ufe0f",
            "a\0b",
            "\ud800",
        ),
        *(":", "::", ": :", ":Thumbs:", ":a b:", ":a::b:", "a:b:", ":é:"),
        *("👍" + "\u0301" * 20, ":" + "a" * MAX_LENGTH + ":", "👍" * 100),
        *(None, 1, True, ["👍"], {"emoji": "👍"}),
    ],
)
def test_anything_else_is_refused(text: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        canonical_emoji(text)
    assert refused.value.errors[0]["field"] == "emoji"


@given(st.text(max_size=80))
def test_what_is_kept_fits_the_column_and_is_kept_as_it_is(text: str) -> None:
    try:
        kept = canonical_emoji(text)
    except InvalidInput:
        return
    assert 0 < len(kept) <= MAX_LENGTH
    assert canonical_emoji(kept) == kept
