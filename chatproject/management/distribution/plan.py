"""Which table is kept where on a distributed database.

What belongs to a conversation is sharded by it, all in the same way, so that a statement about one
conversation runs on the node that has it. What such statements join and what is written rarely is a
reference table, a copy of which is on every node. Everything else stays on the coordinator, and no
statement joins it with a sharded table.
"""

from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    CONVERSATION = "by conversation"
    PERSON = "by person"
    REFERENCE = "on every node"
    LOCAL = "on the coordinator"


class Placement(NamedTuple):
    kind: Kind
    column: str = ""  # by which it is sharded


# The first table of a kind is the one that the others are colocated with.
BY_CONVERSATION = {
    "conversations_conversation": "id",
    **dict.fromkeys(
        (
            "accounts_notificationcursor",
            "conversations_ban",
            "conversations_joinrequest",
            "conversations_participant",
            "messaging_archivekeyrun",
            "messaging_archiverecall",
            "messaging_archivesegment",
            "messaging_forward",
            "messaging_hide",
            "messaging_inboxcursor",
            "messaging_lastpost",
            "messaging_mention",
            "messaging_message",
            "messaging_messagelinkpreview",
            "messaging_pollvote",
            "messaging_reaction",
            "messaging_receipt",
            "messaging_relaycursor",
            "messaging_revision",
            "messaging_saveddraft",
            "messaging_savedmessage",
            "messaging_searchcursor",
            "messaging_searchentry",
            "messaging_thread",
            "messaging_threadfollower",
        ),
        "conversation_id",
    ),
}
BY_PERSON = {
    "conversations_folder": "user_id",
    "conversations_folderentry": "user_id",
    "messaging_inboxentry": "user_id",
}
# In the order of the foreign keys among them.
REFERENCE = (
    "accounts_user",
    "accounts_block",
    "accounts_bot",
    "accounts_contact",
    "accounts_mute",
    "attachments_attachment",
    "attachments_linkpreview",
    "messaging_archivefile",
    "messaging_report",
    # One row, that each send reads: a worker knows by it whether other word filters hold.
    "messaging_rulebook",
)

PLACEMENTS = {
    **{table: Placement(Kind.CONVERSATION, column) for table, column in BY_CONVERSATION.items()},
    **{table: Placement(Kind.PERSON, column) for table, column in BY_PERSON.items()},
    **{table: Placement(Kind.REFERENCE) for table in REFERENCE},
}
LOCAL = Placement(Kind.LOCAL)


def placement_of(table: str) -> Placement:
    return PLACEMENTS.get(table, LOCAL)


def colocated_with(table: str) -> str:
    """The first table of its kind; its own name for that one."""
    kind = placement_of(table).kind
    return next(iter(BY_CONVERSATION if kind is Kind.CONVERSATION else BY_PERSON))
