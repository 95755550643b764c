"""Messages as moderators read them: names in the place of ids, sentences in that of events."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.dateparse import parse_datetime

from accounts.models import User
from messaging.exports.sentences import readable, sentence
from messaging.models import Message

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def names_in(messages: Iterable[Mapping[str, Any]]) -> dict[str, str | None]:
    """The present names of who sent the messages, is called by them or named in their events."""
    ids: set[str] = set()
    for each in messages:
        meta = each["meta"] or {}
        named = [each["senderId"], meta.get("userId"), *meta.get("userIds", ())]
        ids.update(str(user_id) for user_id in named if user_id)
        ids.update(found.lower() for found in _ID.findall(each["content"] or ""))
    return {str(pk): name for pk, name in User.objects.filter(pk__in=ids).values_list("pk", "name")}


def readable_text(message: Mapping[str, Any], names: Mapping[str, str | None]) -> str:
    """Of a message with `kind`, `content`, `meta` and `senderId`."""
    if message["kind"] == "system":
        return sentence(message, names)
    return readable(message["content"] or "", names)


def make_readable(messages: Iterable[Message]) -> None:
    """Sets `readable` of each, by one query for all."""
    shapes = {
        each: {
            "senderId": each.sender_id and str(each.sender_id),
            "kind": each.kind,
            "content": each.body,
            "meta": each.meta,
        }
        for each in messages
    }
    names = names_in(shapes.values())
    for each, shape in shapes.items():
        each.readable = readable_text(shape, names)  # type: ignore[attr-defined]


def readable_entries(snapshot: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries of a snapshot, each with `sender`, `text` and `at` beside what it has."""
    names = names_in(snapshot)
    return [
        {
            **each,
            "sender": names.get(each["senderId"] or "") or "",
            "text": readable_text(each, names),
            "at": parse_datetime(each["createdAt"]),
        }
        for each in snapshot
    ]
