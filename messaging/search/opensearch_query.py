"""A question in OpenSearch's query language."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from messaging.search.contract import Question, Reach
from messaging.search.opensearch_documents import microseconds
from messaging.search.query import Kind, Term
from messaging.search.tokens import LONGEST, asked_lexemes


def conditions_of(question: Question, conversations: Sequence[str]) -> list[dict[str, Any]]:
    """All of which a version has to meet."""
    scope = question.scope
    times: dict[str, int] = {}
    if scope.since is not None:
        times["gte"] = microseconds(scope.since)
    if scope.until is not None:
        times["lt"] = microseconds(scope.until)
    return [
        {"terms": {"conversation": list(conversations)}},
        *({"term": {"words": sign}} for sign in scope.signs),
        *({"terms": {"words": list(choices)}} for choices in scope.any_of),
        *(_not([{"term": {"words": sign}}]) for sign in scope.no_signs),
        *([{"range": {"at": times}}] if times else []),
        *_words(question),
    ]


def _words(question: Question) -> Iterator[dict[str, Any]]:
    groups, reach = question.query.groups, question.reach
    if not groups:
        return
    whole = _any([_whole(term, question.languages) for term in group] for group in groups)
    if reach is Reach.WORDS:
        yield whole
        return
    yield _any([_part(term, question.languages) for term in group] for group in groups)
    if reach is Reach.PARTS:
        yield _not([whole])


def _whole(term: Term, languages: Sequence[str]) -> dict[str, Any]:
    if term.is_negated:  # but for the word itself it is for the matcher
        is_word = term.kind is Kind.WORD and len(term.text) < LONGEST
        return _not([{"term": {"words": term.text}}]) if is_word else {"match_all": {}}
    if term.kind is Kind.WORD:
        return {"terms": {"words": sorted(word[:LONGEST] for word in term.stems(languages))}}
    words = [{"term": {"words": word}} for word in sorted(asked_lexemes(term.text))]
    return _all([*words, *_holds(term.text)])


def _part(term: Term, languages: Sequence[str]) -> dict[str, Any]:
    if not term.may_be_part:
        return _whole(term, languages)
    inside = _all(_holds(term.text))
    if term.kind is Kind.WORD:
        return {"bool": {"should": [_whole(term, languages), inside], "minimum_should_match": 1}}
    return inside


def _holds(text: str) -> list[dict[str, Any]]:
    """Its runs of three in their order; of a shorter one nothing can be asked."""
    return [{"match_phrase": {"text": text}}] if len(text) >= 3 else []


def _any(groups: Iterable[Sequence[dict[str, Any]]]) -> dict[str, Any]:
    return {"bool": {"should": [_all(group) for group in groups], "minimum_should_match": 1}}


def _all(conditions: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"bool": {"filter": list(conditions)}}


def _not(conditions: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"bool": {"must_not": list(conditions)}}
