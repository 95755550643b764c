"""The visibility rule as plain Python over the stored rows, one message at a time.

It shares no code with the product: neither spans, nor SQL, nor the ORM's conditions. Slow, and
short enough to be checked by reading it. Messages that are in the archive's files alone are read
from those by pyarrow.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq

from chatproject.core.storage import file_storage
from conversations.models import Ban, Conversation, Participant
from messaging.models import (
    ArchiveFile,
    ArchiveSegment,
    Hide,
    Message,
    Reaction,
    Report,
    Revision,
)


@dataclass(frozen=True)
class Oracle:
    """What is stored of one conversation, as lists of dictionaries."""

    conversation: dict[str, Any]
    periods: list[dict[str, Any]]
    bans: set[UUID]
    hides: set[tuple[UUID, int]]
    messages: list[dict[str, Any]]  # by seq
    revisions: list[dict[str, Any]]
    reactions: list[dict[str, Any]]
    reports: list[dict[str, Any]]

    @classmethod
    def of(cls, conversation_id: UUID) -> "Oracle":
        here = {"conversation": conversation_id}
        return cls(
            conversation=Conversation.objects.filter(pk=conversation_id).values().get(),
            periods=list(Participant.objects.filter(**here).order_by("joined_at").values()),
            bans=set(Ban.objects.filter(**here).values_list("user_id", flat=True)),
            hides=set(Hide.objects.filter(**here).values_list("user_id", "seq")),
            messages=_messages(conversation_id),
            revisions=list(Revision.objects.filter(**here).order_by("rev").values()),
            reactions=list(Reaction.objects.filter(**here).values()),
            reports=list(Report.objects.filter(**here).values()),
        )

    @property
    def in_files_alone(self) -> set[int]:
        """The seqs of messages that are no rows."""
        return {message["seq"] for message in self.messages if message["in_file_alone"]}

    # -- who

    def periods_of(self, user_id: UUID) -> list[dict[str, Any]]:
        return [period for period in self.periods if period["user_id"] == user_id]

    def is_inside(self, user_id: UUID) -> bool:
        return any(period["left_at"] is None for period in self.periods_of(user_id))

    def last_period(self, user_id: UUID) -> dict[str, Any] | None:
        """The open one, else the one that ended last."""
        periods = self.periods_of(user_id)
        return next((p for p in periods if p["left_at"] is None), periods[-1] if periods else None)

    def reads_as_public(self, user_id: UUID) -> bool:
        is_shut_out = user_id in self.bans and not self.is_inside(user_id)
        return self.conversation["kind"] == "public" and not is_shut_out

    def is_live(self, user_id: UUID) -> bool:
        """Whether what comes is for the person too."""
        return self.is_inside(user_id) or self.reads_as_public(user_id)

    def knows(self, user_id: UUID) -> bool:
        """Whether the person may know that the conversation exists."""
        return bool(self.periods_of(user_id)) or self.reads_as_public(user_id)

    # -- what

    def bound(self, user_id: UUID, seq: int) -> float | None:
        """The last rev whose changes the person sees of the message, infinite for who sees all that
        come; None when they do not see the message. Hides are left aside."""
        bounds = [
            float("inf") if period["to_rev"] is None else float(period["to_rev"])
            for period in self.periods_of(user_id)
            if period["from_seq"] <= seq
            and (period["to_seq"] is None or seq <= period["to_seq"])
            and seq > period["cleared_seq"]
        ]
        if (
            self.reads_as_public(user_id)
            and seq >= self.conversation["open_from_seq"]
            and all(seq > period["cleared_seq"] for period in self.periods_of(user_id))
        ):
            bounds.append(float("inf"))
        return max(bounds, default=None)

    def covered(self, user_id: UUID) -> list[int]:
        """The seqs that the person may see, hidden or not."""
        seqs = [message["seq"] for message in self.messages]
        return [seq for seq in seqs if self.bound(user_id, seq) is not None]

    def visible(self, user_id: UUID) -> list[int]:
        """The seqs that are shown to the person."""
        return [seq for seq in self.covered(user_id) if (user_id, seq) not in self.hides]

    def live(self, user_id: UUID) -> list[int]:
        """Those of them of which every change shows."""
        return [seq for seq in self.visible(user_id) if self.bound(user_id, seq) == float("inf")]

    def text(self, user_id: UUID, seq: int) -> str:
        """The text of a visible message as the person sees it."""
        message, bound = self.message(seq), self.bound(user_id, seq)
        assert bound is not None
        versions = [it["body"] for it in self.revisions if it["seq"] == seq and it["rev"] <= bound]
        if message["deleted_at"] is not None or message["rev"] <= bound or not versions:
            return message["body"]
        return versions[-1]

    def reacted(self, user_id: UUID, seq: int) -> set[tuple[str, UUID]]:
        """The reactions to a visible message that the person sees, by emoji and person."""
        bound = self.bound(user_id, seq)
        assert bound is not None
        return {
            (it["emoji"], it["user_id"])
            for it in self.reactions
            if it["seq"] == seq
            and it["rev"] <= bound
            and (it["removed_rev"] is None or it["removed_rev"] > bound)
        }

    def unread(self, user_id: UUID) -> list[int]:
        """The visible seqs that count as unread in the person's last period."""
        period = self.last_period(user_id)
        if period is None:
            return []
        return [
            seq
            for seq in self.visible(user_id)
            if seq > period["last_read_seq"]
            and (period["to_seq"] is None or seq <= period["to_seq"])
            and self._counts(seq, user_id)
        ]

    def timeline(self, user_id: UUID) -> list[int]:
        """The shown seqs that are not in a thread alone."""
        return [seq for seq in self.visible(user_id) if not self.message(seq)["thread_only"]]

    def replies(self, user_id: UUID, root_seq: int) -> list[int]:
        """The replies in a thread that the person may see, hidden or not, but for deleted ones."""
        return [
            seq
            for seq in self.covered(user_id)
            if self.message(seq)["thread_seq"] == root_seq
            and self.message(seq)["deleted_at"] is None
        ]

    def unread_replies(self, user_id: UUID, root_seq: int, last_read_seq: int) -> list[int]:
        """Those of them that a follower has not read."""
        return [
            seq
            for seq in self.replies(user_id, root_seq)
            if seq > last_read_seq
            and self.message(seq)["sender_id"] != user_id
            and (user_id, seq) not in self.hides
        ]

    def _counts(self, seq: int, user_id: UUID) -> bool:
        message = self.message(seq)
        return (
            message["deleted_at"] is None
            and message["kind"] != "system"
            and not message["thread_only"]
            and message["sender_id"] != user_id
        )

    def message(self, seq: int) -> dict[str, Any]:
        return self.messages[seq - 1]

    def moderated(self) -> list[int]:
        """The seqs that a moderator without the right to see private conversations may read."""
        return [
            message["seq"]
            for message in self.messages
            if self.conversation["kind"] == "public"
            or any(
                report["state"] in ("open", "taken")
                and report["from_seq"] is not None
                and report["from_seq"] <= message["seq"] <= report["to_seq"]
                for report in self.reports
            )
        ]


def _messages(conversation_id: UUID) -> list[dict[str, Any]]:
    """All of the log by seq. A row holds over a file."""
    found = {
        message["seq"]: message | {"in_file_alone": True} for message in _filed(conversation_id)
    }
    for message in Message.objects.filter(conversation=conversation_id).values():
        found[message["seq"]] = message | {"in_file_alone": False}
    return [found[seq] for seq in sorted(found)]


def _filed(conversation_id: UUID) -> Iterator[dict[str, Any]]:
    """What the files have that segments of the conversation refer to."""
    segments = ArchiveSegment.objects.filter(conversation_id=conversation_id)
    used = segments.values_list("file_id", flat=True)
    for file in ArchiveFile.objects.filter(pk__in=list(used)):
        data = file_storage().read_range(file.storage_key, 0, file.byte_count)
        for row in pq.read_table(pa.BufferReader(data)).to_pylist():
            if row["conversation_id"] == conversation_id.bytes:
                yield {name: _plain(name, value) for name, value in row.items()}


def _plain(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name == "meta":
        return json.loads(value)
    return UUID(bytes=value) if name == "id" or name.endswith("_id") else value
