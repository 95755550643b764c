"""Whether a query matches a text, where, and how well. The rule that every index has to follow.

An index gives candidates; each of them is put to this against the text as the person sees it now,
so that what the index holds too much of, or holds no longer, is no hit.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from chatproject.core.text_folding import FoldedText
from messaging.search.query import Kind, Query, Term
from messaging.search.tokens import STEMMED, WORD, stem

Range = tuple[int, int]

_run = re.compile(WORD)


@dataclass(frozen=True, slots=True)
class Match:
    """`ranges` are code points of the original, ascending and apart. `is_whole`: no term was found
    as a mere part of a word."""

    ranges: list[Range]
    is_whole: bool


class Matcher:
    """Of one query; `languages` are those by whose stems the asked words are found."""

    def __init__(self, query: Query, languages: Collection[str]) -> None:
        self._groups = query.groups
        self._stems = {term: term.stems(languages) for group in query.groups for term in group}

    def match(self, text: FoldedText, language: str) -> Match | None:
        """None where it is no hit. `language` is the text's, empty where it is not known."""
        if not self._groups:
            return Match([], is_whole=True)
        words = list(_words(text.text))
        found = [m for m in (self._group(g, text, words, language) for g in self._groups) if m]
        if not found:
            return None
        ranges = [each for one in found for each in one.ranges]
        return Match(_joined(ranges), any(one.is_whole for one in found))

    def _group(
        self, group: Sequence[Term], text: FoldedText, words: list[tuple[str, Range]], language: str
    ) -> Match | None:
        ranges: list[Range] = []
        is_whole = True
        for term in group:
            places = self._whole(term, text.text, words, language)
            if term.is_negated:
                if places:
                    return None
                continue
            if not places and term.may_be_part:
                places = _occurrences(text.text, term.text)
                is_whole = False
            if not places:
                return None
            ranges += [text.original(*place) for place in places]
        return Match(ranges, is_whole)

    def _whole(
        self, term: Term, text: str, words: list[tuple[str, Range]], language: str
    ) -> list[Range]:
        if term.kind is not Kind.WORD:
            return [place for place in _occurrences(text, term.text) if _stands_alone(text, place)]
        asked = self._stems[term]
        has_stems = language in STEMMED
        return [
            place
            for word, place in words
            if word == term.text or (has_stems and stem(word, language) in asked)
        ]


def _words(text: str) -> Iterator[tuple[str, Range]]:
    for run in _run.finditer(text):
        yield run[0], run.span()


def _occurrences(text: str, part: str) -> list[Range]:
    found, at = [], text.find(part)
    while at >= 0:
        found.append((at, at + len(part)))
        at = text.find(part, at + len(part))
    return found


def _stands_alone(text: str, place: Range) -> bool:
    """No letter or digit at its ends goes on. Scripts without blanks have no such ends."""
    start, end = place
    before = start > 0 and _run.match(text[start]) and _run.match(text[start - 1])
    after = end < len(text) and _run.match(text[end - 1]) and _run.match(text[end])
    return not before and not after


def _joined(ranges: list[Range]) -> list[Range]:
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return merged


def score(query: Query, text: str, *, is_whole: bool) -> float:
    """How well a folded text fits, from 0 to some 10; the best alternative counts.

    Words as they were typed before their stems, terms that stand close together and in the asked
    order, and short texts before long ones.
    """
    found = [_score_group(group, text) for group in query.groups]
    return max(found, default=0.0) + (2.0 if is_whole else 0.0)


def _score_group(group: Sequence[Term], text: str) -> float:
    terms = [term for term in group if not term.is_negated]
    if not terms:
        return 0.0
    places = [_first_whole(text, term.text) for term in terms]
    there = [at for at in places if at >= 0]
    exact = len(there) / len(terms)
    near = ordered = 0.0
    if len(there) > 1:
        spread = max(there) - min(there)
        near = 1.0 / (1.0 + spread / 40)
        ordered = sum(one < other for one, other in pairwise(there)) / (len(there) - 1)
    return 2.0 * exact + 1.5 * near + 0.5 * ordered + 1.0 / (1.0 + len(text) / 200)


def _first_whole(text: str, word: str) -> int:
    at = text.find(word)
    while at >= 0 and not _stands_alone(text, (at, at + len(word))):
        at = text.find(word, at + 1)
    return at
