"""What is found is what a plain filter finds, which goes through every message."""

import re
import unicodedata
from collections.abc import Sequence
from contextlib import nullcontext

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging.search.messages import Sort, search_messages
from messaging.search.query import parse_query
from tests.cast import make_conversation, make_person, say
from tests.messaging.reads.world import undone
from tests.messaging.search.conftest import PAST_CITUS, index_all

pytestmark = pytest.mark.django_db

WORDS = (
    *("tent", "tents", "content", "café", "Cafe", "C++", "#12", "a.b", "snake_case", "don't"),
    *("東京都", "京都", "방에", "ข้าวผัด", "🎉", "x", "the", "1.5", "Größe", "naïve"),
)
TERMS = st.sampled_from((*WORDS, "cas", "ten", "グ", "京", "b", "size", "tent the"))


@st.composite
def queries(draw: st.DrawFn) -> list[list[tuple[bool, bool, str]]]:
    """Groups of (negated, quoted, text)."""
    term = st.tuples(st.just(False), st.booleans(), TERMS)
    negated = st.tuples(st.just(True), st.booleans(), TERMS)
    group = st.tuples(st.lists(term, min_size=1, max_size=2), st.lists(negated, max_size=1))
    return [[*ones, *others] for ones, others in draw(st.lists(group, min_size=1, max_size=2))]


def typed(groups: list[list[tuple[bool, bool, str]]]) -> str:
    def one(is_negated: bool, is_quoted: bool, text: str) -> str:
        needs = is_quoted or " " in text
        return ("-" if is_negated else "") + (f'"{text}"' if needs else text)

    return " or ".join(" ".join(one(*term) for term in group) for group in groups)


def plain(text: str) -> str:
    """Folding anew, for the few texts here."""
    bare = unicodedata.normalize("NFD", text.casefold())
    return unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", bare))


def is_found(groups: list[list[tuple[bool, bool, str]]], content: str) -> bool:
    return any(all(_holds(term, plain(content)) for term in group) for group in groups)


def _holds(term: tuple[bool, bool, str], text: str) -> bool:
    is_negated, is_quoted, asked = term
    asked = plain(asked)
    is_quoted = is_quoted or " " in asked
    if is_negated:
        return not _alone(asked, text)
    return _alone(asked, text) or (not is_quoted and len(asked) >= 3 and asked in text)


def _alone(asked: str, text: str) -> bool:
    """Nothing in the alphabets that have blanks goes on at its ends."""
    letter = "[a-z0-9]"
    before = f"(?<!{letter})" if re.match(letter, asked) else ""
    after = f"(?!{letter})" if re.match(letter, asked[-1]) else ""
    return re.search(before + re.escape(asked) + after, text) is not None


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    texts=st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5), max_size=12),
    asked=st.lists(queries(), min_size=1, max_size=6),
)
def test_results_equal_a_plain_filter(
    either_index: str,
    texts: Sequence[list[str]],
    asked: Sequence[list[list[tuple[bool, bool, str]]]],
) -> None:
    # What was never committed is not found over other connections.
    with nullcontext() if either_index in PAST_CITUS else undone():
        person, other = make_person("Ann"), make_person("Ben")
        mine, theirs = make_conversation(person, other), make_conversation(other)
        contents = [" ".join(words) for words in texts]
        for number, content in enumerate(contents):
            say(mine, other if number % 2 else person, content)
            say(theirs, other, content)
        index_all()
        for groups in asked:
            expected = sorted(content for content in contents if is_found(groups, content))
            for sort in Sort:
                page = search_messages(
                    viewer=person, query=parse_query(typed(groups)), sort=sort, limit=50
                )
                found = [hit["message"]["content"] for hit in page.results]
                assert sorted(found) == expected, typed(groups)
