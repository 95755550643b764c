"""Estimates how common words and parts of words are, to choose the index that serves a search.

The planner knows as much of words, but takes the combined index for cheap whatever it is asked for,
and knows nothing of parts. What is learned here is a few minutes old and changes no result.
"""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import sqrt

from chatproject.core.db.statements import fetch, statement
from messaging.search.query import Query
from messaging.search.tokens import LONGEST

FRESH_FOR = 600.0  # seconds
# From this part of all messages on, a log is read from its end instead of asking the index: each
# message of a conversation costs a look into the list of who has the word, and the longer that is
# the dearer the look. Measured on 3,000,000 messages.
COMMON_IN_ONE = 0.004
SAMPLE = 2_000  # texts

WORDS = statement(
    """
    SELECT most_common_elems::text::text[], most_common_elem_freqs FROM pg_stats
    WHERE schemaname = current_schema() AND tablename = 'messaging_searchentry'
      AND attname = 'words'
    """
)
TEXTS = statement(
    """
    SELECT text FROM messaging_searchentry TABLESAMPLE SYSTEM (
        (SELECT least(100, 100.0 * %(sample)s / greatest(reltuples, 1)) FROM pg_class
         WHERE oid = 'messaging_searchentry'::regclass)) LIMIT %(sample)s
    """
)


COUNTS = statement(
    """
    SELECT (SELECT reltuples FROM pg_class WHERE oid = 'messaging_searchentry'::regclass)::float,
           (SELECT reltuples FROM pg_class WHERE oid = 'messaging_searchcursor'::regclass)::float
    """
)


@dataclass(frozen=True, slots=True)
class Frequencies:
    """Parts of all messages, from 0 to 1. What is in neither list is rare.

    `texts` are some messages, `messages` and `conversations` how many there are.
    """

    words: dict[str, float] = field(default_factory=dict)
    trigrams: dict[str, float] = field(default_factory=dict)
    texts: Sequence[str] = ()
    messages: float = 1.0
    conversations: float = 1.0

    def of_query(self, query: Query) -> float:
        """Of the messages that hold all terms of an alternative, stems left aside: by the sample,
        so that what is rarer than one in SAMPLE may come out as 0."""
        groups = [[it.text for it in group if not it.is_negated] for group in query.groups]
        holding = sum(
            any(all(it in text for it in group) for group in groups) for text in self.texts
        )
        return holding / len(self.texts) if self.texts else 0.0

    def enough_to_scan(self, spans: int, limit: int) -> float:
        """How common a query has to be for `limit` hits to be found sooner by reading all messages
        from the newest on than by asking the index for all hits; the person sees `spans` logs."""
        seen = min(1.0, spans / max(self.conversations, 1.0))
        return sqrt(limit / max(seen * self.messages, 1.0))

    def of_word(self, stems: Iterable[str]) -> float:
        return sum(self.words.get(word[:LONGEST], 0.0) for word in stems)

    def rarest(self, text: str) -> tuple[str, float]:
        """The three characters of a part that are the least common."""
        found = {text[i : i + 3] for i in range(len(text) - 2)}
        # What PostgreSQL makes no trigram of cannot be asked for.
        usable = [part for part in found if part.isalnum()]
        if not usable:
            return text, 1.0
        rarest = min(usable, key=lambda part: (self.trigrams.get(part, 0.0), part))
        return rarest, self.trigrams.get(rarest, 0.0)


class _Kept:
    """The last that was read in this process."""

    def __init__(self) -> None:
        self.until = 0.0
        self.found = Frequencies()


_kept = _Kept()


def frequencies() -> Frequencies:
    if time.monotonic() > _kept.until:
        _read_again()
    return _kept.found


def refresh_frequencies() -> None:
    """Reads again what is half as old as it may be, so that no search waits for it."""
    if time.monotonic() > _kept.until - FRESH_FOR / 2:
        _read_again()


def _read_again() -> None:
    _kept.found, _kept.until = read_frequencies(), time.monotonic() + FRESH_FOR


def read_frequencies() -> Frequencies:
    words: dict[str, float] = {}
    for elements, shares in fetch(WORDS, {}):
        words = dict(zip(elements or (), shares or (), strict=False))
    texts = [row[0] for row in fetch(TEXTS, {"sample": SAMPLE})]
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update({text[i : i + 3] for i in range(len(text) - 2)})
    trigrams = {part: count / len(texts) for part, count in counts.items()}
    messages, conversations = fetch(COUNTS, {})[0]
    return Frequencies(words, trigrams, texts, messages, conversations)
