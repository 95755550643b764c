"""A log of any length, made by set-based SQL: for figures and query plans, not for rules."""

from django.db import connection

PEOPLE, CONVERSATIONS = 1_000, 500

_MAKE = [
    """
    INSERT INTO accounts_user (id, password, is_superuser, name, email, about, is_bot, is_active,
                               is_staff, created_at)
    SELECT gen_random_uuid(), '', false, 'Person ' || n, 'p' || n || '@load.example', '', false,
           true, false, now()
    FROM generate_series(1, %(people)s) n
    """,
    """
    INSERT INTO conversations_conversation (id, kind, title, topic, created_at, history)
    SELECT gen_random_uuid(), CASE WHEN n %% 5 = 0 THEN 'public' ELSE 'group' END,
           'Load ' || n, '', now(), 'everything'
    FROM generate_series(1, %(conversations)s) n
    """,
    """
    CREATE TEMP TABLE load_person ON COMMIT DROP AS
    SELECT row_number() OVER () - 1 AS n, id FROM accounts_user WHERE email LIKE '%%@load.example'
    """,
    """
    CREATE TEMP TABLE load_place ON COMMIT DROP AS
    SELECT row_number() OVER () - 1 AS n, id FROM conversations_conversation
    WHERE title LIKE 'Load %%'
    """,
    # Twenty people in each conversation; each has its part of the log, in turns.
    """
    INSERT INTO conversations_participant (id, conversation_id, user_id, joined_at)
    SELECT gen_random_uuid(), c.id, p.id, now()
    FROM load_place c CROSS JOIN generate_series(0, 19) k
    JOIN load_person p ON p.n = (c.n * 7 + k) %% %(people)s
    """,
    # The id begins with the time: one message a second, up to now.
    """
    INSERT INTO messaging_message (id, conversation_id, seq, rev, sender_id, client_id, kind, body,
                                   created_at)
    SELECT (lpad(to_hex(ms), 12, '0') || '7' || substr(md5(t.n::text), 1, 3) || '8'
                || substr(md5(t.n::text), 4, 15))::uuid,
           c.id, t.n / %(conversations)s + 1, t.n / %(conversations)s + 1, p.id, gen_random_uuid(),
           CASE WHEN t.n %% 50 = 0 THEN 'image' ELSE 'text' END,
           'message number ' || t.n || CASE WHEN t.n %% 1000 = 0 THEN ' needle' ELSE '' END,
           to_timestamp(ms / 1000.0)
    FROM (SELECT n, (extract(epoch FROM now()) * 1000)::bigint - (%(rows)s - n) * 1000::bigint AS ms
          FROM generate_series(0, %(rows)s - 1) n) t
    JOIN load_place c ON c.n = t.n %% %(conversations)s
    JOIN load_person p ON p.n = (c.n * 7 + (t.n / %(conversations)s) %% 20) %% %(people)s
    ORDER BY t.n
    """,
    """
    UPDATE conversations_conversation c SET last_seq = h.seq, last_rev = h.seq, member_count = 20
    FROM (SELECT conversation_id, max(seq) AS seq FROM messaging_message GROUP BY 1) h
    WHERE c.id = h.conversation_id
    """,
    "ANALYZE messaging_message, conversations_conversation, conversations_participant",
    "ANALYZE accounts_user",
]


def make_messages(rows: int) -> None:
    """`rows` messages in CONVERSATIONS conversations, a fifth of them public, by PEOPLE people.

    To be called inside a transaction.
    """
    sizes = {"rows": rows, "people": PEOPLE, "conversations": CONVERSATIONS}
    with connection.cursor() as cursor:
        for statement in _MAKE:
            cursor.execute(statement, sizes)
