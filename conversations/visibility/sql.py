"""The visibility rule in SQL: fragments, from which every statement that depends on it is composed.

The arguments of a fragment are SQL: a column (`m.seq`), or a parameter in the style of the
statement (`%(viewer)s`, `$2`). conversation   the conversation's id. The fragment compares it with
every table that it reads, so pass a parameter if the statement is about one conversation: a
database that is distributed by conversation then answers it from one node. user           the
person's id seq            of the message c, p, m        aliases, in the statement around it, of the
row of conversations_conversation, of one of the person's periods, and of messaging_message
"""

from collections.abc import Mapping, Sequence
from typing import Any

from chatproject.core.db.statements import bigs
from conversations.visibility.rule import FOREVER, Span

CONVERSATION, VIEWER = "%(conversation)s", "%(viewer)s"

# The columns of a `Range`, for a period `p`.
RANGE_COLUMNS = "p.from_seq, p.to_seq, p.to_rev, p.cleared_seq"


def is_open(p: str = "p") -> str:
    """The period is open: the person is in the conversation."""
    return f"{p}.left_at IS NULL"


def first_seq(p: str = "p") -> str:
    """The first seq that the period shows."""
    return f"greatest({p}.from_seq, {p}.cleared_seq + 1)"


def in_period(seq: str, p: str = "p") -> str:
    """The seq is in the period's range, cleared or not."""
    return f"({p}.from_seq <= {seq} AND ({p}.to_seq IS NULL OR {p}.to_seq >= {seq}))"


def shown_by_period(seq: str, p: str = "p") -> str:
    """The period shows the seq."""
    return f"({in_period(seq, p)} AND {p}.cleared_seq < {seq})"


def has_period(conversation: str, user: str, *conditions: str) -> str:
    """The person is or was in the conversation; the conditions are on that period, `q`."""
    where = " AND ".join(
        [f"q.conversation_id = {conversation}", f"q.user_id = {user}", *conditions]
    )
    return f"EXISTS (SELECT FROM conversations_participant q WHERE {where})"


def is_banned(conversation: str, user: str) -> str:
    return (
        "EXISTS (SELECT FROM conversations_ban ban"
        f" WHERE ban.conversation_id = {conversation} AND ban.user_id = {user})"
    )


def not_banned(conversation: str, user: str) -> str:
    return f"NOT {is_banned(conversation, user)}"


def reads_as_public(conversation: str, user: str, c: str = "c") -> str:
    """Somebody outside may read the conversation because it is public. (For members no ban is
    checked: see `public_from_seq`.)"""
    return f"({c}.kind = 'public' AND {not_banned(conversation, user)})"


def public_from_seq(c: str = "c") -> str:
    """Where the public branch begins; NULL in conversations that have none."""
    return f"CASE WHEN {c}.kind = 'public' THEN {c}.open_from_seq END"


def is_known(conversation: str, user: str, c: str = "c") -> str:
    """The person may know that the conversation exists. OFFSET makes PostgreSQL look up the one
    conversation; otherwise it would read all conversations of the person."""
    was_in = f"{has_period(conversation, user).removesuffix(')')} OFFSET 0)"
    return f"({was_in} OR {reads_as_public(conversation, user, c)})"


def is_visible(seq: str, conversation: str, user: str, c: str = "c") -> str:
    """The whole rule for one seq, except for hides (`not_hidden`); `Visibility.covers` in SQL.

    Somebody who left sees the message as it was at the period's `to_rev`.
    """
    return (
        f"({has_period(conversation, user, shown_by_period(seq, 'q'))}"
        f" OR ({public_from_seq(c)} <= {seq}"
        f" AND NOT {has_period(conversation, user, f'q.cleared_seq >= {seq}')}"
        f" AND ({not_banned(conversation, user)}"
        f" OR {has_period(conversation, user, is_open('q'))})))"
    )


def not_hidden(seq: str, conversation: str, user: str) -> str:
    return (
        "NOT EXISTS (SELECT FROM messaging_hide hide"
        f" WHERE hide.conversation_id = {conversation} AND hide.user_id = {user}"
        f" AND hide.seq = {seq})"
    )


