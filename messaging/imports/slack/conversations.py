"""Storing one conversation of an export, some thousand messages a transaction.

It is in one of four states here. It is absent; it was begun, by an import that was interrupted,
and has nobody in it yet; it is finished, and has people; or it is the direct conversation of two
people who have talked here on their own. Only the first two are written to. A direct conversation
has an id under which its people could meet at any time, so it is stored in one transaction.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from io import StringIO
from itertools import islice
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from chatproject.core.ids import direct_conversation_id
from conversations.models import Conversation, Participant
from messaging.imports.history import (
    LogMoved,
    PastMessage,
    Period,
    append_past,
    forget_past,
    settle,
)
from messaging.imports.slack.content import MAX_TITLE, MAX_TOPIC
from messaging.imports.slack.export import SlackRoom
from messaging.imports.slack.mapping import RoomLog
from messaging.imports.slack.people import NAMESPACE, People
from messaging.imports.slack.report import ConversationResult, Report
from messaging.models import Message

Kind = Conversation.Kind
Role = Participant.Role
Rows = tuple[RoomLog, Iterator[PastMessage]]

BATCH = 5000


class Refused(Exception):
    """The conversation is left as it is; the text says why."""


@dataclass(slots=True)
class Place:
    """Where a conversation of the export belongs here, and how much of it is stored."""

    id: UUID
    exists: bool = False
    stored: int = 0
    is_finished: bool = False


class RoomImport:
    """`make_rows` gives the conversation's log afresh each time it is called."""

    def __init__(
        self,
        room: SlackRoom,
        origin: str,
        make_rows: Callable[[Report], Rows],
        *,
        topic: str,
        people: People,
        report: Report,
    ) -> None:
        self._room = room
        self._origin = origin
        self._make_rows = make_rows
        self._topic = topic
        self._people = people
        self._report = report
        self._members: list[UUID] = []
        self._creator: UUID | None = None
        self._result = ConversationResult(room.name, room.kind, "skipped")

    def run(self) -> ConversationResult:
        """Stores what is missing; in a dry run it only looks."""
        is_direct = self._room.kind == Kind.DIRECT
        if is_direct and len(self._room.members) not in (1, 2):
            self._report.skip("no_people", self._room.id, "a direct conversation without its two")
            return self._result
        require = partial(self._people.require, where=self._room.id)
        self._members = [require(member) for member in self._room.members]
        self._creator = require(self._room.creator) if self._room.creator else None
        try:
            with transaction.atomic() if is_direct else nullcontext():
                self._run(self._find_direct() if is_direct else self._find())
        except Refused as refusal:
            self._refuse(str(refusal))
        except LogMoved:
            self._refuse("Somebody wrote into it meanwhile. Is another import running?")
        return self._result

    def _refuse(self, detail: str) -> None:
        self._result.result, self._result.detail = "refused", detail
        self._result.new = 0

    def _find(self) -> Place:
        conversation = Conversation.objects.filter(origin=self._origin).first()
        if conversation is None:
            return Place(uuid5(NAMESPACE, self._origin))
        settled = Participant.objects.filter(conversation=conversation).exists()
        return Place(conversation.pk, True, conversation.last_seq, settled)

    def _find_direct(self) -> Place:
        """Locks the row when there is one. Raises Refused when it has messages from elsewhere."""
        place = Place(direct_conversation_id(self._members[0], self._members[-1]))
        conversation = Conversation.objects.locked().filter(pk=place.id).first()
        if conversation is None:
            return place
        is_ours = conversation.origin == self._origin
        if not is_ours and (conversation.last_rev or conversation.origin):
            raise Refused("These two have talked here already: the log holds other messages.")
        return Place(place.id, True, conversation.last_seq, is_finished=is_ours)

    def _run(self, place: Place) -> None:
        self._result.id = str(place.id)
        if place.stored and not place.is_finished and not self._continues(place):
            self._start_again(place)
        log, rows = self._make_rows(self._report)
        for batch in _batches(rows):
            known = sum(message.seq <= place.stored for message in batch)
            if place.is_finished:
                self._require_stored(place, batch)
            self._result.stored += known
            self._append(place, batch[known:])
        if place.is_finished:
            self._result.result = "present"
        else:
            self._finish(place, log)

    def _continues(self, place: Place) -> bool:
        """Whether what is stored are the first rows of this export."""
        _, rows = self._make_rows(Report(StringIO()))
        count = 0
        for batch in _batches(islice(rows, place.stored)):
            count += len(batch)
            if not _are_stored(place, batch):
                return False
        return count == place.stored

    def _start_again(self, place: Place) -> None:
        """What was begun from another export is thrown away; nobody has seen it."""
        if not self._report.dry_run:
            forget_past(place.id)
        place.stored = 0

    def _require_stored(self, place: Place, batch: Sequence[PastMessage]) -> None:
        if not _are_stored(place, [message for message in batch if message.seq <= place.stored]):
            raise Refused("The log holds other messages than this export.")
        if batch[-1].seq > place.stored:
            raise Refused("It was imported from an earlier export; this one holds more messages.")

    def _append(self, place: Place, messages: Sequence[PastMessage]) -> None:
        if not messages:
            return
        if not self._report.dry_run:
            self._people.store_new()
            self._create(place)
            append_past(place.id, messages)
        self._result.new += len(messages)
        self._report.count(messages)

    def _create(self, place: Place) -> None:
        """A group without people, unless it is direct, so that nobody comes upon it."""
        if not place.exists:
            kind = Kind.DIRECT if self._room.kind == Kind.DIRECT else Kind.GROUP
            Conversation.objects.create(id=place.id, kind=kind, origin=self._origin)
            place.exists = True

    def _fields(self, log: RoomLog) -> dict[str, Any]:
        fields = {
            "kind": self._room.kind,
            "origin": self._origin,
            "created_at": log.since,
            "locked_at": log.last_at if self._room.is_archived else None,
        }
        if self._room.kind == Kind.DIRECT:
            return fields | {"created_by_id": self._members[0]}
        return fields | {
            "created_by_id": self._creator,
            "title": self._cut(self._room.name, MAX_TITLE),
            "topic": self._cut(self._topic, MAX_TOPIC),
            "history": Conversation.History.EVERYTHING,
        }

    def _cut(self, text: str, limit: int) -> str:
        if len(text) > limit:
            self._report.change("name_cut", self._room.id, text)
        return text[:limit]

    def _finish(self, place: Place, log: RoomLog) -> None:
        """Lets the people in; a conversation that would stay empty or nobody's is not made."""
        is_direct = self._room.kind == Kind.DIRECT
        periods = self._periods(log)
        if not periods or (is_direct and not log.head):
            reason = "empty_direct" if periods else "no_people"
            self._report.skip(reason, self._room.id, self._room.name)
            return
        if self._room.is_archived:
            self._report.change("archived", self._room.id, self._room.name)
        self._result.result = "resumed" if self._result.stored else "imported"
        fields = self._fields(log)
        if not self._report.dry_run:
            self._people.store_new()
            self._create(place)
            settle(place.id, periods, **fields)

    def _periods(self, log: RoomLog) -> list[Period]:
        if self._room.kind == Kind.DIRECT:
            return [Period(member, log.since) for member in dict.fromkeys(self._members)]
        periods = log.membership.periods(
            self._members,
            since=log.since,
            head=log.head,
            last_at=log.last_at,
            closed={member for member in self._members if self._people.is_closed(member)},
        )
        open_ones = [period for period in periods if period.left_at is None]
        if not open_ones:
            keeper = self._creator or log.first_sender
            open_ones = [Period(keeper, log.last_at)] if keeper else []
            periods += open_ones
        if open_ones:
            owner = min(open_ones, key=self._claim)
            owner.role = Role.OWNER
            self._close_door(periods, owner.user_id)
        return periods

    def _close_door(self, periods: Sequence[Period], owner: UUID) -> None:
        """As in Slack, who left a private conversation comes back when somebody takes them in."""
        for period in periods:
            is_over = self._room.kind == Kind.GROUP and period.left_at is not None
            if is_over and period.user_id != owner:
                period.removed_by = owner

    def _claim(self, period: Period) -> tuple[bool, bool]:
        """Owner is the creator, else the first person in; a bot or a closed account only alone."""
        return not self._people.can_own(period.user_id), period.user_id != self._creator


def _batches(rows: Iterator[PastMessage]) -> Iterator[list[PastMessage]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _are_stored(place: Place, messages: Sequence[PastMessage]) -> bool:
    """Whether these very rows stand at their places."""
    stored = (
        Message.objects.filter(conversation=place.id)
        .filter(seq__range=(messages[0].seq, messages[-1].seq))
        .order_by("seq")
        .values_list("client_id", flat=True)
        if messages
        else []
    )
    return list(stored) == [message.client_id for message in messages]
