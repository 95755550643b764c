-- People, conversations and messages as release 0.1.0 wrote them: with its columns and no others.
INSERT INTO accounts_user (id, password, is_superuser, name, email, about, is_bot, is_active,
                           is_staff, created_at)
SELECT gen_random_uuid(), '', false, 'Person ' || n, 'p' || n || '@load.example', '', false, true,
       false, now()
FROM generate_series(1, 200) n;

INSERT INTO conversations_conversation (id, kind, title, topic, created_at, history)
SELECT gen_random_uuid(), CASE WHEN n % 5 = 0 THEN 'public' ELSE 'group' END, 'Load ' || n, '',
       now(), 'everything'
FROM generate_series(1, 50) n;

INSERT INTO conversations_participant (id, conversation_id, user_id, joined_at)
SELECT gen_random_uuid(), c.id, p.id, now()
FROM (SELECT id, row_number() OVER () AS n FROM conversations_conversation) c
JOIN (SELECT id, row_number() OVER () AS n FROM accounts_user) p ON (p.n - c.n * 4) % 200 < 20
     AND (p.n - c.n * 4) % 200 >= 0;

INSERT INTO messaging_message (id, conversation_id, seq, rev, sender_id, client_id, kind, body,
                               created_at)
SELECT gen_random_uuid(), c.id, n, n, p.user_id, gen_random_uuid(), 'text', 'message ' || n,
       now() - (1001 - n) * interval '1 second'
FROM conversations_conversation c
CROSS JOIN generate_series(1, 1000) n
CROSS JOIN LATERAL (
    SELECT user_id FROM conversations_participant WHERE conversation_id = c.id LIMIT 1
) p;

UPDATE conversations_conversation c
SET last_seq = 1000, last_rev = 1000, last_at = m.created_at, last_message_at = m.created_at,
    member_count = (SELECT count(*) FROM conversations_participant p
                    WHERE p.conversation_id = c.id)
FROM messaging_message m
WHERE m.conversation_id = c.id AND m.seq = 1000;

-- Who sends has read.
UPDATE conversations_participant p SET last_read_seq = 1000, last_delivered_seq = 1000
FROM messaging_message m
WHERE m.conversation_id = p.conversation_id AND m.sender_id = p.user_id AND m.seq = 1000;
