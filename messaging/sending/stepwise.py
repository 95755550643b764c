"""Storing any drafts stepwise: a trip that locks and reads, the decision, a trip that writes.

For replies, mentions, attachments, drafts under a rule, retries, and whatever plain texts the fast
statement leaves undecided. Every statement is about one table (see `stepwise_statements`).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from chatproject.core.db.pipeline import Step, Trips
from messaging.moderation import word_filters
from messaging.moderation.word_filters import WordList
from messaging.sending.decision import Decision
from messaging.sending.numbered_drafts import NumberedDraft, judge_again
from messaging.sending.read_facts import OF_ONE_POSTGRES, Asking, read_facts
from messaging.sending.results import StoreResult
from messaging.sending.transaction import Bounds
from messaging.sending.writes import Writes


class Way(NamedTuple):
    """How a kind of database is asked, and written to."""

    asking: Asking
    make_writes: Callable[[], Writes]
    has_word_filters: bool = True  # whether they can be read there


class OldWordFilters(Exception):
    """Others hold than the drafts were judged by, and they cannot be read over this connection.
    Nothing was written, and the transaction is open."""


ONE_POSTGRES = Way(OF_ONE_POSTGRES, Writes)


def store_stepwise(
    drafts: Sequence[NumberedDraft],
    filters: WordList,
    *,
    wait: bool,
    bounds: Bounds,
    way: Way = ONE_POSTGRES,
) -> Trips[list[StoreResult]]:
    """Stores what may be stored, in order, and returns a result for each draft.

    `filters` are those that the drafts were judged by. When others hold, they are read and held
    from now on, and the drafts are judged again. Raises OldWordFilters.
    """
    facts = yield from read_facts(
        drafts,
        filters.revision,
        wait=wait,
        begin=bounds.begin,
        asking=way.asking,
        has_word_filters=way.has_word_filters,
    )
    if facts.revision != filters.revision and not way.has_word_filters:
        raise OldWordFilters
    if facts.word_filters is not None:
        filters = word_filters.hold(facts.revision, facts.word_filters)
        drafts = judge_again(drafts, filters)
    decision = Decision(facts, way.make_writes())
    results = [decision.decide(each) for each in drafts]
    yield [*decision.writes.steps(), Step(bounds.end)]
    return results
