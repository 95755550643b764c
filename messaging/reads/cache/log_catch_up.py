"""What has changed in a log since a rev that a cache has, so that it keeps the rest.

Each change of a message leaves its rev above all revs of before, by which clients keep up, too
(`change_keys`). One thing changes a message and not its rev: a reply, and whatever becomes of the
reply, changes what the root of its thread tells of its replies.
"""

from collections.abc import Collection

from chatproject.core.db.readings import Steps, query
from chatproject.core.db.statements import big
from conversations.models import Conversation
from messaging.reads.cache.log_cache import logs

# So many revs are caught up with. Where more has happened, little of what is cached is asked for.
MOST_REVS = 200

# What lies in files has not changed since it was put there. Also what has changed later than the
# head that the reader knows: it may have changed before that, too.
CHANGED = """
SELECT seq, thread_seq FROM messaging_message
WHERE conversation_id = %(conversation)s AND rev > %(since)s ORDER BY rev LIMIT %(limit)s
"""


def changed_since(head: Conversation, rev: int) -> Steps[Collection[int] | None]:
    """The seqs of messages that are new or may look different since this rev, at least up to the
    head; None where that is too much, or cannot be told since some of them may be in files."""
    if not head.archived_rev <= rev < head.last_rev <= rev + MOST_REVS:
        return None
    params = {"conversation": head.pk, "since": big(rev), "limit": big(MOST_REVS + 1)}
    rows = yield from query(CHANGED, params)
    if len(rows) > MOST_REVS:
        return None
    return {seq for row in rows for seq in row if seq is not None}


def catch_up(head: Conversation) -> Steps[None]:
    """Brings what is cached of the log to its head, if it is behind and can be."""
    rev = logs.rev_of(head.pk)
    if rev is not None and rev < head.last_rev:
        changed = yield from changed_since(head, rev)
        if changed is not None:
            logs.catch_up(head.pk, rev, head.last_rev, changed)
