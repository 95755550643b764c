"""The figures of `manage.py stats`, each from counters or an index."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

DAY = timedelta(days=1)

PEOPLE = """
SELECT count(*), count(*) FILTER (WHERE is_active), count(*) FILTER (WHERE is_bot),
       count(*) FILTER (WHERE created_at > %(since)s)
FROM accounts_user
"""

SIGNED_IN = """
SELECT count(*), count(DISTINCT user_id),
       count(DISTINCT user_id) FILTER (WHERE last_used_at > %(since)s)
FROM accounts_signin WHERE ended_at IS NULL AND expires_at > now()
"""

CONVERSATIONS = """
SELECT count(*), count(*) FILTER (WHERE kind = 'direct'), count(*) FILTER (WHERE kind = 'group'),
       count(*) FILTER (WHERE kind = 'public'), count(*) FILTER (WHERE kind = 'broadcast'),
       count(*) FILTER (WHERE last_message_at > %(since)s), coalesce(max(member_count), 0),
       coalesce(max(last_seq), 0)
FROM conversations_conversation
"""

# A log has no gaps, so that its head is its length. An id begins with the time of its making.
MESSAGES = """
SELECT (SELECT coalesce(sum(last_seq), 0)::bigint FROM conversations_conversation),
       (SELECT count(*) FROM messaging_message WHERE id >= %(first_id)s),
       (SELECT count(DISTINCT sender_id) FROM messaging_message WHERE id >= %(first_id)s)
"""

FILES = """
SELECT count(*) FILTER (WHERE seq IS NOT NULL), count(*) FILTER (WHERE seq IS NULL),
       coalesce(sum(size), 0)::bigint
FROM attachments_attachment
"""

STORAGE = """
SELECT pg_database_size(current_database()),
       pg_total_relation_size('messaging_message'), pg_indexes_size('messaging_message')
"""

QUESTIONS = (
    ("people", PEOPLE, "total active bots newToday"),
    ("signIns", SIGNED_IN, "live people activeToday"),
    (
        "conversations",
        CONVERSATIONS,
        "total direct group public broadcast activeToday largestMembers longestLog",
    ),
    ("messages", MESSAGES, "total today sendersToday"),
    ("files", FILES, "sent waiting totalBytes"),
    ("database", STORAGE, "totalBytes messagesBytes messagesIndexesBytes"),
)


def figures() -> dict[str, dict[str, Any]]:
    """By topic and name; sizes in bytes. `today` is the last 24 hours."""
    since = timezone.now() - DAY
    params: dict[str, Any] = {
        "since": since,
        "first_id": UUID(int=int(since.timestamp() * 1000) << 80),
    }
    with connection.cursor() as cursor:
        answers = {}
        for topic, question, names in QUESTIONS:
            cursor.execute(question, params)
            answers[topic] = dict(zip(names.split(), cursor.fetchone(), strict=True))
    return answers
