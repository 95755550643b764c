"""A query as conditions on entries in SQL: at least all that the matcher finds."""

from collections.abc import Iterable, Sequence
from typing import Any

from messaging.search.contract import Question, Reach, Scope
from messaging.search.query import Kind, Term
from messaging.search.tokens import LONGEST, asked_lexemes

NOTHING = "false"


class Conditions:
    """Collects parameters while it makes the SQL, of an entry `e`."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self.params: dict[str, Any] = {}

    def sql(self) -> str:
        groups, reach = self._question.query.groups, self._question.reach
        signs = _signs(self._question.scope)
        if reach is Reach.WORDS:
            return self._words(groups, signs)
        parts = self._any(self._parts_of(group) for group in groups)
        if signs:
            parts = f"{self._found(' & '.join(signs))} AND {parts}"
        if reach is Reach.PARTS:
            parts += f" AND NOT ({self._words(groups, [])})"
        return parts

    def _words(self, groups: Sequence[Sequence[Term]], signs: Sequence[str]) -> str:
        """One tsquery for all of it; where something has to stand as typed, that beside it."""
        asked = [self._tsquery(group) for group in groups]
        whole = " | ".join(f"({each})" for each in asked if each)
        everything = any(not each for each in asked) or not groups
        wanted = [*signs, *([] if everything else [f"({whole})"])]
        found = self._found(" & ".join(wanted)) if wanted else "true"
        typed = [self._typed(group) for group in groups]
        if len(groups) == 1 and typed[0]:
            return f"{found} AND {' AND '.join(typed[0])}"
        if any(typed):
            exact = self._any(
                [self._found(query) if query else "true", *likes]
                for query, likes in zip(asked, typed, strict=True)
            )
            return f"{found} AND {exact}"
        return found

    def _tsquery(self, group: Sequence[Term]) -> str:
        """Negated ones as typed are left to the matcher: what stands alone is no lexeme."""
        parts = []
        for term in group:
            if term.is_negated and term.kind is not Kind.WORD:
                continue
            asked = self._lexemes(term)
            parts.append(f"!({asked})" if term.is_negated else f"({asked})")
        return " & ".join(parts)

    def _lexemes(self, term: Term) -> str:
        if term.kind is Kind.WORD:
            stems = {word[:LONGEST] for word in term.stems(self._question.languages)}
            return " | ".join(map(quoted, sorted(stems)))
        return " & ".join(map(quoted, sorted(asked_lexemes(term.text))))

    def _typed(self, group: Sequence[Term]) -> list[str]:
        return [
            self._holds(term.text)
            for term in group
            if term.kind is not Kind.WORD and not term.is_negated
        ]

    def _parts_of(self, group: Sequence[Term]) -> list[str]:
        conditions = []
        for term in group:
            if not term.may_be_part:
                query = self._tsquery([term])
                conditions += [self._found(query)] if query else []
                conditions += self._typed([term])
            elif term.kind is Kind.WORD:
                either = f"{self._found(self._lexemes(term))} OR {self._holds(term.text)}"
                conditions.append(f"({either})")
            else:
                conditions.append(self._holds(term.text))
        return conditions

    def _any(self, groups: Iterable[Sequence[str]]) -> str:
        found = [" AND ".join(group) or "true" for group in groups]
        return "(" + " OR ".join(f"({each})" for each in found) + ")" if found else "true"

    def _found(self, tsquery: str) -> str:
        return f"e.words @@ {self._param(tsquery)}::tsquery"

    def _holds(self, text: str) -> str:
        return f"e.text LIKE {self._param(like(text))}::text"

    def _param(self, value: str) -> str:
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
