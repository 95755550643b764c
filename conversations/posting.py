"""The one rule on who may post in a conversation, and who may add to its messages.

To post (send, edit, type) a person must be a participant with the right to post; the conversation
must not be locked; the person must not be muted; and in a direct conversation neither of the two
may block the other. To add to a message (react, pin) the same holds, except for the right to post
and the mute.

The rule has two forms, side by side: `posting_refusal` and `adding_refusal` in Python, which give
the reason, and the SQL fragments at the end, of which statements are composed.
tests/conformance/test_posting.py tests every path against one oracle. An action that writes checks
the rule under the conversation's lock.
"""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from chatproject.core.db.statements import fetch, statement
from chatproject.core.errors import Refusal
from conversations.errors import (
    Blocked,
    ConversationLocked,
    ConversationNotFound,
    Muted,
    NotAParticipant,
    PostingRightMissing,
)
from conversations.models import Conversation, Participant
from conversations.visibility import sql

Kind, Role = Conversation.Kind, Participant.Role


class LastingMute(NamedTuple):
    """A moderator has muted the person; `seconds_left` is None when the mute has no end."""

    seconds_left: int | None


@dataclass(frozen=True, slots=True)
class PostingFacts:
    """What the rule depends on, for one person in one conversation."""

    kind: str
    role: str | None  # in the open period; None without one
    is_known: bool  # whether the person may know that the conversation exists
    is_locked: bool
    mute: LastingMute | None
    is_blocked: bool  # in a direct conversation, by either of the two


def posting_refusal(facts: PostingFacts) -> Refusal | None:
    """Why the person may not post there; None if they may."""
    if (refusal := _membership_refusal(facts)) is not None:
        return refusal
    if facts.kind == Kind.BROADCAST and facts.role == Role.MEMBER:
        return PostingRightMissing()
    if facts.is_locked:
        return ConversationLocked()
    if facts.mute is not None:
        return Muted(facts.mute.seconds_left)
    return Blocked() if facts.is_blocked else None


def adding_refusal(facts: PostingFacts) -> Refusal | None:
    """Why the person may not add to messages there; None if they may."""
    if (refusal := _membership_refusal(facts)) is not None:
        return refusal
    if facts.is_locked:
        return ConversationLocked()
    return Blocked() if facts.is_blocked else None


def _membership_refusal(facts: PostingFacts) -> Refusal | None:
    if facts.role is not None:
        return None
    return NotAParticipant() if facts.is_known else ConversationNotFound()


def slow_mode_seconds(role: str, slow_seconds: int) -> int:
    """The seconds that must pass between two messages of a person in this role; 0: none."""
    return slow_seconds if role == Role.MEMBER else 0


def require_posting(conversation: Conversation, period: Participant) -> None:
    """Raises the `posting_refusal` for the person of the open period. One query."""
    if (refusal := posting_refusal(read_facts(conversation, period))) is not None:
        raise refusal


def require_adding(conversation: Conversation, period: Participant) -> None:
    """Raises the `adding_refusal` for the person of the open period. One query."""
    if (refusal := adding_refusal(read_facts(conversation, period))) is not None:
        raise refusal


def read_facts(conversation: Conversation, period: Participant) -> PostingFacts:
    """Reads the mute and the blocks of the person of the open period. One query."""
    ((is_muted, seconds_left, is_blocked),) = fetch(
        _MUTE_AND_BLOCK, {"conversation": conversation.pk, "user": _user_id(period)}
    )
    return PostingFacts(
        kind=conversation.kind,
        role=period.role,
        is_known=True,
        is_locked=conversation.locked_at is not None,
        mute=LastingMute(seconds_left) if is_muted else None,
        is_blocked=is_blocked,
    )


def _user_id(period: Participant) -> UUID:
    user_id: UUID = period.user_id
    return user_id


# Fragments. Arguments are SQL: a column (`d.sender_id`), or a parameter in the style of the
# statement (`%(user)s`, `$2`). `c` and `p` are aliases, in the statement around it, of the row of
# conversations_conversation and of the person's open period; `mute` is one of accounts_mute.


def has_right_to_post(c: str = "c", p: str = "p") -> str:
    """Only admins post in a broadcast conversation."""
    return f"({c}.kind <> 'broadcast' OR {p}.role <> 'member')"


def is_unlocked(c: str = "c") -> str:
    return f"{c}.locked_at IS NULL"


def is_not_slowed(c: str = "c", p: str = "p") -> str:
    """There is no slow mode, or it does not apply to the person: `slow_mode_seconds` is 0."""
    return f"({c}.slow_seconds = 0 OR {p}.role <> 'member')"


def mute_lasts(mute: str = "mute") -> str:
    return f"({mute}.ends_at IS NULL OR {mute}.ends_at > statement_timestamp())"


def mute_seconds_left(mute: str = "mute") -> str:
    """NULL when the mute has no end."""
    return f"ceil(extract(epoch FROM {mute}.ends_at - statement_timestamp()))::int"


def is_muted(user: str) -> str:
    return (
        "EXISTS (SELECT FROM accounts_mute mute"
        f" WHERE mute.user_id = {user} AND {mute_lasts('mute')})"
    )


def is_blocked(conversation: str, user: str, c: str = "c") -> str:
    """In a direct conversation one of the two blocks the other."""

    def blocks(user_is: str, other_is: str) -> str:
        return (
            "EXISTS (SELECT FROM accounts_block b JOIN conversations_participant o"
            f" ON o.conversation_id = {conversation} AND o.user_id = b.{other_is}"
            f" AND {sql.is_open('o')} WHERE b.{user_is} = {user})"
        )

    return (
        f"({c}.kind = 'direct' AND ({blocks('blocker_id', 'blocked_id')}"
        f" OR {blocks('blocked_id', 'blocker_id')}))"
    )


def may_post(conversation: str, user: str, c: str = "c", p: str = "p") -> str:
    """The whole rule for posting, for the person of the open period `p`."""
    return (
        f"({has_right_to_post(c, p)} AND {is_unlocked(c)} AND NOT {is_muted(user)}"
        f" AND NOT {is_blocked(conversation, user, c)})"
    )


_MUTE_AND_BLOCK = statement(
    """
    SELECT mute.user_id IS NOT NULL, {seconds_left}, {is_blocked}
    FROM conversations_conversation c
    LEFT JOIN accounts_mute mute ON mute.user_id = %(user)s AND {lasts}
    WHERE c.id = %(conversation)s
    """,
    seconds_left=mute_seconds_left(),
    lasts=mute_lasts(),
    is_blocked=is_blocked("%(conversation)s", "%(user)s"),
)
