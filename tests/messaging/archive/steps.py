"""What the tests of the archive do: fill a log, move its older part into files, ask for answers."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from conversations.models import Conversation
from messaging.archive import pruning
from messaging.archive.compacting import compact
from messaging.archive.lease import working
from messaging.archive.moving import move
from messaging.archive.row_groups import clear_caches
from messaging.models import Message
from messaging.search.indexer import index_conversations
from messaging.sending.drafts import Draft
from messaging.sending.send import send_messages
from tests.cast import api

FAR = timedelta(days=60)  # more than `moving.OVERDUE`


def say_many(
    conversation: Conversation, senders: Sequence[User], number: int, word: str = "message"
) -> None:
    drafts = [
        Draft(conversation.pk, senders[n % len(senders)].pk, uuid4(), f"{word} {n}")
        for n in range(number)
    ]
    results = send_messages(drafts)
    assert all(result.refusal is None for result in results)


def index_all() -> None:
    behind = list(Conversation.objects.values_list("pk", flat=True))
    while behind:
        behind = index_conversations(behind).behind


def publish_all(only: UUID | None = None) -> int:
    """Moves all that may leave, whatever its age; rows stay beside the files."""
    index_all()
    with working():
        return sum(moved.messages for moved in move(timezone.now() + FAR, only=only))


def prune_all() -> int:
    """Removes the rows at once."""
    with pytest.MonkeyPatch.context() as patch, working():
        patch.setattr(pruning, "GRACE", timedelta())
        return sum(pruning.prune(sleep=lambda seconds: None))


def compact_all() -> int:
    """Writes the files anew without what was brought back; returns how many messages they have."""
    index_all()
    with working():
        return sum(compact(everything=True))


def archive_all(only: UUID | None = None) -> int:
    """Returns how many rows have left."""
    publish_all(only)
    gone = prune_all()
    clear_caches()
    return gone


def rows_of(conversation_id: UUID) -> set[int]:
    return set(Message.objects.filter(conversation=conversation_id).values_list("seq", flat=True))


def ask_all(people: dict[str, User | None], paths: Sequence[str]) -> dict[tuple[str, str], Any]:
    found = {}
    for name, person in people.items():
        client = api(person)
        for path in paths:
            response = client.get(path)
            found[name, path] = (response.status_code, response.content)
    return found
