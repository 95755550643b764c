"""Messages as one person sees them: the columns that every read selects, and their JSON.

A statement joins each message `m` to the span `s` of the log that the person sees it in, whose
`to_rev` bounds the changes that show. So it also restores a message to how it stood then:

    SELECT {columns} FROM … s CROSS JOIN LATERAL (… m) m {joins}

The person is the parameter `viewer`. Ids are read as text, which is what becomes of them: making a
UUID of each and a text of that took half the time of a page.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from attachments.wire import AS_JSON, attachment_json
from chatproject.core.db.statements import statement
from conversations.visibility import FOREVER, sql
from messaging.buttons import without_buttons
from messaging.link_previews import AS_JSON as LINK_PREVIEW_AS_JSON
from messaging.link_previews import FLAG, link_previews_json
from messaging.polls import MAX_VOTER_NAMES, ChoiceVotes, as_stood, own_choices
from messaging.reads.threads.rows import Thread, thread_column, thread_of_column
from messaging.wire import MAX_REACTION_NAMES, ROW_FIELDS, MessageRow, message_json

# A reaction exists for the revs [rev, removed_rev).
STANDING_REACTIONS = """
messaging_reaction
WHERE conversation_id = {conversation} AND seq = m.seq
  AND rev <= s.to_rev AND (removed_rev IS NULL OR removed_rev > s.to_rev)
"""
# Most messages have none, and finding that out costs half of counting none.
REACTIONS = """
CASE WHEN EXISTS (SELECT FROM {standing}) THEN (
    SELECT json_agg(json_build_array(r.emoji, r.number, r.people[1:{names}], r.mine)
                    ORDER BY r.first)
    FROM (
        SELECT emoji, count(*) AS number, array_agg(user_id ORDER BY id) AS people,
               bool_or(user_id = %(viewer)s) AS mine, min(id) AS first
        FROM {standing} GROUP BY emoji
    ) r
) END
"""

STANDING_VOTES = """
messaging_pollvote
WHERE conversation_id = {conversation} AND seq = m.seq
  AND rev <= s.to_rev AND (removed_rev IS NULL OR removed_rev > s.to_rev)
