"""The tables of facts, each a statement over the log and the columns that it gives.

Days are of UTC. Who wrote or read something on a day was active. Deleted messages count, since they
were written; system messages do not. Bots do not count as people. Nothing here reads a body, a
title or a name.
"""

from typing import NamedTuple

from chatproject.core.db.statements import statement

# A message of another person within it is a response.
RESPONSE_WINDOW = "interval '24 hours'"


class Fact(NamedTuple):
    """`columns` are (name, type in DuckDB), in the order of the statement's. The statement's only
    parameter is `since`, a time from which on messages count."""

    name: str
    columns: tuple[tuple[str, str], ...]
    sql: str


_DAY = "(m.created_at AT TIME ZONE 'UTC')::date"
_WRITTEN = "FROM messaging_message m WHERE m.kind <> 'system' AND m.created_at >= %(since)s"
# (user_id, day) of all activity; receipts are kept for conversations of up to 256 people.
_ACTIVE = statement(
    """
    SELECT a.user_id, a.day, bool_or(a.wrote) AS wrote FROM (
        SELECT m.sender_id AS user_id, {day} AS day, true AS wrote {written}
        UNION ALL
        SELECT r.user_id, (r.at AT TIME ZONE 'UTC')::date, false FROM messaging_receipt r
        WHERE r.kind = 'read' AND r.at >= %(since)s
    ) a JOIN accounts_user u ON u.id = a.user_id AND NOT u.is_bot
    GROUP BY 1, 2
""",
    day=_DAY,
    written=_WRITTEN,
)

CONVERSATIONS = Fact(
    "conversations",
    (
        ("conversation_id", "UUID"),
        ("conversation_kind", "VARCHAR"),
        ("created_on", "DATE"),
        ("members", "INTEGER"),
        ("messages", "BIGINT"),
    ),
    """
    SELECT c.id, c.kind, (c.created_at AT TIME ZONE 'UTC')::date, c.member_count, c.last_seq
    FROM conversations_conversation c WHERE coalesce(c.last_at, c.created_at) >= %(since)s
    ORDER BY 1
    """,
)
MESSAGES = Fact(
    "messages_per_day",
    (
        ("day", "DATE"),
        ("conversation_id", "UUID"),
        ("kind", "VARCHAR"),
        ("messages", "BIGINT"),
        ("senders", "BIGINT"),
        ("replies", "BIGINT"),
        ("in_threads", "BIGINT"),
        ("edited", "BIGINT"),
        ("deleted", "BIGINT"),
    ),
    statement(
        """
    SELECT {day}, m.conversation_id, m.kind, count(*), count(DISTINCT m.sender_id),
           count(m.reply_to_seq), count(m.thread_seq), count(m.edited_at), count(m.deleted_at)
    {written} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    """,
        day=_DAY,
        written=_WRITTEN,
    ),
)
ACTIVE_PEOPLE = Fact(
    "active_people",
    (("period", "VARCHAR"), ("starts", "DATE"), ("active", "BIGINT"), ("wrote", "BIGINT")),
    statement(
        """
    WITH a AS MATERIALIZED ({active})
    SELECT p.period, date_trunc(p.period, a.day)::date, count(DISTINCT a.user_id),
           count(DISTINCT a.user_id) FILTER (WHERE a.wrote)
    FROM a CROSS JOIN (VALUES ('day'), ('week'), ('month')) p(period)
    GROUP BY 1, 2 ORDER BY 1, 2
    """,
        active=_ACTIVE,
    ),
)
RESPONSE_TIMES = Fact(
    "response_times",
    (
        ("day", "DATE"),
        ("conversation_kind", "VARCHAR"),
        ("responses", "BIGINT"),
        ("median_seconds", "DOUBLE"),
        ("p90_seconds", "DOUBLE"),
    ),
    statement(
        """
    SELECT r.day, c.kind, count(*),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY r.seconds),
           percentile_cont(0.9) WITHIN GROUP (ORDER BY r.seconds)
    FROM (
        SELECT t.conversation_id, (t.created_at AT TIME ZONE 'UTC')::date AS day,
               extract(epoch FROM t.created_at - t.before_at)::float AS seconds
        FROM (
            SELECT m.conversation_id, m.created_at, m.sender_id,
                   lag(m.sender_id) OVER before AS before_id,
                   lag(m.created_at) OVER before AS before_at
            {written} WINDOW before AS (PARTITION BY m.conversation_id ORDER BY m.seq)
        ) t
        WHERE t.sender_id <> t.before_id AND t.created_at - t.before_at <= {window}
    ) r JOIN conversations_conversation c ON c.id = r.conversation_id
    WHERE c.kind IN ('direct', 'group')
    GROUP BY 1, 2 ORDER BY 1, 2
    """,
        written=_WRITTEN,
        window=RESPONSE_WINDOW,
    ),
)
FILES = Fact(
    "files_per_day",
    (("day", "DATE"), ("content_type", "VARCHAR"), ("files", "BIGINT"), ("bytes", "BIGINT")),
    """
    SELECT (a.created_at AT TIME ZONE 'UTC')::date, a.content_type, count(*), sum(a.size)::bigint
    FROM attachments_attachment a WHERE a.seq IS NOT NULL AND a.created_at >= %(since)s
    GROUP BY 1, 2 ORDER BY 1, 2
    """,
)
RETENTION = Fact(
    "retention",
    (("cohort", "DATE"), ("week", "INTEGER"), ("people", "BIGINT"), ("active", "BIGINT")),
    statement(
        """
    WITH a AS MATERIALIZED ({active}),
    joined AS (
        SELECT u.id, date_trunc('week', u.created_at AT TIME ZONE 'UTC')::date AS cohort
        FROM accounts_user u WHERE NOT u.is_bot AND u.created_at >= %(since)s),
    size AS (SELECT cohort, count(*) AS people FROM joined GROUP BY 1)
    SELECT j.cohort, ((date_trunc('week', a.day)::date - j.cohort) / 7)::int, s.people,
           count(DISTINCT a.user_id)
    FROM a JOIN joined j ON j.id = a.user_id JOIN size s ON s.cohort = j.cohort
    WHERE date_trunc('week', a.day)::date >= j.cohort
    GROUP BY 1, 2, 3 ORDER BY 1, 2
    """,
        active=_ACTIVE,
    ),
)
FACTS = (CONVERSATIONS, MESSAGES, ACTIVE_PEOPLE, RESPONSE_TIMES, FILES, RETENTION)
