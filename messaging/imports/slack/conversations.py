"""Stores one conversation of an export, some thousand messages per transaction.

It is in one of four states in the database: absent; incomplete, by an interrupted import, without
members; complete, with members; or the direct conversation of two people who have written to each
other here. Only the first two are written to, and one with members in which nothing has happened
yet: an export that lacked its messages made it. Such a one and a direct conversation are stored in
one transaction, since their people see them.
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
from chatproject.core.plain_text import without_controls
from conversations.models import Conversation, Participant
from messaging.imports.files import OpenFile, store_files
from messaging.imports.history import (
    ImportedMessage,
    LogChanged,
    Period,
    admit_members,
    append_history,
    delete_history,
)
from messaging.imports.slack.content import MAX_TITLE, MAX_TOPIC
from messaging.imports.slack.export import SlackConversation
from messaging.imports.slack.mapping import LogBuilder
from messaging.imports.slack.people import NAMESPACE, People
from messaging.imports.slack.report import ConversationResult, Report
from messaging.models import Message

Kind = Conversation.Kind
Role = Participant.Role
Rows = tuple[LogBuilder, Iterator[ImportedMessage]]

BATCH = 5000


class Refused(Exception):
    """The conversation is not changed; the text says why."""


@dataclass(slots=True)
class Destination:
    """The conversation in the database that a conversation of the export becomes."""

    id: UUID
    exists: bool = False
    stored: int = 0
    is_finished: bool = False
    is_untouched: bool = False  # has members, and nothing has ever happened in it


class ConversationImport:
    """Imports one conversation. Each call of `make_rows` yields its rows from the start."""

    def __init__(
        self,
        conversation: SlackConversation,
        origin: str,
        make_rows: Callable[[Report], Rows],
        *,
        topic: str,
        people: People,
        report: Report,
        open_file: OpenFile,
    ) -> None:
        self._open_file = open_file
        self._conversation = conversation
        self._origin = origin
        self._make_rows = make_rows
        self._topic = topic
        self._people = people
        self._report = report
        self._members: list[UUID] = []
        self._creator: UUID | None = None
        self._result = ConversationResult(conversation.name, conversation.kind, "skipped")

    def run(self) -> ConversationResult:
        """Stores the missing messages; writes nothing in a dry run."""
        is_direct = self._conversation.kind == Kind.DIRECT
        if is_direct and len(self._conversation.members) not in (1, 2):
            self._report.skip(
                "no_people", self._conversation.id, "a direct conversation without its two"
            )
            return self._result
        require = partial(self._people.require, where=self._conversation.id)
        self._members = [require(member) for member in self._conversation.members]
        self._creator = require(self._conversation.creator) if self._conversation.creator else None
        try:
            is_seen = is_direct or self._find().is_untouched
            with transaction.atomic() if is_seen else nullcontext():
                self._run(self._find_direct() if is_direct else self._find())
        except Refused as refusal:
            self._refuse(str(refusal))
        except LogChanged:
            self._refuse("Somebody wrote into it meanwhile. Is another import running?")
        return self._result

    def _refuse(self, detail: str) -> None:
        self._result.result, self._result.detail = "refused", detail
        self._result.new = 0

    def _find(self) -> Destination:
        conversation = Conversation.objects.filter(origin=self._origin).first()
        if conversation is None:
            return Destination(uuid5(NAMESPACE, self._origin))
        settled = Participant.objects.filter(conversation=conversation).exists()
        is_untouched = settled and conversation.last_rev == 0
        return Destination(
            conversation.pk,
            True,
            conversation.last_seq,
            is_finished=settled and not is_untouched,
            is_untouched=is_untouched,
        )

    def _find_direct(self) -> Destination:
        """Locks the row if there is one. Raises Refused when it has other messages."""
        destination = Destination(direct_conversation_id(self._members[0], self._members[-1]))
        conversation = Conversation.objects.locked().filter(pk=destination.id).first()
        if conversation is None:
            return destination
        is_ours = conversation.origin == self._origin
        if not is_ours and (conversation.last_rev or conversation.origin):
            raise Refused("These two have talked here already: the log holds other messages.")
        return Destination(destination.id, True, conversation.last_seq, is_finished=is_ours)

    def _run(self, destination: Destination) -> None:
        self._result.id = str(destination.id)
        if destination.stored and not destination.is_finished and not self._continues(destination):
            self._start_again(destination)
        log, rows = self._make_rows(self._report)
        for batch in _batches(rows):
            known = sum(message.seq <= destination.stored for message in batch)
            if destination.is_finished:
                self._require_stored(destination, batch)
            self._result.stored += known
            self._append(destination, batch[known:])
        if destination.is_finished or (destination.is_untouched and not log.head):
            self._result.result = "present"
        else:
            self._finish(destination, log)

    def _continues(self, destination: Destination) -> bool:
        """Whether the stored messages are the first ones of this export."""
        _, rows = self._make_rows(Report(StringIO()))
        count = 0
        for batch in _batches(islice(rows, destination.stored)):
            count += len(batch)
            if not _are_stored(destination, batch):
                return False
        return count == destination.stored

    def _start_again(self, destination: Destination) -> None:
        """Deletes an incomplete import of another export, which nobody has seen."""
        if not self._report.dry_run:
            delete_history(destination.id)
        destination.stored = 0

    def _require_stored(self, destination: Destination, batch: Sequence[ImportedMessage]) -> None:
        if not _are_stored(
            destination, [message for message in batch if message.seq <= destination.stored]
        ):
            raise Refused("The log holds other messages than this export.")
        if batch[-1].seq > destination.stored:
            raise Refused("It was imported from an earlier export; this one holds more messages.")

    def _append(self, destination: Destination, messages: Sequence[ImportedMessage]) -> None:
        if not messages:
            return
        if not self._report.dry_run:
            self._people.store_new()
            self._create(destination)
            for message in messages:
                for file, why in store_files(destination.id, message, self._open_file):
                    self._report.change("file_refused", file.path, why)
            append_history(destination.id, messages)
        self._result.new += len(messages)
        self._report.count(messages)

    def _create(self, destination: Destination) -> None:
        """Creates the conversation without members, as a group unless direct: nobody finds it."""
        if not destination.exists:
            kind = Kind.DIRECT if self._conversation.kind == Kind.DIRECT else Kind.GROUP
            Conversation.objects.create(id=destination.id, kind=kind, origin=self._origin)
            destination.exists = True

    def _fields(self, log: LogBuilder) -> dict[str, Any]:
        fields = {
            "kind": self._conversation.kind,
            "origin": self._origin,
            "created_at": log.since,
            "locked_at": log.last_at if self._is_locked() else None,
        }
        if self._conversation.kind == Kind.DIRECT:
            return fields | {"created_by_id": self._members[0]}
        return fields | {
            "created_by_id": self._creator,
            "title": self._cut(without_controls(self._conversation.name), MAX_TITLE),
            "topic": self._cut(self._topic, MAX_TOPIC),
            "history": Conversation.History.EVERYTHING,
        }

    def _is_locked(self) -> bool:
        """Archived, or direct with somebody whose account is closed, who would read nothing."""
        is_direct = self._conversation.kind == Kind.DIRECT
        closed = is_direct and any(map(self._people.is_closed, self._members))
        return self._conversation.is_archived or closed

    def _cut(self, text: str, limit: int) -> str:
        if len(text) > limit:
            self._report.change("name_cut", self._conversation.id, text)
        return text[:limit]

    def _finish(self, destination: Destination, log: LogBuilder) -> None:
        """Adds the members; creates no conversation that has neither messages nor members."""
        is_direct = self._conversation.kind == Kind.DIRECT
        periods = self._periods(log)
        if not periods or (is_direct and not log.head):
            reason = "empty_direct" if periods else "no_people"
            self._report.skip(reason, self._conversation.id, self._conversation.name)
            return
        if self._conversation.purpose:
            purpose = self._conversation.purpose
            self._report.change("purpose_left_out", self._conversation.id, purpose)
        if self._conversation.is_archived:
            self._report.change("archived", self._conversation.id, self._conversation.name)
        self._result.result = "resumed" if self._result.stored else "imported"
        fields = self._fields(log)
        if not self._report.dry_run:
            self._people.store_new()
            self._create(destination)
            admit_members(destination.id, periods, has_members=destination.is_untouched, **fields)

    def _periods(self, log: LogBuilder) -> list[Period]:
        if self._conversation.kind == Kind.DIRECT:
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
            owner = min(open_ones, key=self._ownership_order)
            owner.role = Role.OWNER
            self._forbid_return(periods, owner.user_id)
        return periods

    def _forbid_return(self, periods: Sequence[Period], owner: UUID) -> None:
        """Marks left periods as removed: as in Slack, a member has to add the person again."""
        for period in periods:
            is_over = self._conversation.kind == Kind.GROUP and period.left_at is not None
            if is_over and period.user_id != owner:
                period.removed_by = owner

    def _ownership_order(self, period: Period) -> tuple[bool, bool]:
        """Sorts the creator first, and bots and closed accounts last."""
        return not self._people.can_own(period.user_id), period.user_id != self._creator


def _batches(rows: Iterator[ImportedMessage]) -> Iterator[list[ImportedMessage]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _are_stored(destination: Destination, messages: Sequence[ImportedMessage]) -> bool:
    """Whether exactly these messages are stored at their seqs."""
    stored = (
        Message.objects.filter(conversation=destination.id)
        .filter(seq__range=(messages[0].seq, messages[-1].seq))
        .order_by("seq")
        .values_list("client_id", flat=True)
        if messages
        else []
    )
    return list(stored) == [message.client_id for message in messages]
