"""Writes the zip of a Slack workspace export, a day of one conversation in memory at a time."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date
from itertools import groupby
from typing import Any
from uuid import UUID

from accounts.models import User
from chatproject.core.api.json import dump
from conversations.models import Conversation, Participant
from messaging.exports.slack.messages import ExportedLog, file_path
from messaging.exports.slack.shapes import (
    INDEXES,
    Kind,
    channel_name,
    conversation_id,
    conversation_shape,
    person_shape,
)
from messaging.exports.zip_archive import Archive

MAX_FOLDERS = 10_000  # tries for a name that no other conversation has
PEOPLE_AT_ONCE = 2000


def write_slack_export(
    archive: Archive,
    conversations: Iterable[Conversation],
    *,
    advance: Callable[[int], object] = lambda _: None,
) -> dict[str, int]:
    """Adds everything that is in the conversations, and everybody who is or was. Whoever runs it
    sees all: it asks for no right.

    Returns how many `conversations`, `messages`, `files` and `people` there are, and how many
    events were `leftOut`, for which Slack has nothing.
    """
    counts: Counter[str] = Counter()
    people: set[UUID] = set()
    names: set[str] = set()
    indexes: dict[str, list[dict[str, Any]]] = {index: [] for index in INDEXES.values()}
    indexes["mpims.json"] = []
    for conversation in conversations:
        name = _folder(conversation, names)
        log = ExportedLog(conversation)
        archive.add_folder(name)  # importers look into it, also where nothing was said
        counts["messages"] += _write_days(archive, name, log, advance)
        counts["leftOut"] += log.left_out
        counts["files"] += sum(archive.add_attachment(file_path(it), it) for it in log.files)
        members = list(
            Participant.objects.open().filter(conversation=conversation).order_by("joined_at", "pk")
        )
        people |= log.people | {it.user_id for it in members}
        if conversation.created_by_id:
            people.add(conversation.created_by_id)
        shape = conversation_shape(conversation, members, log.pins, name)
        indexes[INDEXES[Kind(conversation.kind)]].append(shape)
        counts["conversations"] += 1
    for index, entries in indexes.items():
        with archive.entry(index) as target:
            target.write(dump(entries))
    counts["people"] = _write_people(archive, people)
    keys = ("conversations", "messages", "files", "people", "leftOut")
    return {key: counts[key] for key in keys}


def _folder(conversation: Conversation, taken: set[str]) -> str:
    """A name of its own, as the folder of its days and, but for a direct one, in its index."""
    if conversation.is_direct:
        return conversation_id(conversation)
    base = channel_name(conversation.title) or "conversation"
    names = (base, *(f"{base}-{number}" for number in range(2, MAX_FOLDERS)))
    name = next(each for each in names if each not in taken)
    taken.add(name)
    return name


def _write_days(
    archive: Archive, folder: str, log: ExportedLog, advance: Callable[[int], object]
) -> int:
    def day_of(pair: tuple[Any, Any]) -> date:
        day: date = pair[0].astimezone(UTC).date()
        return day

    count = 0
    for day, pairs in groupby(log.entries(), day_of):
        entries = [entry for _, entry in pairs]
        with archive.entry(f"{folder}/{day.isoformat()}.json") as target:
            target.write(dump(entries))
        count += len(entries)
        advance(len(entries))
    return count


def _write_people(archive: Archive, ids: set[UUID]) -> int:
    found = User.objects.filter(pk__in=ids).order_by("pk")
    entries = [person_shape(person) for person in found.iterator(chunk_size=PEOPLE_AT_ONCE)]
    with archive.entry("users.json") as target:
        target.write(dump(entries))
    return len(entries)