"""
# How many people voted, and the votes for each choice.
VOTES = """
CASE WHEN m.meta ? 'poll' THEN (
    SELECT json_build_array((SELECT count(DISTINCT user_id) FROM {standing}),
        coalesce(json_agg(json_build_array(v.choice, v.number, v.people[1:{names}], v.mine)
                 ORDER BY v.choice), '[]'))
    FROM (
        SELECT choice, count(*) AS number, array_agg(user_id ORDER BY id) AS people,
               bool_or(user_id = %(viewer)s) AS mine
        FROM {standing} GROUP BY choice
    ) v
) END
"""

LINK_PREVIEWS = """
CASE WHEN m.meta ? '{flag}' THEN (
    SELECT json_agg({shape} ORDER BY l.position)
    FROM messaging_messagelinkpreview l JOIN attachments_linkpreview p ON p.id = l.preview_id
    WHERE l.conversation_id = {conversation} AND l.seq = m.seq
      AND l.rev <= s.to_rev AND (l.removed_rev IS NULL OR l.removed_rev > s.to_rev)
) END
"""

ATTACHMENTS = """
CASE WHEN m.kind IN ('image', 'file') AND m.deleted_at IS NULL THEN (
    SELECT json_agg({shape} ORDER BY a.position)
    FROM attachments_attachment a
    WHERE a.conversation_id = {conversation} AND a.seq = m.seq
) END
"""

IDS = {"id", "conversation_id", "sender_id", "client_id", "pinned_by_id"}
FIELDS = ", ".join(f"m.{name}::text" if name in IDS else f"m.{name}" for name in ROW_FIELDS)

COLUMNS = """
{fields}, s.to_rev, old.rev, old.body AS old_body, old.created_at,
m.sender_id = %(viewer)s, sender.name, sender.is_bot,
{reactions} AS reactions, {attachments} AS attachments, {thread} AS thread, {votes} AS votes,
{link_previews} AS link_previews
"""

# The text as of `to_rev`, if the message was changed later; NULL if it was never edited, since then
# the present text is that text. And the sender.
JOINS = """
LEFT JOIN LATERAL (
    SELECT v.rev, v.body, v.created_at FROM messaging_revision v
    WHERE v.conversation_id = {conversation} AND v.seq = m.seq AND v.rev <= s.to_rev
      AND m.rev > s.to_rev AND m.deleted_at IS NULL
    ORDER BY v.rev DESC LIMIT 1
) old ON true
LEFT JOIN accounts_user sender ON sender.id = m.sender_id
"""


class Select(NamedTuple):
    """The parts of a statement that selects messages."""

    columns: str
    joins: str
    not_hidden: str


def _select(conversation: str) -> Select:
    standing = statement(STANDING_REACTIONS, conversation=conversation)
    reactions = statement(REACTIONS, standing=standing, names=str(MAX_REACTION_NAMES))
    standing_votes = statement(STANDING_VOTES, conversation=conversation)
    votes = statement(VOTES, standing=standing_votes, names=str(MAX_VOTER_NAMES))
    link_previews = statement(
        LINK_PREVIEWS, conversation=conversation, flag=FLAG, shape=LINK_PREVIEW_AS_JSON
    )
    attachments = statement(ATTACHMENTS, conversation=conversation, shape=AS_JSON)
    thread = thread_column(conversation, "m.seq", "s.to_rev")
    columns = statement(
        COLUMNS,
        fields=FIELDS,
        reactions=reactions,
        attachments=attachments,
        thread=thread,
        votes=votes,
        link_previews=link_previews,
    )
    return Select(
        columns,
        statement(JOINS, conversation=conversation),
        sql.not_hidden("m.seq", conversation, sql.VIEWER),
    )


# For the one conversation of the parameter, by which every table is read; and for many.
OF_ONE, OF_MANY = _select(sql.CONVERSATION), _select("m.conversation_id")

NOBODY = UUID(int=0)  # the viewer, where the result is the same for everybody


class VisibleMessage(NamedTuple):
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
    thread: Thread | None = None  # that it is the root of
    votes: Sequence[ChoiceVotes] = ()  # of a poll
    voter_count: int = 0
    link_previews: Sequence[Sequence[Any]] = ()  # see messaging.link_previews


class Watermarks(NamedTuple):
    """How far all others in a conversation have received and read."""

    delivered: int
    read: int


def message_from_row(columns: Sequence[Any]) -> VisibleMessage:
    """A row of `Select.columns`."""
    *rest, reactions, files, thread, votes, link_previews = columns
    *fields, to_rev, old_rev, body, at, is_own, name, is_bot = rest
    row: MessageRow = dict(zip(ROW_FIELDS, fields, strict=True))  # type: ignore[assignment]
    last_rev = row["rev"]
    if to_rev < FOREVER:
        _restore(row, to_rev, old_rev, body, at)
    return VisibleMessage(
        row,
        last_rev,
        bool(is_own),
        name,
        is_bot,
        reactions or (),
        files or (),
        thread_of_column(thread),
        [tuple(each) for each in votes[1]] if votes else (),
        votes[0] if votes else 0,
        link_previews or (),
    )


def _restore(row: MessageRow, to_rev: int, old_rev: int | None, body: Any, at: Any) -> None:
    """The row as a person who left sees it: deletions, but no other change after `to_rev`.

    Whether it was pinned then is unknown, so no pin is shown. The rev of its last change before is
    unknown too, so it gets `to_rev`; its real rev would reveal that it has changed.
    """
    row["pinned_at"] = row["pinned_by_id"] = None
    if row["deleted_at"] is not None:
        return
    row["rev"] = to_rev
    row["meta"] = without_buttons(as_stood(row["meta"], to_rev))
    if old_rev is not None:
        row["body"] = body
        row["edited_at"] = at if old_rev else None


def shared_json(message: VisibleMessage) -> dict[str, Any]:
    """The shape of events and acks, in the state that the person sees."""
    attachments = list(map(attachment_json, message.attachments))
    thread = message.thread and message.thread.shared_json()
    shape = message_json(
        message.row,
        attachments=attachments,
        thread=thread,
        votes=message.votes,
        voter_count=message.voter_count,
        link_previews=link_previews_json(
            message.row["conversation_id"], message.row["seq"], message.link_previews
        ),
    )
    if message.reactions:
        shape["reactions"] = [
            {"emoji": emoji, "count": number, "userIds": people}
            for emoji, number, people, _ in message.reactions
        ]
    return shape


def viewer_json(message: VisibleMessage, watermarks: Watermarks | None) -> dict[str, Any]:
    """The shared shape, plus the fields for this viewer alone."""
    return add_viewer(thread_shape(message), message.is_own, my_reactions(message), watermarks)


def thread_shape(message: VisibleMessage) -> dict[str, Any]:
    """The shared shape, with the viewer's own state of its thread and poll."""
    shape = shared_json(message)
    if message.thread is not None:
        shape["thread"] |= message.thread.own_json()
    if shape["poll"] is not None:
        shape["poll"]["myChoices"] = own_choices(message.votes)
    return shape


def my_reactions(message: VisibleMessage) -> list[str]:
    return [emoji for emoji, _, _, is_own in message.reactions if is_own]


def add_viewer(
    shape: dict[str, Any], is_own: bool, my_reactions: list[str], watermarks: Watermarks | None
) -> dict[str, Any]:
    """Adds the fields for this viewer alone to a shared shape."""
    status = _status_in(shape, watermarks) if is_own else None
    shape |= viewer_fields(is_own, status, my_reactions)
    return shape


def viewer_fields(is_own: bool, status: str | None, my_reactions: list[str]) -> dict[str, Any]:
    return {"mine": is_own, "status": status, "myReactions": my_reactions}


def _status_in(shape: Mapping[str, Any], watermarks: Watermarks | None) -> str | None:
    """The status of a reply that stays in a thread: at most delivered, since a read pointer of the
    timeline says nothing about threads."""
    stays_in_thread = shape["threadSeq"] is not None and not shape["alsoToConversation"]
    if stays_in_thread and watermarks is not None:
        watermarks = watermarks._replace(read=0)
    return status_of(shape["kind"], shape["seq"], watermarks)


def status_of(kind: str, seq: int, watermarks: Watermarks | None) -> str | None:
    """The status of an own message: sent, delivered or, when all others have read it, read.

    Without watermarks (a large conversation, or one that the sender has left) it stays sent.
    """
    if kind == "system":
        return None
    if watermarks is not None and seq <= watermarks.read:
        return "read"
    if watermarks is not None and seq <= watermarks.delivered:
        return "delivered"
    return "sent"


def newest_rev(messages: Iterable[VisibleMessage]) -> int:
    return max((message.last_rev for message in messages), default=0)
