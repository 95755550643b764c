"""Messages as one person sees them: the columns that every read selects, and their JSON.

A select joins the message `m` to a stretch `s` of the log that the person sees, of which `to_rev`
bounds the changes that show. So a message is read back to how it stood in the same statement:

    SELECT {SHOWN} FROM … s CROSS JOIN LATERAL (…) m {BESIDE}

Who looks is the parameter `viewer`. Ids are read as text, which is what becomes of them: making a
UUID of each and a text of that took half the time of a page.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from attachments.wire import AS_JSON, attachment_json
from chatproject.core.db.statements import statement
from conversations.visibility import FOREVER
from messaging.wire import MAX_REACTION_NAMES, ROW_FIELDS, MessageRow, message_json

# A reaction stands for the revs [rev, removed_rev). Most messages have none, and to find that out
# costs half of what counting none does.
STANDING = """
messaging_reaction
WHERE conversation_id = m.conversation_id AND seq = m.seq
  AND rev <= s.to_rev AND (removed_rev IS NULL OR removed_rev > s.to_rev)
"""
REACTIONS = statement(
    """
    CASE WHEN EXISTS (SELECT FROM {standing}) THEN (
        SELECT json_agg(json_build_array(r.emoji, r.number, r.people[1:{names}], r.mine)
                        ORDER BY r.first)
        FROM (
            SELECT emoji, count(*) AS number, array_agg(user_id ORDER BY id) AS people,
                   bool_or(user_id = %(viewer)s) AS mine, min(id) AS first
            FROM {standing} GROUP BY emoji
        ) r
    ) END
    """,
    standing=STANDING,
    names=str(MAX_REACTION_NAMES),
)

ATTACHMENTS = statement(
    """
    CASE WHEN m.kind IN ('image', 'file') AND m.deleted_at IS NULL THEN (
        SELECT json_agg({shape} ORDER BY a.position)
        FROM attachments_attachment a
        WHERE a.conversation_id = m.conversation_id AND a.seq = m.seq
    ) END
    """,
    shape=AS_JSON,
)

IDS = {"id", "conversation_id", "sender_id", "client_id", "pinned_by_id"}
COLUMNS = ", ".join(f"m.{name}::text" if name in IDS else f"m.{name}" for name in ROW_FIELDS)

SHOWN = f"""
{COLUMNS}, s.to_rev, old.rev, old.body, old.created_at,
m.sender_id = %(viewer)s, sender.name, sender.is_bot, {REACTIONS}, {ATTACHMENTS}
"""

# The text as it stood at `to_rev`, where the message was changed after it; nothing where it never
# was edited, since then the present text is the one that stood. And who sent it.
BESIDE = """
LEFT JOIN LATERAL (
    SELECT v.rev, v.body, v.created_at FROM messaging_revision v
    WHERE v.conversation_id = m.conversation_id AND v.seq = m.seq AND v.rev <= s.to_rev
      AND m.rev > s.to_rev AND m.deleted_at IS NULL
    ORDER BY v.rev DESC LIMIT 1
) old ON true
LEFT JOIN accounts_user sender ON sender.id = m.sender_id
"""

NOT_HIDDEN = """
NOT EXISTS (
    SELECT FROM messaging_hide h
    WHERE h.conversation_id = m.conversation_id AND h.user_id = %(viewer)s AND h.seq = m.seq
)
"""


NOBODY = UUID(int=0)  # as the viewer of what is the same for everybody


class Shown(NamedTuple):
    """A message as somebody sees it.

    The ids in `row` are texts. `last_rev` is its present rev, which the viewer may not know.
    """

    row: MessageRow
    last_rev: int
    is_own: bool
    sender_name: str | None
    sender_is_bot: bool | None
    reactions: Sequence[tuple[str, int, list[str], bool]]
    attachments: Sequence[Sequence[Any]]  # see attachments.wire


class Watermarks(NamedTuple):
    """How far all the others in a conversation have it."""

    delivered: int
    read: int


def shown(columns: Sequence[Any]) -> Shown:
    """A row of SHOWN."""
    *fields, to_rev, old_rev, body, at, is_own, name, is_bot, reactions, attachments = columns
    row: MessageRow = dict(zip(ROW_FIELDS, fields, strict=True))  # type: ignore[assignment]
    last_rev = row["rev"]
    if to_rev < FOREVER:
        _turn_back(row, to_rev, old_rev, body, at)
    return Shown(row, last_rev, bool(is_own), name, is_bot, reactions or (), attachments or ())


def _turn_back(row: MessageRow, to_rev: int, old_rev: int | None, body: Any, at: Any) -> None:
    """Who left sees deletions, and nothing else that came after `to_rev`.

    Whether a pin stood then cannot be told, so none is shown; nor can the rev of the last change
    before it, so all of them stand at `to_rev`, or a message's rev would tell that it has changed.
    """
    row["pinned_at"] = row["pinned_by_id"] = None
    if row["deleted_at"] is not None:
        return
    row["rev"] = to_rev
    if old_rev is not None:
        row["body"] = body
        row["edited_at"] = at if old_rev else None


def shared_json(message: Shown) -> dict[str, Any]:
    """The shape of events and acks, at the state that the person sees."""
    attachments = list(map(attachment_json, message.attachments))
    shape = message_json(message.row, attachments=attachments)
    if message.reactions:
        shape["reactions"] = [
            {"emoji": emoji, "count": number, "userIds": people}
            for emoji, number, people, _ in message.reactions
        ]
    return shape


def own_json(message: Shown, floors: Watermarks | None) -> dict[str, Any]:
    """The shared shape, and beside it what only the viewer is told."""
    shape = shared_json(message)
    shape["mine"] = message.is_own
    row = message.row
    shape["status"] = status_of(row["kind"], row["seq"], floors) if message.is_own else None
    shape["myReactions"] = [emoji for emoji, _, _, is_own in message.reactions if is_own]
    return shape


def status_of(kind: str, seq: int, floors: Watermarks | None) -> str | None:
    """Of an own message: sent, delivered or read, which it is when all the others have read it.

    Without floors (a large conversation, or one that the sender has left) nothing more is told
    than that it was sent.
    """
    if kind == "system":
        return None
    if floors is not None and seq <= floors.read:
        return "read"
    if floors is not None and seq <= floors.delivered:
        return "delivered"
    return "sent"


def newest_rev(messages: Iterable[Shown]) -> int:
    return max((message.last_rev for message in messages), default=0)
