"""The people to whom messages refer by id."""

from collections.abc import Iterable, Iterator
from typing import Any

from chatproject.core.db.readings import Steps, query, reading
from chatproject.core.db.statements import fetch
from messaging.mentions import mentioned_in
from messaging.reads.message_rows import VisibleMessage
from messaging.wire import MessageRow

MAX_PEOPLE = 500

PEOPLE = "SELECT id::text, name, is_bot FROM accounts_user WHERE id = ANY(%(ids)s::uuid[])"


@reading
def people_in(messages: Iterable[VisibleMessage]) -> Steps[list[dict[str, Any]]]:
    """id, name, isBot of who sent the messages, is called by them or named in their system events.

    One query when there are others than senders, of more than MAX_PEOPLE for only that many.
    """
    senders: dict[str, dict[str, Any]] = {}
    others: dict[str, None] = {}
    for message in messages:
        sender_id: Any = message.row["sender_id"]
        if sender_id is not None and sender_id not in senders:
            senders[sender_id] = named_person(sender_id, message.sender_name, message.sender_is_bot)
        others |= dict.fromkeys(named_in(message.row))
    wanted = [other for other in others if other not in senders][:MAX_PEOPLE]
    rows = (yield from query(PEOPLE, {"ids": wanted})) if wanted else []
    return [*senders.values(), *(named_person(*row) for row in rows)]


def named_person(user_id: str, name: str | None, is_bot: bool | None) -> dict[str, Any]:
    return {"id": user_id, "name": name, "isBot": is_bot}


def named_in(row: MessageRow) -> Iterator[str]:
    """The ids of those whom a message calls, or tells of as a system message."""
    if "<@" in row["body"]:
        people, _ = mentioned_in(row["body"])
        yield from map(str, people)
    if row["kind"] == "system" and row["meta"]:
        meta = row["meta"]
        yield from filter(None, (meta.get("userId"), *meta.get("userIds", ())))


def people_named(messages: Iterable[dict[str, Any] | None]) -> list[dict[str, Any]]:
    """The same of messages as JSON; one query."""
    ids: dict[str, None] = {}
    for message in filter(None, messages):
        row: Any = {"body": message["content"], "kind": message["kind"], "meta": message["meta"]}
        ids |= dict.fromkeys([*filter(None, [message["senderId"]]), *named_in(row)])
    wanted = list(ids)[:MAX_PEOPLE]
    return [named_person(*row) for row in fetch(PEOPLE, {"ids": wanted})] if wanted else []
