"""Translates a query into SQL conditions on entries, which match at least all that the matcher
does.

It is made of two parts. The whole condition is hidden from the indexes, by `IS TRUE`; in front of
it stands a wider one that an index serves, made of the rarest word or part of each alternative.
Where hits are so common that reading from the newest message on finds enough of them, there is
none. Asking the index for all words costs a look into each of their lists for every message.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from chatproject.core.db.statements import big
from messaging.search.contract import Question, Reach, Scope
from messaging.search.fingerprints import COLUMNS, Fingerprint, of_parts, of_words
from messaging.search.frequencies import COMMON_IN_ONE, Frequencies
from messaging.search.query import Kind, Term
from messaging.search.tokens import LONGEST, asked_lexemes

# Of the whole index: how common a term is at least that is looked for together with another one,
# and the other one at most. To read a list costs a fiftieth of reading its messages.
WORTH_ANOTHER, NOT_ANOTHER = 0.0003, 0.15

Group = Sequence[Term]


class Access(NamedTuple):
    """A condition that an index serves, and which part of all messages fulfils it."""

    sql: str
    frequency: float


class Conditions:
    """Collects parameters while it makes the SQL, of an entry `e`."""

    def __init__(self, question: Question, frequencies: Frequencies, scan_from: float) -> None:
        """`scan_from`: how common a query is at least that is answered without an index; 0 leaves
        it to how common its rarest term is."""
        self._scan_from = scan_from
        self._question = question
        self._frequencies = frequencies
        self._languages = list(question.languages)
        self._groups = question.query.groups
        self.params: dict[str, Any] = {}
        self.is_scan = False  # whether `sql` holds nothing that an index serves

    def sql(self) -> str:
        access, whole = self._access(), f"(({self._whole()}) IS TRUE)"
        self.is_scan = access is None
        return whole if access is None else f"{access.sql} AND {whole}"

    # -- all of it

    def _whole(self) -> str:
        signs, reach = _signs(self._question.scope), self._question.reach
        if reach is Reach.WORDS:
            return self._words(signs)
        parts = self._any(self._parts_of(group) for group in self._groups)
        if signs:
            parts = f"{self._found(' & '.join(signs))} AND {parts}"
        if reach is Reach.PARTS:
            parts += f" AND NOT ({self._words([])})"
        return parts

    def _words(self, signs: Sequence[str]) -> str:
        found = self._any(
            [*self._asked(self._tsquery(group)), *self._typed(group)] for group in self._groups
        )
        return " AND ".join([*self._asked(" & ".join(signs)), found])

    def _asked(self, tsquery: str) -> list[str]:
        return [self._found(tsquery)] if tsquery else []

    def _tsquery(self, group: Group) -> str:
        """Of negated ones only the word itself: the rest is for the matcher, who knows what stands
        alone, and which texts have stems."""
        parts = []
        for term in group:
            if not term.is_negated:
                parts.append(f"({self._lexemes(term)})")
            elif term.kind is Kind.WORD and len(term.text) < LONGEST:
                parts.append(f"!{quoted(term.text)}")
        return " & ".join(parts)

    def _lexemes(self, term: Term) -> str:
        if term.kind is Kind.WORD:
            stems = {word[:LONGEST] for word in term.stems(self._languages)}
            return " | ".join(map(quoted, sorted(stems)))
        return " & ".join(map(quoted, sorted(asked_lexemes(term.text))))

    def _typed(self, group: Group) -> list[str]:
        return [
            self._holds(term.text)
            for term in group
            if term.kind is not Kind.WORD and not term.is_negated
        ]

    def _parts_of(self, group: Group) -> list[str]:
        conditions = []
        for term in group:
            if not term.may_be_part:
                conditions += [*self._asked(self._tsquery([term])), *self._typed([term])]
            elif term.kind is Kind.WORD:
                either = f"{self._found(self._lexemes(term))} OR {self._holds(term.text)}"
                conditions.append(f"({either})")
            else:
                conditions.append(self._holds(term.text))
        return conditions

    # -- what a fingerprint tells

    def bits(self) -> str:
        """A wider condition than `sql`, on nothing but the fingerprint of an entry `k`."""
        scope = self._question.scope
        given = [[Fingerprint(of_words([sign]), 0)] for sign in scope.signs]
        given += [[Fingerprint(of_words([sign]), 0) for sign in each] for each in scope.any_of]
        groups = [
            [self._prints(term) for term in group if not term.is_negated] for group in self._groups
        ]
        found = [self._all_bits([*given, *group]) for group in groups or [[]]]
        return "(" + " OR ".join(found) + ")"

    def _all_bits(self, terms: Iterable[Sequence[Fingerprint]]) -> str:
        conditions = []
        for choices in terms:
            either = [self._has_bits(each) for each in choices]
            conditions.append("(" + (" OR ".join(either) or "false") + ")")
        return " AND ".join(conditions) or "true"

    def _prints(self, term: Term) -> list[Fingerprint]:
        """Of the ways in which a text may hold the term."""
        part, reach = Fingerprint(0, of_parts(term.text)), self._question.reach
        is_part = term.may_be_part and reach is not Reach.WORDS
        if term.kind is Kind.WORD and not (reach is Reach.PARTS and self._is_single()):
            stems = sorted({word[:LONGEST] for word in term.stems(self._languages)})
            whole = [Fingerprint(of_words([word]), 0) for word in stems]
            return [*whole, part] if is_part else whole
        return [part if is_part else Fingerprint(of_words(asked_lexemes(term.text)), part.parts)]

    def _has_bits(self, wanted: Fingerprint) -> str:
        found = []
        for name, bits in zip(COLUMNS, wanted.columns(), strict=True):
            if bits:
                asked = self._param(big(bits))
                found.append(f"k.{name} & {asked} = {asked}")
        return " AND ".join(found) or "true"

    # -- what an index serves

    def _access(self) -> Access | None:
        """The rarest that there is, unless the log is to be read."""
        ways = [way for way in (self._by_terms(), *self._by_signs()) if way is not None]
        rarest = min(ways, key=lambda way: way.frequency, default=None)
        if self._scan_from and rarest is not None:
            # What is read from the newest on until there are enough hits, or what the index gives.
            hits = self._frequency()
            return None if hits * max(hits, rarest.frequency) > self._scan_from**2 else rarest
        is_common = rarest is not None and rarest.frequency >= COMMON_IN_ONE
        return None if is_common else rarest

    def _frequency(self) -> float:
        """Of the hits among all messages: at most that of the words, where only words count."""
        signs = min((way.frequency for way in self._by_signs()), default=1.0)
        query = self._question.query
        held = min(signs, self._frequencies.of_query(query) if query.groups else 1.0)
        if self._question.reach is Reach.BOTH:
            return held
        groups = [
            [self._by_words(it) for it in group if not it.is_negated] for group in self._groups
        ]
        words = sum(min((way.frequency for way in group), default=1.0) for group in groups)
        return min(held, words) if self._question.reach is Reach.WORDS else held - words

    def _by_signs(self) -> Iterable[Access]:
        for sign in self._question.scope.signs:
            frequency = self._frequencies.words.get(sign, 0.0)
            yield Access(self._found(quoted(sign)), frequency)
        for choices in self._question.scope.any_of:
            if choices:
                total = sum(self._frequencies.words.get(sign, 0.0) for sign in choices)
                yield Access(self._found(" | ".join(map(quoted, choices))), total)

    def _by_terms(self) -> Access | None:
        """Of each alternative its rarest term; None where one has no term to be found by."""
        rarest = []
        for group in self._groups:
            ways = [self._by_term(term) for term in group if not term.is_negated]
            if not ways:
                return None
            rarest.append(self._together(ways))
        if not rarest:
            return None
        sql = self._any([way.sql] for way in rarest)
        return Access(sql, sum(way.frequency for way in rarest))

    def _together(self, ways: Sequence[Access]) -> Access:
        """The rarest; of the whole index with all that are not too common, since what only one of
        them has would be read in vain."""
        rarest, *others = sorted(ways, key=lambda way: way.frequency)
        if not self._scan_from or rarest.frequency < WORTH_ANOTHER:
            return rarest
        chosen = [rarest, *(way for way in others if way.frequency < NOT_ANOTHER)]
        return Access(" AND ".join(way.sql for way in chosen), rarest.frequency)

    def _by_term(self, term: Term) -> Access:
        is_word = term.kind is Kind.WORD
        if self._question.reach is Reach.WORDS or not term.may_be_part:
            return self._by_words(term)
        part, frequency = self._frequencies.rarest(term.text)
        way = Access(self._holds(part), frequency)
        only_parts = self._question.reach is Reach.PARTS and self._is_single()
        if not is_word or only_parts:
            return way
        words = self._by_words(term)
        return Access(f"({words.sql} OR {way.sql})", words.frequency + way.frequency)

    def _by_words(self, term: Term) -> Access:
        if term.kind is Kind.WORD:
            frequency = self._frequencies.of_word(term.stems(self._languages))
            return Access(self._found(self._lexemes(term)), frequency)
        words = sorted(asked_lexemes(term.text))
        rarest = min(words, key=lambda word: self._frequencies.words.get(word, 0.0))
        return Access(self._found(quoted(rarest)), self._frequencies.words.get(rarest, 0.0))

    def _is_single(self) -> bool:
        return len(self._groups) == 1 and len(self._groups[0]) == 1

    # -- SQL

    def _any(self, groups: Iterable[Sequence[str]]) -> str:
        found = [" AND ".join(group) or "true" for group in groups]
        return "(" + " OR ".join(f"({each})" for each in found) + ")" if found else "true"

    def _found(self, tsquery: str) -> str:
        return f"e.words @@ {self._param(tsquery)}::tsquery"

    def _holds(self, text: str) -> str:
        return f"e.text LIKE {self._param(like(text))}::text"

    def _param(self, value: object) -> str:
        name = f"q{len(self.params)}"
        self.params[name] = value
        return f"%({name})s"


def _signs(scope: Scope) -> list[str]:
    """Conditions in the language of tsqueries."""
    return [
        *map(quoted, scope.signs),
        *(f"({' | '.join(map(quoted, choices)) or quoted('#none')})" for choices in scope.any_of),
        *(f"!{quoted(sign)}" for sign in scope.no_signs),
    ]


def quoted(lexeme: str) -> str:
    """As a tsquery and a tsvector are written."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def like(text: str) -> str:
    for sign in "\\%_":
        text = text.replace(sign, f"\\{sign}")
    return f"%{text}%"
