"""Stores drafts stepwise: one round trip locks and reads, Python decides, another one writes.

Replies, mentions, attachments, drafts under a rule and retries are stored in this way, and plain
texts that the fast statement leaves undecided. Each statement names one table (see
`stepwise_statements`).
"""

from collections.abc import Sequence

from chatproject.core.db.pipeline import Step, Trips
from messaging.moderation import word_filters
from messaging.moderation.word_filters import WordList
from messaging.sending.decision import Decision
from messaging.sending.dialect import ONE_POSTGRES, Dialect
from messaging.sending.numbered_drafts import NumberedDraft, judge_again
from messaging.sending.read_facts import read_facts
from messaging.sending.results import StoreResult
from messaging.sending.transaction import Bounds


class OldWordFilters(Exception):
    """The word filters have changed and cannot be read over this connection. Nothing was written,
    and the transaction is open."""


def store_stepwise(
    drafts: Sequence[NumberedDraft],
    filters: WordList,
    *,
    wait: bool,
    bounds: Bounds,
    dialect: Dialect = ONE_POSTGRES,
) -> Trips[list[StoreResult]]:
    """Stores what may be stored, in order, and returns a result for each draft.

    `filters` are the word filters by which the drafts were checked. If they have changed, the new
    ones are read and kept, and the drafts are checked again. Raises OldWordFilters.
    """
    facts = yield from read_facts(
        drafts,
        filters.revision,
        wait=wait,
        begin=bounds.begin,
        queries=dialect.queries,
        has_word_filters=dialect.has_word_filters,
    )
    if facts.revision != filters.revision and not dialect.has_word_filters:
        raise OldWordFilters
    if facts.word_filters is not None:
        filters = word_filters.hold(facts.revision, facts.word_filters)
        drafts = judge_again(drafts, filters)
    decision = Decision(facts, dialect.make_writes())
    results = [decision.decide(each) for each in drafts]
    yield [*decision.writes.steps(), Step(bounds.end)]
    return results
