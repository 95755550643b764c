"""The SQL of the inbox: which conversations are on a page, in order (LISTS), and the contents of
given ones (THESE). The first is asked first, with the version of each conversation, since most
entries are cached by version (`entry_cache`).

`p` is the person's open period, else the one that ended last; `c` is its conversation, `s` both of
them as the person may know them: who left sees what the conversation was then, unless it is public
and they read on as anyone does.
"""

from collections.abc import Callable
from typing import NamedTuple

from chatproject.core.db.statements import statement
from conversations.visibility import FOREVER, sql
from messaging.reads.answer_size import SIZE, fitting
from messaging.reads.message_rows import OF_MANY
from messaging.reads.shards import Condition, asked_once
from messaging.reads.unread import UNREAD, UNREAD_MENTIONS

READS_AS_PUBLIC = sql.reads_as_public("c.id", sql.VIEWER)

# The same in Python is `own_state.has_returned`.
HAS_RETURNED = (
    "(c.last_message_at > p.archived_at"
    " AND (p.muted_until IS NULL OR p.muted_until <= statement_timestamp()))"
)

CONVERSATIONS = """
SELECT c.id AS conversation_id, c.kind, c.created_by_id, c.created_at, c.history, c.open_from_seq,
       c.locked_at, %(viewer)s::uuid AS user_id, {low} AS low, {high} AS high,
       CASE WHEN {is_live} THEN c.title ELSE p.left_title END AS title,
       CASE WHEN {is_live} THEN c.topic ELSE p.left_topic END AS topic,
       CASE WHEN {is_live} THEN c.picture_id END AS picture_id,
       CASE WHEN {is_live} THEN c.member_count END AS member_count,
       CASE WHEN {is_live} THEN c.last_message_at END AS last_message_at,
       CASE WHEN {is_live} THEN c.last_seq ELSE least(c.last_seq, p.to_seq) END AS head,
       CASE WHEN {is_live} THEN c.last_rev ELSE least(c.last_rev, p.to_rev) END AS rev,
       CASE WHEN {is_live} THEN c.member_rev ELSE least(c.member_rev, p.to_rev) END AS member_rev,
       CASE WHEN {is_live} THEN {forever} ELSE p.to_rev END AS to_rev,
       least({first_seq}, CASE WHEN {is_live} THEN {public_from_seq} END) AS from_seq,
       coalesce(p.pinned_at, '-infinity') AS pinned,
       {activity} AS activity,
       p.role, p.joined_at, p.left_at, p.last_read_seq, p.last_delivered_seq, p.unread_mark,
       p.cleared_seq, p.muted_until, p.notify, p.pinned_at,
       CASE WHEN {is_live} AND {has_returned} THEN NULL ELSE p.archived_at END AS archived_at,
       p.state_rev, c.xmin AS log_version, p.xmin AS own_version
FROM {tables}
{live}
WHERE {condition}
"""

# Pinned ones first, then by the last message; the one key is unique, so that a cursor can hold it.
ORDER = "s.pinned DESC, s.activity DESC, s.conversation_id DESC"


def _page_of(conversations: str) -> str:
    return f"""
    SELECT {{columns}} FROM ({conversations}) s
    WHERE (s.pinned, s.activity, s.conversation_id) < (
              coalesce(%(pinned)s::timestamptz, '-infinity'),
              %(activity)s::timestamptz, %(last)s::uuid)
      AND (%(archived)s::boolean IS NULL OR (s.archived_at IS NOT NULL) = %(archived)s)
      AND {{filter}}
    ORDER BY {ORDER} LIMIT %(limit)s
    """  # noqa: S608 (constants)


PAGE = _page_of(CONVERSATIONS)

# What orders the conversations that somebody is in, and no more: the other columns would be dragged
# through the sorting, though they are empty there, which took a sixth of the time.
ORDERED = """
SELECT c.id AS conversation_id, p.pinned_at, coalesce(p.pinned_at, '-infinity') AS pinned,
       {activity} AS activity,
       CASE WHEN {has_returned} THEN NULL ELSE p.archived_at END AS archived_at,
       c.xmin AS log_version, p.xmin AS own_version
FROM {tables} WHERE {condition}
"""
ORDERED_PAGE = _page_of(ORDERED)

