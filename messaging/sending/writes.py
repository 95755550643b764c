"""The writes for drafts that are stored stepwise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from chatproject.core.api.json import dump
from chatproject.core.db.binary_arrays import (
    bigints,
    bools,
    digests,
    ints,
    optional_bigints,
    optional_timestamps,
    optional_uuids,
    texts,
    timestamps,
    uuids,
)
from chatproject.core.db.pipeline import Step
from chatproject.core.ids import uuid7
from messaging.moderation.models import CONTEXT
from messaging.sending import stepwise_statements as sql
from messaging.sending.facts import ThreadState
from messaging.wire import MessageRow


class NewMessage(NamedTuple):
    row: MessageRow
    at: int  # microseconds since 1970
    fingerprint: bytes
    sent_behind: bool


class Pointer(NamedTuple):
    """The sender has read up to `seq`."""

    conversation_id: UUID
    seq: int
    at: int


class ThreadChange(NamedTuple):
    """A thread's summary after its last reply, sent `at` (in microseconds since 1970)."""

    state: ThreadState
    at: int


class Follow(NamedTuple):
    """A new follower of a thread, who has read up to `read_seq`; `writes` if they wrote in it."""

    read_seq: int
    writes: bool


@dataclass(slots=True)
class Writes:
    messages: list[NewMessage] = field(default_factory=list)
    pointers: dict[UUID, Pointer] = field(default_factory=dict)  # by the period's id
    mentions: list[tuple[UUID, int, UUID | None]] = field(default_factory=list)
    forwards: list[tuple[UUID, int, UUID, int]] = field(default_factory=list)  # with the origin
    claims: list[tuple[UUID, MessageRow, int]] = field(default_factory=list)  # with the position
    last_posts: dict[tuple[UUID, UUID], int] = field(default_factory=dict)
    links: dict[UUID, int] = field(default_factory=dict)
    flagged: list[tuple[NewMessage, str]] = field(default_factory=list)
    threads: dict[tuple[UUID, int], ThreadChange] = field(default_factory=dict)  # by root
    follows: dict[tuple[UUID, int, UUID], Follow] = field(default_factory=dict)  # and person

    def add(self, message: NewMessage, attachment_ids: Sequence[UUID]) -> None:
        self.messages.append(message)
        self.claims += [(file, message.row, n) for n, file in enumerate(attachment_ids)]

    def steps(self) -> Iterable[Step]:
        if not self.messages:
            return
        yield from self._log_steps()
        if self.mentions:
            yield self._insert_mentions()
        if self.forwards:
            yield self._insert_forwards()
        if self.claims:
            yield self._claim_attachments()
        if self.last_posts:
            yield self._set_last_posts()
        if self.links:
            yield Step(sql.SPEND_QUOTAS, [uuids(self.links), ints(self.links.values())])
        if self.flagged:
            yield self._insert_reports()
        if self.threads:
            yield self._save_threads()
            yield from self._follow_threads()

    def _log_steps(self) -> Iterable[Step]:
        """The messages, the heads of their logs, and the pointers of their senders."""
        yield self._insert_messages()
        yield self._update_heads()
        if self.pointers:
            yield self._update_pointers()

    def _insert_messages(self) -> Step:
        rows = [message.row for message in self.messages]
        return Step(
            sql.INSERT_MESSAGES,
            [
                uuids(row["id"] for row in rows),
                uuids(row["conversation_id"] for row in rows),
                bigints(row["seq"] for row in rows),
                bigints(row["rev"] for row in rows),
                optional_uuids(row["sender_id"] for row in rows),
                optional_uuids(row["client_id"] for row in rows),
                digests([message.fingerprint for message in self.messages]),
                texts(row["kind"] for row in rows),
                texts(row["body"] for row in rows),
                optional_bigints(row["reply_to_seq"] for row in rows),
                optional_bigints(row["thread_seq"] for row in rows),
                bools(row["thread_only"] for row in rows),
                bools(message.sent_behind for message in self.messages),
                timestamps(message.at for message in self.messages),
                texts(dump(row["meta"]).decode() if row["meta"] else "" for row in rows),
            ],
        )

    def _heads(self) -> Iterable[tuple[UUID, int, int, int, int | None]]:
        """For each conversation: its id, the seq, rev and time of its last message, and the time of
        the last message in its timeline."""
        last = {message.row["conversation_id"]: message for message in self.messages}
        said = {
            message.row["conversation_id"]: message.at
            for message in self.messages
            if not message.row["thread_only"]
        }
        for conversation_id, message in last.items():
            row = message.row
            yield conversation_id, row["seq"], row["rev"], message.at, said.get(conversation_id)

    def _update_heads(self) -> Step:
        ids, seqs, revs, times, said = zip(*self._heads(), strict=True)
        return Step(
            sql.UPDATE_HEADS,
            [
                uuids(ids),
                bigints(seqs),
                bigints(revs),
                timestamps(times),
                optional_timestamps(said),
            ],
        )

    def _update_pointers(self) -> Step:
        pointers = self.pointers.values()
        return Step(
            sql.UPDATE_POINTERS,
            [
                uuids(pointer.conversation_id for pointer in pointers),
                uuids(self.pointers),
                bigints(pointer.seq for pointer in pointers),
                timestamps(pointer.at for pointer in pointers),
            ],
        )

    def _insert_mentions(self) -> Step:
        return Step(
            sql.INSERT_MENTIONS,
            [
                uuids(conversation_id for conversation_id, _, _ in self.mentions),
                bigints(seq for _, seq, _ in self.mentions),
                optional_uuids(user_id for _, _, user_id in self.mentions),
            ],
        )

    def _insert_forwards(self) -> Step:
        """Where forwarded messages came from."""
        return Step(
            sql.INSERT_FORWARDS,
            [
                uuids(conversation_id for conversation_id, _, _, _ in self.forwards),
                bigints(seq for _, seq, _, _ in self.forwards),
                uuids(origin for _, _, origin, _ in self.forwards),
                bigints(origin_seq for _, _, _, origin_seq in self.forwards),
            ],
        )

    def _claim_attachments(self) -> Step:
        return Step(
            sql.CLAIM_ATTACHMENTS,
            [
                uuids(file for file, _, _ in self.claims),
                uuids(row["conversation_id"] for _, row, _ in self.claims),
                bigints(row["seq"] for _, row, _ in self.claims),
                ints(position for _, _, position in self.claims),
            ],
        )

    def _set_last_posts(self) -> Step:
        return Step(
            sql.SET_LAST_POSTS,
            [
                uuids(conversation_id for conversation_id, _ in self.last_posts),
                uuids(user_id for _, user_id in self.last_posts),
                timestamps(self.last_posts.values()),
            ],
        )

    def _insert_reports(self) -> Step:
        """Each report lets moderators read its message and the context."""
        messages = [message for message, _ in self.flagged]
        rows = [message.row for message in messages]
        return Step(
            sql.INSERT_REPORTS,
            [
                uuids(uuid7() for _ in rows),
                timestamps(message.at for message in messages),
                optional_uuids(row["sender_id"] for row in rows),
                uuids(row["conversation_id"] for row in rows),
                bigints(row["seq"] for row in rows),
                bigints(max(row["seq"] - CONTEXT, 1) for row in rows),
                bigints(row["seq"] + CONTEXT for row in rows),
                texts(word for _, word in self.flagged),
            ],
        )

    def _save_threads(self) -> Step:
        states = [change.state for change in self.threads.values()]
        return Step(
            sql.SAVE_THREADS,
            [
                uuids(conversation_id for conversation_id, _ in self.threads),
                bigints(seq for _, seq in self.threads),
                bigints(state.reply_count for state in states),
                bigints(state.last_seq for state in states),
                timestamps(change.at for change in self.threads.values()),
                texts("{" + ",".join(map(str, state.participant_ids)) + "}" for state in states),
            ],
        )

    def _follow_threads(self) -> Iterable[Step]:
        yield Step(
            sql.FOLLOW_THREADS,
            [
                uuids(conversation_id for conversation_id, _, _ in self.follows),
                bigints(seq for _, seq, _ in self.follows),
                uuids(user_id for _, _, user_id in self.follows),
                bigints(follow.read_seq for follow in self.follows.values()),
                bools(follow.writes for follow in self.follows.values()),
            ],
        )
