"""The rule on who sees whose receipts, as SQL fragments.

Arguments are SQL, as in `conversations.posting`: the conversation's id, and the id of the person
who has received or read something.
"""

from accounts.people.privacy import shared_between
from conversations import posting
from conversations.visibility import sql

_HIDES = "hiding.receipts_for <> 'everyone'"


def is_untold(conversation: str, reader: str, c: str = "c") -> str:
    """Nobody else is told what this person receives and reads there: in a direct conversation when
    one of the two blocks the other or hides receipts from them, in others when the person hides
    them from anybody."""
    return (
        f"({posting.is_blocked(conversation, reader, c)}"
        f" OR CASE {c}.kind WHEN 'direct' THEN {_is_hidden_between(conversation, reader)}"
        f" ELSE {hides(reader)} END)"
    )


def is_untold_in_group(reader: str, people: str) -> str:
    """As `is_untold`, where the conversation is no direct one and the reader is one of the people
    that the query `people` finds: who hides receipts is looked up at once for all of them."""
    found = f"FROM accounts_user hiding WHERE hiding.id = ANY(ARRAY({people})) AND {_HIDES}"
    return f"({reader} = ANY(ARRAY(SELECT hiding.id {found})))"


def is_not_shown(viewer: str, c: str = "c") -> str:
    """Where many take part, the viewer hides receipts, and so is shown none."""
    return f"({c}.kind <> 'direct' AND {hides(viewer)})"


def hides(user: str) -> str:
    """By a seek for the one person: for an EXISTS PostgreSQL would rather read all who hide theirs,
    which it finds by looking at everybody."""
    found = f"FROM accounts_user hiding WHERE hiding.id = {user}"
    return f"coalesce((SELECT {_HIDES} {found}), false)"


def _is_hidden_between(conversation: str, reader: str) -> str:
    return (
        "EXISTS (SELECT FROM accounts_user one JOIN conversations_participant o"
        f" ON o.conversation_id = {conversation} AND o.user_id <> one.id AND {sql.is_open('o')}"
        f" JOIN accounts_user two ON two.id = o.user_id WHERE one.id = {reader}"
        f" AND NOT {shared_between('receipts', 'one', 'two')})"
    )
