"""The people that messages speak of, whose names are not in them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from messaging.mentions import mentioned_in
from messaging.reads.statements import fetch

MAX_PEOPLE = 500

PEOPLE = "SELECT id, name, is_bot FROM accounts_user WHERE id = ANY(%s::uuid[])"


def people_in(messages: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """id, name, isBot of who sent the messages, is called by them or named in their system events.

    One query; of more than MAX_PEOPLE only that many.
    """
    return people_of(id for message in messages for id in _named(message))


def people_of(ids: Iterable[str]) -> list[dict[str, Any]]:
    wanted = list(dict.fromkeys(ids))[:MAX_PEOPLE]
    if not wanted:
        return []
    return [
        {"id": str(id), "name": name, "isBot": is_bot}
        for id, name, is_bot in fetch(PEOPLE, [wanted])
    ]


def _named(message: Mapping[str, Any]) -> Iterator[str]:
    if message["senderId"]:
        yield message["senderId"]
    if "<@" in message["content"]:
        people, _ = mentioned_in(message["content"])
        yield from map(str, people)
    if message["kind"] == "system":
        meta = message["meta"] or {}
        yield from filter(None, (meta.get("userId"), *meta.get("userIds", ())))