# What an entry is made of, its peer and people's names aside: the conversation's row, which every
# change of its log writes; the person's own period, which every change of the own state writes; and
# whether the time has brought it back. The numbers of transactions repeat in another cluster and
# after this one was restored from its files, but then PostgreSQL was started since.
VERSION = """
s.log_version, s.own_version, s.archived_at IS NOT NULL AS is_archived,
pg_postmaster_start_time() AS started_at
"""

LIST = f"""
SELECT s.conversation_id::text, s.pinned_at, s.activity, {VERSION}
FROM ({{page}}) s ORDER BY {ORDER}
"""  # noqa: S608 (constants)

# In the order of `Head`, `Period` and `Peer` in messaging.reads.inbox.entries.
FIELDS = """
s.conversation_id::text, s.kind, s.title, s.topic, s.picture_id::text,
s.created_by_id::text, s.created_at,
s.member_count, s.history, s.open_from_seq, s.locked_at, s.last_message_at, s.head, s.rev,
s.member_rev, s.from_seq, s.role, s.joined_at, s.left_at, s.last_read_seq, s.last_delivered_seq,
s.unread_mark, s.cleared_seq, s.muted_until, s.notify, s.pinned_at, s.archived_at, s.state_rev,
peer.id::text, peer.name, peer.nickname, peer.is_active, peer.status_emoji, peer.status_text,
peer.avatar_id::text
"""

# What the peer part is made of: their account `u`, what the viewer keeps of them as a contact `k`,
# and whether their status lasts.
LASTS = "(u.status_until IS NULL OR u.status_until > statement_timestamp())"
PEER_VERSION = f"u.xmin AS account_version, k.xmin AS contact_version, {LASTS} AS lasts"

# Of a direct conversation: the other one of the two, and of notes to oneself oneself.
PEER = f"""
SELECT u.id, u.name, k.nickname, u.is_active,
       CASE WHEN {LASTS} THEN u.status_emoji ELSE '' END AS status_emoji,
       CASE WHEN {LASTS} THEN u.status_text ELSE '' END AS status_text,
       u.avatar_id, {PEER_VERSION}
FROM conversations_participant o
JOIN accounts_user u ON u.id = o.user_id
LEFT JOIN accounts_contact k ON k.owner_id = s.user_id AND k.person_id = u.id
WHERE s.kind = 'direct' AND o.conversation_id = s.conversation_id AND o.left_at IS NULL
ORDER BY o.user_id = s.user_id LIMIT 1
"""  # noqa: S608 (constants)

# Names, and the versions of peers.
PEOPLE = f"""
SELECT u.id::text, u.name, u.is_bot, {PEER_VERSION}
FROM accounts_user u
LEFT JOIN accounts_contact k ON k.owner_id = %(viewer)s AND k.person_id = u.id
WHERE u.id = ANY(ARRAY(SELECT unnest(%(ids)s::uuid[])))
"""  # noqa: S608 (constants)

# Who left what became public later does not see what came between, so that there the whole rule is
# asked; all others see every seq of an entry's range.
IN_REACH = statement(
    "m.seq BETWEEN s.from_seq AND s.head AND (s.left_at IS NULL OR {is_visible})",
    is_visible=sql.is_visible("m.seq", "s.conversation_id", "s.user_id", "s"),
)

LAST_MESSAGE = """
SELECT * FROM messaging_message m
WHERE m.conversation_id = s.conversation_id AND {in_reach}
  AND {in_timeline} AND {not_hidden}
ORDER BY m.seq DESC LIMIT 1
"""

