"""The statements that store a batch of drafts; `store` runs them in one round trip."""

from attachments.content_type import PICTURES
from attachments.wire import AS_JSON
from messaging.moderation.models import CONTEXT

# A generic plan by nested index look-ups is right for a batch of any size and costs no planning;
# statistics of a young table would talk the planner into scans. Said before all others, which would
# be planned anew each time without it.
PLAN = """
SELECT set_config('plan_cache_mode', 'force_generic_plan', true),
       set_config('enable_hashjoin', 'off', true),
       set_config('enable_mergejoin', 'off', true),
       set_config('enable_seqscan', 'off', true)
"""

LOCK = """
SELECT set_config('chat.locked', '{' || coalesce((
           SELECT string_agg(id::text, ',') FROM (
               SELECT id FROM conversations_conversation
               WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE
           ) AS taken), '') || '}', true)
"""
LOCK_FREE = LOCK.replace("FOR NO KEY UPDATE", "FOR NO KEY UPDATE SKIP LOCKED")

LOCK_ATTACHMENTS = """
SELECT id FROM attachments_attachment WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE
"""

# So that who posts links into two conversations at once is counted in both; a first link has no row
# that could be locked otherwise.
LOCK_RATIONS = """
INSERT INTO messaging_ration AS r (user_id, links)
SELECT id, 0 FROM unnest($1::uuid[]) AS id ORDER BY id
ON CONFLICT (user_id) DO UPDATE SET links = r.links
"""

# Texts that neither answer, call, attach nor are under a rule, from people who may post: nearly all
# messages, by a statement with a third of the parts, since setting those up is most of what a small
# batch costs. The drafts come as columns and grouped by conversation: `n` counts within it, `run`
# holds for those at its head by one sender, of which `run_end` is the last. A conversation is
# stored with all its drafts, or is busy, or is not told of at all and is for the other statement.
PLAIN = """
WITH judged AS MATERIALIZED (
    SELECT *, bool_and(is_plain) OVER (PARTITION BY conversation_id) AS is_new
    FROM (
        SELECT d.*, p.id AS participant_id, c.member_rev,
               c.last_seq + d.n AS seq, c.last_rev + d.n AS rev,
               greatest(statement_timestamp(), c.last_at + interval '1 microsecond')
                   + (d.n - 1) * interval '1 microsecond' AS created_at,
               d.run AND p.last_read_seq = c.last_seq AS leads,
               c.id IS NOT NULL AND NOT c.id = ANY(
                   (SELECT current_setting('chat.locked')::uuid[])::uuid[]) AS is_busy,
               p.id IS NOT NULL AND old.seq IS NULL
               AND c.id = ANY((SELECT current_setting('chat.locked')::uuid[])::uuid[])
               AND (p.role <> 'member' OR c.kind <> 'broadcast' AND c.slow_seconds = 0)
               AND c.locked_at IS NULL
               AND NOT EXISTS (SELECT 1 FROM accounts_mute m WHERE m.user_id = d.sender_id)
               AND (c.kind <> 'direct' OR NOT (
                   EXISTS (SELECT 1 FROM accounts_block b JOIN conversations_participant o
                             ON o.conversation_id = d.conversation_id
                            AND o.user_id = b.blocked_id AND o.left_at IS NULL
                           WHERE b.blocker_id = d.sender_id)
                   OR EXISTS (SELECT 1 FROM accounts_block b JOIN conversations_participant o
                                ON o.conversation_id = d.conversation_id
                               AND o.user_id = b.blocker_id AND o.left_at IS NULL
                              WHERE b.blocked_id = d.sender_id)))
               AND (SELECT revision FROM messaging_rulebook WHERE id = 1)
                   IS NOT DISTINCT FROM $11::uuid AS is_plain
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bytea[], $6::text[],
                    $7::int[], $8::bool[], $9::bool[], $10::bool[]) WITH ORDINALITY
            AS d(id, conversation_id, sender_id, client_id, fingerprint, body,
                 n, is_last, run, run_end, ord)
        LEFT JOIN conversations_conversation c ON c.id = d.conversation_id
        LEFT JOIN conversations_participant p
            ON p.conversation_id = d.conversation_id AND p.user_id = d.sender_id
           AND p.left_at IS NULL
        LEFT JOIN messaging_message old
            ON old.conversation_id = d.conversation_id AND old.sender_id = d.sender_id
           AND old.client_id = d.client_id AND old.client_id IS NOT NULL
    ) AS asked
), heads AS (
    UPDATE conversations_conversation c
    SET last_seq = j.seq, last_rev = j.rev, last_at = j.created_at, last_message_at = j.created_at
    FROM judged j WHERE c.id = j.conversation_id AND j.is_last AND j.is_new
), pointers AS (
    UPDATE conversations_participant p
    SET last_read_seq = j.seq, last_read_at = j.created_at,
        last_delivered_seq = greatest(p.last_delivered_seq, j.seq)
    FROM judged j WHERE p.id = j.participant_id AND j.run_end AND j.leads AND j.is_new
), inserted AS (
    INSERT INTO messaging_message (
        id, conversation_id, seq, rev, sender_id, client_id, fingerprint, kind, body, sent_behind,
        created_at)
    SELECT id, conversation_id, seq, rev, sender_id, client_id, fingerprint, 'text', body,
           NOT leads, created_at
    FROM judged WHERE is_new
)
SELECT ord - 1, CASE WHEN is_new THEN 'new' ELSE 'busy' END, seq, rev, member_rev,
       (extract(epoch FROM created_at) * 1000000)::bigint
FROM judged WHERE is_new OR is_busy
"""

