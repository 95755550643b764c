"""What a person typed into the search: words, "phrases", -without, `or`, and filters.

As in `websearch_to_tsquery`: words that stand together all have to be there, `or` stands between
alternatives and binds weakest. A filter holds for all alternatives. What looks like a filter and
has no known name is a word like any other.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from chatproject.core.errors import InvalidInput
from chatproject.core.text_folding import fold
from messaging.search.tokens import STEMMED, WORD, asked_lexemes, stem

MAX_LENGTH = 1000
MAX_TERMS = 32
MAX_FILTERS = 16
SHORTEST_PART = 3  # characters of a part of a word

FILTERS = ("from", "in", "with", "before", "after", "on", "has", "is")

_TOKEN = re.compile(
    rf"""(?P<minus>-(?=\S))?
    (?: (?P<name>{"|".join(FILTERS)}):(?:"(?P<quoted>[^"]*)"|(?P<value>[^\s"]+))(?!\S)
      | "(?P<phrase>[^"]*)(?:"|\Z)
      | (?P<word>\S+) )""",
    re.VERBOSE | re.IGNORECASE,
)
_AROUND = (""" \t"'([{<,;""", """ \t"')]}>,;.:!?""")  # of an unquoted word, what is not meant
_word = re.compile(WORD)


class Kind(Enum):
    WORD = "word"  # letters and digits: found by its stems, too
    TYPED = "typed"  # code, paths, names: as typed
    PHRASE = "phrase"  # quoted: as typed, and never a part of a word


class Term(NamedTuple):
    """`text` is folded."""

    text: str
    kind: Kind = Kind.WORD
    is_negated: bool = False

    @property
    def may_be_part(self) -> bool:
        """Whether it is found inside of words, too."""
        return (
            self.kind is not Kind.PHRASE and not self.is_negated and len(self.text) >= SHORTEST_PART
        )

    def stems(self, languages: Iterable[str]) -> set[str]:
        """The word and its stems; of what is no word, nothing."""
        if self.kind is not Kind.WORD:
            return set()
        known = (language for language in languages if language in STEMMED)
        return {self.text, *(stem(self.text, language) for language in known)}


class Filter(NamedTuple):
    """`source` is the filter as it was typed, None where it came as a parameter."""

    name: str
    value: str
    is_negated: bool = False
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """Alternatives of terms that all have to hold, and filters that hold for all of them.

    No group at all is a search by filters alone. `is_mute`: words were typed, and none of them is
    one that anything could be found by.
    """

    groups: tuple[tuple[Term, ...], ...]
    filters: tuple[Filter, ...] = ()
    is_mute: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.groups and not self.filters

    @property
    def may_have_parts(self) -> bool:
        return any(term.may_be_part for group in self.groups for term in group)


def parse_query(text: str, parameters: Mapping[str, Sequence[str]] | None = None) -> Query:
    """Raises InvalidInput for what is too long or has too many parts.

    `parameters` are filters that came beside the text, values by name; one with `-` before it is
    negated.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidInput.of("q", f"At most {MAX_LENGTH} characters.", "too_long")
    if "\0" in text:
        raise InvalidInput.of("q", "A text cannot hold the NUL character.", "nul")
    groups: list[list[Term]] = [[]]
    filters = list(_given(parameters or {}))
    has_words = False
    for match in _TOKEN.finditer(text):
        if match["name"]:
            filters.append(_filter(match))
        elif match["word"] and not match["minus"] and match["word"].lower() == "or":
            groups.append([])
        else:
            has_words = True
            groups[-1] += filter(None, [_term(match)])
    if sum(map(len, groups)) > MAX_TERMS or len(groups) > MAX_TERMS:
        raise InvalidInput.of("q", f"At most {MAX_TERMS} words.", "too_many")
    if len(filters) > MAX_FILTERS:
        raise InvalidInput.of("q", f"At most {MAX_FILTERS} filters.", "too_many")
    found = tuple(tuple(dict.fromkeys(group)) for group in groups if group)
    return Query(found, tuple(filters), is_mute=has_words and not found)


def _given(parameters: Mapping[str, Sequence[str]]) -> Iterable[Filter]:
    for name, values in parameters.items():
        for value in values:
            bare = value.removeprefix("-").strip()
            if bare:
                yield Filter(name, bare, bare != value.strip())


def _filter(match: re.Match[str]) -> Filter:
    value = match["quoted"] if match["value"] is None else match["value"]
    return Filter(match["name"].lower(), value.strip(), bool(match["minus"]), match[0])


def _term(match: re.Match[str]) -> Term | None:
    """None for what nothing can be found by, such as punctuation alone."""
    is_phrase = match["phrase"] is not None
    text = fold(match["phrase"] if is_phrase else match["word"]).strip()
    if not is_phrase:
        text = text.lstrip(_AROUND[0]).rstrip(_AROUND[1])
    if not asked_lexemes(text):
        return None
    unquoted = Kind.WORD if _word.fullmatch(text) else Kind.TYPED
    return Term(text, Kind.PHRASE if is_phrase else unquoted, bool(match["minus"]))