def visible_ranges(p: str = "p", c: str = "c") -> str:
    """An int8multirange of the seqs that the person of the open period `p` sees, hidden or not."""
    return (
        "(SELECT range_agg(int8range(q.low,"  # noqa: S608 (constants)
        " CASE WHEN q.to_seq IS NOT NULL THEN greatest(q.low, q.to_seq + 1) END))"
        f" + CASE WHEN {c}.kind = 'public' THEN int8multirange(int8range("
        f"greatest({c}.open_from_seq, max(q.cleared_seq) + 1), NULL)) ELSE '{{}}' END"
        f" FROM (SELECT to_seq, cleared_seq, {first_seq('own')} AS low"
        " FROM conversations_participant own"
        f" WHERE own.conversation_id = {p}.conversation_id AND own.user_id = {p}.user_id) q)"
    )


# Spans as parameters (`span_params`): a row `s` for each, to which a LATERAL join reads its
# messages.
SPANS = """
unnest(%(froms)s::bigint[], %(tos)s::bigint[], %(to_revs)s::bigint[]) AS s(from_seq, to_seq, to_rev)
"""


def in_span(seq: str) -> str:
    return f"{seq} BETWEEN s.from_seq AND s.to_seq"


def span_params(spans: Sequence[Span]) -> Mapping[str, Any]:
    """The parameters of SPANS."""
    return {
        "froms": bigs(span.from_seq for span in spans),
        "tos": bigs(span.to_seq for span in spans),
        "to_revs": bigs(span.to_rev for span in spans),
    }


# Unread are the visible messages in (unread_after, unread_up_to] that count and are by others.


def unread_after(p: str = "p") -> str:
    """The last seq that is read, cleared, or before the period."""
    return f"greatest({p}.last_read_seq, {p}.from_seq - 1, {p}.cleared_seq)"


def unread_up_to(p: str = "p", c: str = "c") -> str:
    """The last seq that may be unread; for a period that has ended, its last seq."""
    return f"least({c}.last_seq, {p}.to_seq)"


def counts_as_unread(m: str = "m") -> str:
    """The message counts as unread unless its reader wrote it. The partial index
    `message_never_unread` has the opposite. A reply that stays in its thread counts there
    (`counts_in_thread`)."""
    return f"({m}.deleted_at IS NULL AND {m}.kind <> 'system' AND {in_timeline(m)})"


def never_unread(m: str = "m") -> str:
    """The opposite of `counts_as_unread`, in the words of the index."""
    return f"({m}.deleted_at IS NOT NULL OR {m}.kind = 'system' OR {m}.thread_only)"


def in_timeline(m: str = "m") -> str:
    """The message is in the conversation's timeline, not only in a thread."""
    return f"NOT {m}.thread_only"


def counts_in_thread(m: str = "m") -> str:
    """The reply counts as unread in its thread unless its reader wrote it."""
    return f"{m}.deleted_at IS NULL"


def by_others(user: str, m: str = "m") -> str:
    return f"{m}.sender_id IS DISTINCT FROM {user}"


def spans_of(user: str, conversations: str | None = None) -> str:
    """A table of the spans that the person sees (conversation_id, from_seq, to_seq, to_rev), in all
    conversations or in those of the uuid[] `conversations`.

    Where spans overlap, the later `to_rev` holds.
    """
    only = "" if conversations is None else f" AND {{}} = ANY({conversations})"
    inside = has_period("c.id", user, is_open("q"))
    return (
        f"(SELECT p.conversation_id, {first_seq()} AS from_seq,"  # noqa: S608 (constants)
        f" coalesce(p.to_seq, {FOREVER}) AS to_seq, coalesce(p.to_rev, {FOREVER}) AS to_rev"
        " FROM conversations_participant p"
        f" WHERE p.user_id = {user}{only.format('p.conversation_id')}"
        " UNION ALL"
        f" SELECT c.id, greatest({public_from_seq()}, own.cleared_seq + 1), {FOREVER}, {FOREVER}"
        " FROM conversations_conversation c"
        " LEFT JOIN LATERAL (SELECT max(q.cleared_seq) AS cleared_seq"
        " FROM conversations_participant q"
        f" WHERE q.conversation_id = c.id AND q.user_id = {user}) own ON true"
        f" WHERE c.kind = 'public'{only.format('c.id')}"
        f" AND ({not_banned('c.id', user)} OR {inside}))"
    )
