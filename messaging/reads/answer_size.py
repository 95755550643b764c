"""Limits the size of an answer: a statement of messages stops before it would exceed the limit.

Bounds in messages are none in bytes: one has from 300 bytes to some 90 KB, by its text, reactions
and files. So PostgreSQL adds up what the rows would take as JSON, and no more of them are read. The
first row always is, so that whoever asks on comes to an end.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.conf import settings

from chatproject.core.api.json import dump
from chatproject.core.db.statements import big, statement
from messaging.reads.message_rows import VisibleMessage, message_from_row

# Of a message: the names of the fields, ids, times, and its sender among the people.
MESSAGE_BYTES = 1_000

# The bytes of `r`, a row of `Select.columns`, as JSON. Of a file the row has little more than the
# name, beside which the answer has the names of the fields and the URLs of the previews.
SIZE = f"""
{MESSAGE_BYTES} + octet_length(to_json(coalesce(r.old_body, r.body, ''))::text)
+ coalesce(octet_length(r.meta::text), 0) + coalesce(octet_length(r.reactions::text), 0)
+ 4 * coalesce(octet_length(r.attachments::text), 0)
+ 2 * coalesce(octet_length(r.link_previews::text), 0)
"""

FITTING = """
SELECT * FROM (
    SELECT r.*, sum({size}) OVER size AS total, row_number() OVER size AS place,
           lead(true) OVER size AS goes_on
    FROM ({rows}) r
    WINDOW size AS ({group} ORDER BY {order})
) r
WHERE total <= %(answer_bytes)s OR place = 1
ORDER BY {order}
"""


def size_of(message: VisibleMessage) -> int:
    """The same of a message that was read."""
    lists = len(dump(message.reactions)) + 4 * len(dump(message.attachments))
    lists += 2 * len(dump(message.link_previews))
    return MESSAGE_BYTES + len(dump(message.row["body"])) + len(dump(message.row["meta"])) + lists


class FittingMessages(NamedTuple):
    """The messages that fit; `goes_on` where there are more than these."""

    messages: list[VisibleMessage]
    goes_on: bool


def fitting(rows: str, *, order: str, group: str = "", size: str = SIZE) -> str:
    """The statement for those of `rows` that fit. It has to end in OFFSET or LIMIT: else its
    reactions would be counted once for the size and once more for the answer.

    `order` is of columns of `rows`; each `group` (PARTITION BY) has a budget of its own; `size` is
    the bytes of a row `r`. To the columns of the rows it adds how many bytes they are up to here,
    the place (1, 2, …), and whether another one follows, which is true or null.
    """
    return statement(FITTING, rows=rows, order=order, group=group, size=size)


def size_params(*, parts: int = 1) -> Mapping[str, Any]:
    """The parameters of a `fitting` statement, beside those of its rows; `parts` is how many such
    statements an answer is made of."""
    return {"answer_bytes": big(settings.ANSWER_BYTES // parts)}


def goes_on(rows: Sequence[Sequence[Any]], taken: int) -> bool:
    """Whether a `fitting` statement found more than the first `taken` of its rows."""
    return bool(rows) and bool(rows[taken - 1][-1])


def fitting_messages(rows: Sequence[Sequence[Any]], limit: int) -> FittingMessages:
    """At most `limit` of the rows of a `fitting` statement, which looked for one more."""
    messages = [message_from_row(row[:-3]) for row in rows[:limit]]
    return FittingMessages(messages, goes_on(rows, len(messages)))
