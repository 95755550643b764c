"""The inbox on a distributed database: all nodes are asked for the person's conversations, and then
the node of each one on the page for its entry.

The statements are made of those for one PostgreSQL (`inbox_statements`).
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chatproject.core.db.readings import Query, Rows, Steps
from chatproject.core.db.statements import statement
from messaging.reads.inbox_statements import (
    ANY,
    INSIDE,
    LEFT,
    PAGE,
    THESE,
    UNREAD_ONLY,
    Source,
    rows_of,
)
from messaging.reads.shards import fitting_rows, of_one

# Citus refuses a subquery without FROM beside a correlated one; so what it computes stands in its
# place.
_IS_LIVE = "CROSS JOIN LATERAL (SELECT {is_live} AS is_live OFFSET 0) l"


def keys_of(source: Source, only: str = ANY) -> str:
    """The rows of a page as `list_of` in `inbox_statements` has them, without a version."""
    rows = PAGE.replace(_IS_LIVE, "").replace("WHEN is_live", "WHEN {is_live}")
    rows = rows.replace(
        "SELECT s.* FROM", "SELECT s.conversation_id::text, s.pinned_at, s.activity FROM", 1
    )
    return statement(rows_of(rows, source, only))


KEYS = {
    (False, False): keys_of(INSIDE),
    (False, True): keys_of(INSIDE, UNREAD_ONLY),
    (True, False): keys_of(LEFT),
    (True, True): keys_of(LEFT, UNREAD_ONLY),
}
ENTRY = of_one(THESE)


def entry_rows(ids: Sequence[UUID] | Sequence[str], params: dict[str, Any]) -> Steps[Rows]:
    """As THESE answers, in the order of the ids. Who may not know of a conversation gets no row."""
    viewer, answer_bytes = params["viewer"], params["answer_bytes"]
    answers = yield [
        Query(ENTRY, {"viewer": viewer, "conversation": each, "answer_bytes": answer_bytes})
        for each in ids
    ]
    return fitting_rows(answers, int(answer_bytes))