ENTRIES = """
WITH page AS MATERIALIZED ({page})
SELECT {fields}, {unread}, {mentions}, {columns}, {version},
       peer.account_version, peer.contact_version, peer.lasts, s.topic AS topic_of_log,
       row_number() OVER (ORDER BY {order}) AS number
FROM page s
LEFT JOIN LATERAL ({peer}) peer ON true
LEFT JOIN LATERAL ({last_message}) m ON true
{joins}
OFFSET 0
"""

# Of an entry beside its last message: the names of the fields, times, a title and a name.
ENTRY_BYTES = 1_500
ENTRY_SIZE = f"{ENTRY_BYTES} + octet_length(r.topic_of_log) + {SIZE}"


class Source(NamedTuple):
    """Where `p` and `c` come from."""

    tables: str
    condition: str
    is_live: str
    activity: str = "coalesce(p.left_at, c.last_message_at, c.created_at)"


INSIDE = Source(
    "conversations_participant p JOIN conversations_conversation c ON c.id = p.conversation_id",
    f"p.user_id = %(viewer)s AND {sql.is_open()}",
    "true",
)
LEFT = Source(
    """
    (SELECT DISTINCT ON (conversation_id) *, xmin FROM conversations_participant
     WHERE user_id = %(viewer)s ORDER BY conversation_id, left_at DESC NULLS FIRST) p
    JOIN conversations_conversation c ON c.id = p.conversation_id
    """,
    "p.left_at IS NOT NULL",
    READS_AS_PUBLIC,
)
GIVEN = Source(
    """
    conversations_conversation c LEFT JOIN LATERAL (
        SELECT *, xmin FROM conversations_participant
        WHERE conversation_id = c.id AND user_id = %(viewer)s
        ORDER BY left_at DESC NULLS FIRST LIMIT 1) p ON true
    """,
    f"""
    c.id = ANY(ARRAY(SELECT unnest(%(ids)s::uuid[])))
    AND (p.id IS NOT NULL OR {READS_AS_PUBLIC})
    """,
    f"({sql.is_open()} OR {READS_AS_PUBLIC})",
)
ANY, UNREAD_ONLY = "true", f"(s.unread_mark OR {UNREAD} > 0)"


def rows_of(
    template: str,
    source: Source,
    only: str = ANY,
    *,
    columns: str = "s.*",
    asked: Callable[[str], Condition] = asked_once,
) -> str:
    """The rows `s` of a source: conversations as the person may know them. `asked` is how it is
    found out whether they see one as it is now."""
    live = asked(source.is_live)
    return statement(
        template,
        columns=columns,
        tables=source.tables,
        condition=source.condition,
        live=live.join,
        is_live=live.sql,
        activity=source.activity,
        filter=only,
        low=sql.unread_after(),
        high=sql.unread_up_to(),
        first_seq=sql.first_seq(),
        public_from_seq=sql.public_from_seq(),
        forever=str(FOREVER),
        has_returned=HAS_RETURNED,
    )


def entries_of(page: str) -> str:
    """The statement for the entries of the rows `page`."""
    rows = statement(
        ENTRIES,
        page=page,
        fields=FIELDS,
        version=VERSION,
        unread=UNREAD,
        mentions=UNREAD_MENTIONS,
        columns=OF_MANY.columns,
        peer=PEER,
        last_message=statement(
            LAST_MESSAGE,
            in_reach=IN_REACH,
            in_timeline=sql.in_timeline(),
            not_hidden=OF_MANY.not_hidden,
        ),
        joins=OF_MANY.joins,
        order=ORDER,
    )
    return fitting(rows, order="number", size=ENTRY_SIZE)


def list_of(page: str) -> str:
    """The statement for the rows `page` in their order, as `Listed` in
    messaging.reads.inbox.listing has them."""
    return statement(LIST, page=page)


# By (left, only unread).
LISTS = {
    (left, unread): list_of(rows_of(PAGE, LEFT if left else INSIDE, UNREAD_ONLY if unread else ANY))
    for left in (False, True)
    for unread in (False, True)
} | {(False, False): list_of(rows_of(ORDERED_PAGE, INSIDE))}
THESE = entries_of(rows_of(CONVERSATIONS, GIVEN))