# All that a message may be. Statuses: `new` was stored now, `stored` already before; `busy` waits
# for a lock; `stale` was judged by word filters that no longer hold; the others are refusals, of
# which some tell how many seconds to `wait`. In slow mode the second of two drafts in one batch
# waits, even when the first is refused. `leads` holds for the run of messages at the head by a
# sender who had read up to there.
WHOLE = """
WITH locked AS MATERIALIZED (
    SELECT current_setting('chat.locked')::uuid[] AS ids
), draft AS (
    SELECT * FROM json_to_recordset($1::json)
        AS d(ord bigint, id uuid, conversation_id uuid, sender_id uuid, client_id uuid,
             fingerprint bytea, body text, reply_to_seq bigint, attachments uuid[], called uuid[],
             is_refused boolean, flag text, report_id uuid, ration int)
), words AS MATERIALIZED (
    SELECT (SELECT revision FROM messaging_rulebook WHERE id = 1)
        IS NOT DISTINCT FROM $2::uuid AS hold
), judged AS MATERIALIZED (
    SELECT d.*, c.last_seq, c.last_rev, p.id AS participant_id, p.last_read_seq,
           old.seq AS old_seq, coalesce(target.thread_seq, target.seq) AS thread_seq,
           greatest(statement_timestamp(), c.last_at + interval '1 microsecond') AS base,
           c.member_rev, CASE WHEN p.role = 'member' THEN c.slow_seconds ELSE 0 END AS pace,
           CASE
               WHEN old.seq IS NOT NULL THEN 'stored'
               WHEN c.id IS NULL THEN 'absent'
               WHEN NOT d.conversation_id = ANY((SELECT ids FROM locked)::uuid[]) THEN 'busy'
               WHEN p.id IS NULL THEN CASE
                   WHEN EXISTS (SELECT 1 FROM conversations_participant q
                                WHERE q.user_id = d.sender_id
                                  AND q.conversation_id = d.conversation_id)
                     OR c.kind = 'public' AND NOT EXISTS (
                            SELECT 1 FROM conversations_ban b
                            WHERE b.conversation_id = d.conversation_id
                              AND b.user_id = d.sender_id)
                   THEN 'not_a_participant' ELSE 'absent' END
               WHEN c.kind = 'broadcast' AND p.role = 'member' THEN 'posting_right_missing'
               WHEN c.locked_at IS NOT NULL THEN 'conversation_locked'
               WHEN EXISTS (SELECT 1 FROM accounts_mute m
                            WHERE m.user_id = d.sender_id
                              AND (m.ends_at IS NULL OR m.ends_at > statement_timestamp()))
               THEN 'muted'
               WHEN c.kind = 'direct' AND EXISTS (
                   SELECT 1 FROM conversations_participant o JOIN accounts_block b
                     ON (b.blocker_id = o.user_id AND b.blocked_id = d.sender_id)
                     OR (b.blocker_id = d.sender_id AND b.blocked_id = o.user_id)
                   WHERE o.conversation_id = d.conversation_id AND o.left_at IS NULL
               ) THEN 'blocked'
               WHEN d.reply_to_seq IS NOT NULL AND (
                   target.seq IS NULL OR target.deleted_at IS NOT NULL OR target.kind = 'system'
                   OR NOT (
                       c.kind = 'public' AND d.reply_to_seq >= c.open_from_seq
                       OR EXISTS (
                           SELECT 1 FROM conversations_participant q
                           WHERE q.user_id = d.sender_id
                             AND q.conversation_id = d.conversation_id
                             AND d.reply_to_seq >= q.from_seq AND d.reply_to_seq > q.cleared_seq
                             AND (q.to_seq IS NULL OR d.reply_to_seq <= q.to_seq)))
               ) THEN 'reply_target_not_found'
               WHEN d.attachments IS NOT NULL AND cardinality(d.attachments) <> (
                   SELECT count(*) FROM attachments_attachment a
                   WHERE a.id = ANY(d.attachments) AND a.uploader_id = d.sender_id
                     AND a.state <> 'refused' AND a.seq IS NULL
               ) THEN 'attachment_not_found'
               WHEN NOT (SELECT hold FROM words) THEN 'stale'
               WHEN d.is_refused THEN 'word_refused'
               WHEN c.slow_seconds > 0 AND p.role = 'member' AND (
                   EXISTS (SELECT 1 FROM draft e
                           WHERE e.ord < d.ord AND e.sender_id = d.sender_id
                             AND e.conversation_id = d.conversation_id)
                   OR EXISTS (SELECT 1 FROM messaging_lastpost l
                              WHERE l.conversation_id = d.conversation_id
                                AND l.user_id = d.sender_id
                                AND l.at + c.slow_seconds * interval '1 second'
                                    > statement_timestamp())
               ) THEN 'slow_mode'
               WHEN d.ration <= (
                   (SELECT count(*) FROM draft e
                    WHERE e.ord < d.ord AND e.sender_id = d.sender_id AND e.ration IS NOT NULL)
                   + coalesce((SELECT r.links FROM messaging_ration r
                               WHERE r.user_id = d.sender_id), 0)
               ) THEN 'too_many_links'
               ELSE 'new'
           END AS status
    FROM draft d
    LEFT JOIN conversations_conversation c ON c.id = d.conversation_id
    LEFT JOIN messaging_message old
        ON old.conversation_id = d.conversation_id AND old.sender_id = d.sender_id
       AND old.client_id = d.client_id AND old.client_id IS NOT NULL
    LEFT JOIN conversations_participant p
        ON p.conversation_id = d.conversation_id AND p.user_id = d.sender_id
       AND p.left_at IS NULL
    LEFT JOIN messaging_message target
        ON target.conversation_id = d.conversation_id AND target.seq = d.reply_to_seq
), placed AS (
    SELECT j.*, row_number() OVER w AS n,
           sender_id = first_value(sender_id) OVER w AND last_read_seq = last_seq AS may_lead
    FROM judged j WHERE status = 'new'
    WINDOW w AS (PARTITION BY conversation_id ORDER BY ord)
), numbered AS MATERIALIZED (
    SELECT p.*, last_seq + n AS seq, last_rev + n AS rev,
           base + (n - 1) * interval '1 microsecond' AS created_at,
           bool_and(may_lead) OVER (PARTITION BY conversation_id ORDER BY n) AS leads,
           CASE WHEN attachments IS NULL THEN 'text'
                WHEN (SELECT bool_and(a.content_type = ANY(string_to_array('{pictures}', ',')))
                      FROM attachments_attachment a WHERE a.id = ANY(p.attachments))
                THEN 'image' ELSE 'file' END AS kind
    FROM placed p
), heads AS (
    UPDATE conversations_conversation c
    SET last_seq = g.seq, last_rev = g.rev, last_at = g.at, last_message_at = g.at
    FROM (SELECT conversation_id, max(seq) AS seq, max(rev) AS rev, max(created_at) AS at
          FROM numbered GROUP BY conversation_id) g
    WHERE c.id = g.conversation_id
), pointers AS (
    UPDATE conversations_participant p
    SET last_read_seq = g.seq, last_read_at = g.at,
        last_delivered_seq = greatest(p.last_delivered_seq, g.seq)
    FROM (SELECT participant_id, max(seq) AS seq, max(created_at) AS at
          FROM numbered WHERE leads GROUP BY participant_id) g
    WHERE p.id = g.participant_id
), inserted AS (
    INSERT INTO messaging_message (
        id, conversation_id, seq, rev, sender_id, client_id, fingerprint, kind, body,
        reply_to_seq, thread_seq, sent_behind, created_at)
    SELECT id, conversation_id, seq, rev, sender_id, client_id, fingerprint, kind, body,
           reply_to_seq, thread_seq, NOT leads, created_at
    FROM numbered ORDER BY conversation_id, seq
), called AS (
    INSERT INTO messaging_mention (conversation_id, seq, user_id)
    SELECT n.conversation_id, n.seq, m.user_id
    FROM numbered n CROSS JOIN LATERAL unnest(n.called) AS m(user_id)
    WHERE n.called IS NOT NULL AND (m.user_id IS NULL OR EXISTS (
        SELECT 1 FROM conversations_participant q
        WHERE q.conversation_id = n.conversation_id AND q.user_id = m.user_id
          AND q.left_at IS NULL))
), claimed AS (
    UPDATE attachments_attachment a
    SET conversation_id = n.conversation_id, seq = n.seq, expires_at = NULL,
        position = array_position(n.attachments, a.id) - 1
    FROM numbered n WHERE n.attachments IS NOT NULL AND a.id = ANY(n.attachments)
), paced AS (
    INSERT INTO messaging_lastpost AS l (conversation_id, user_id, at)
    SELECT conversation_id, sender_id, max(created_at) FROM numbered WHERE pace > 0
    GROUP BY conversation_id, sender_id
    ON CONFLICT (conversation_id, user_id) DO UPDATE SET at = excluded.at
), rationed AS (
    INSERT INTO messaging_ration AS r (user_id, links)
    SELECT sender_id, count(*) FROM numbered WHERE ration IS NOT NULL
    GROUP BY sender_id ORDER BY sender_id
    ON CONFLICT (user_id) DO UPDATE SET links = r.links + excluded.links
), flagged AS (
    INSERT INTO messaging_report (
        id, created_at, person_id, conversation_id, seq, from_seq, to_seq, reason, comment)
    SELECT report_id, created_at, sender_id, conversation_id, seq,
           greatest(seq - {context}, 1), seq + {context}, 'word', flag
    FROM numbered WHERE flag IS NOT NULL
)
SELECT ord, status, seq, rev, member_rev, (extract(epoch FROM created_at) * 1000000)::bigint,
       kind, thread_seq, CASE WHEN attachments IS NOT NULL THEN (
           SELECT json_agg({attachment} ORDER BY array_position(n.attachments, a.id))
           FROM attachments_attachment a WHERE a.id = ANY(n.attachments)
       ) END, NULL::int AS wait
FROM numbered n
UNION ALL
SELECT ord, status, old_seq, NULL, NULL, NULL, NULL, NULL, NULL, CASE status
    WHEN 'slow_mode' THEN coalesce((
        SELECT ceil(extract(epoch FROM l.at - statement_timestamp()))::int
        FROM messaging_lastpost l
        WHERE l.conversation_id = j.conversation_id AND l.user_id = j.sender_id
          AND l.at + pace * interval '1 second' > statement_timestamp()), 0) + pace
    WHEN 'muted' THEN (
        SELECT ceil(extract(epoch FROM m.ends_at - statement_timestamp()))::int
        FROM accounts_mute m WHERE m.user_id = j.sender_id) END
FROM judged j WHERE status <> 'new'
"""
WHOLE = (
    WHOLE.replace("{attachment}", AS_JSON)
    .replace("{pictures}", ",".join(sorted(PICTURES)))
    .replace("{context}", str(CONTEXT))
)
