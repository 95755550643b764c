"""Makes the rows of a conversation's log. They depend only on the export."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID, uuid5

from messaging.imports.history import ImportedMessage
from messaging.imports.slack.content import ParsedEvent, ParsedMessage, Reader
from messaging.imports.slack.days import Entry
from messaging.imports.slack.export import SlackConversation, list_of, moment, text_of, time_of
from messaging.imports.slack.people import NAMESPACE, People
from messaging.imports.slack.periods import MembershipTracker
from messaging.imports.slack.report import Report
from messaging.mentions import mentioned_in
from messaging.models import Message
from messaging.text import MAX_LENGTH, has_visible_character

MENTION_LENGTH = 39  # "<@", a UUID, ">"
NO_THREAD = 0


class LogBuilder:
    """Numbers messages and events; `membership` is complete after the last row.

    Threads and pins refer to a message by its time. Only time, seq and thread of each message are
    kept in memory, 24 bytes.
    """

    def __init__(
        self,
        conversation: SlackConversation,
        origin: str,
        *,
        now: int,
        reader: Reader,
        people: People,
        report: Report,
    ) -> None:
        self.membership = MembershipTracker()
        self.head = 0
        self.first_sender: UUID | None = None
        self._conversation = conversation
        self._now = now
        self._origin = origin
        self._reader = reader
        self._people = people
        self._report = report
        self._times = array("q")
        self._seqs = array("q")
        self._threads = array("q")
        self._last = 0
        # The messages at the time of the present one, and that time.
        self._tied: list[tuple[str, ...]] = []
        self._tied_at = 0

    def rows(self, entries: Iterable[Entry]) -> Iterator[ImportedMessage]:
        """The rows of `entries`, which must be in order of time."""
        for entry in entries:
            if not self._is_new(entry):
                continue
            content = self._reader.read(entry)
            if isinstance(content, ParsedMessage):
                yield from self._message_rows(entry, content)
            elif content is not None:
                yield self._system_row(entry, content)

    def _is_new(self, entry: Entry) -> bool:
        """Whether it is no duplicate; then it is noted among the entries of its time."""
        keys = ("user", "bot_id", "username", "subtype", "text", "markdown")
        rest = ("blocks", "attachments", "files", "file", "comment")
        name = (
            *(text_of(entry.message.get(key)) for key in keys),
            *(repr(entry.message.get(key)) for key in rest),
        )
        if entry.at != self._tied_at:
            self._tied, self._tied_at = [], entry.at
        if name in self._tied:
            self._report.skip("duplicate", entry.where)
            return False
        self._tied.append(name)
        return True

    def _message_rows(self, entry: Entry, said: ParsedMessage) -> Iterator[ImportedMessage]:
        parts = self._parts(entry, said.markup.text)
        parent, thread = self._parent(entry)
        quoted = self._quoted(entry)
        is_broadcast = entry.message.get("subtype") == "thread_broadcast"
        for number, part in enumerate(parts):
            message = self._next(entry, said.sender_id, number)
            message.body = part
            message.meta = said.meta
            message.reply_to_seq = quoted or (None if parent == thread else parent)
            message.thread_seq = thread
            message.thread_only = thread is not None and not is_broadcast
            message.mentions = _mentions_of(said, part)
            if said.edited is not None:
                message.edited_at = max(moment(said.edited), message.created_at)
            if number == 0:
                message.files = said.files
                self._threads[-1] = thread or message.seq
                message.reactions = self._reader.reactions(entry)
                self._pin(entry, message)
            if not self._people.is_bot(said.sender_id):
                self.membership.acted(said.sender_id, message.seq, message.created_at)
            yield message

    def _system_row(self, entry: Entry, event: ParsedEvent) -> ImportedMessage:
        message = self._next(entry, event.by)
        message.kind = Message.Kind.SYSTEM
        message.meta = event.meta
        self._threads[-1] = NO_THREAD
        at = message.created_at
        if event.joined is not None:
            self.membership.acted(event.joined, message.seq, at)
        if event.left is not None:
            self.membership.left(event.left, message.seq, at, since=self.since)
        return message

    @property
    def since(self) -> datetime:
        """When the conversation was created; its first message may be earlier."""
        times = (self._conversation.created, self._times[0] if self._times else 0)
        return moment(min((time for time in times if time), default=self._now))

    @property
    def last_at(self) -> datetime:
        return moment(self._last) if self.head else self.since

    def _next(self, entry: Entry, sender_id: UUID, part: int = 0) -> ImportedMessage:
        at = max(entry.at, self._last + 1)
        if part == 0:
            self._times.append(entry.at)
            self._seqs.append(self.head + 1)
            self._threads.append(self.head + 1)
            if at != entry.at:
                self._report.change("time_moved", entry.where)
        self._last = at
        self.head += 1
        self.first_sender = self.first_sender or sender_id
        return ImportedMessage(
            seq=self.head,
            client_id=self._client_id(entry.at, len(self._tied), part),
            sender_id=sender_id,
            created_at=moment(at),
        )

    def _client_id(self, at: int, tie: int, part: int) -> UUID:
        return uuid5(NAMESPACE, f"{self._origin}/{at}/{tie}/{part}")

    def _parent(self, entry: Entry) -> tuple[int | None, int | None]:
        """The seqs of the message that it replies to, and of the thread's root; an event has no
        thread, so what replies to one quotes it."""
        root = time_of(entry.message.get("thread_ts"))
        if root is None or root == entry.at:
            return None, None
        index = bisect_left(self._times, root)
        if index < len(self._times) and self._times[index] == root:
            return self._seqs[index], self._threads[index] or None
        self._report.change("parent_missing", entry.where, text_of(entry.message["thread_ts"]))
        return None, None

    def _quoted(self, entry: Entry) -> int | None:
        """The seq of the message that it quotes outside of a thread, which Slack knows not."""
        at = time_of(entry.message.get("reply_to_ts"))
        if at is None:
            return None
        index = bisect_left(self._times, at)
        if index < len(self._times) and self._times[index] == at:
            return self._seqs[index]
        self._report.change("parent_missing", entry.where, text_of(entry.message["reply_to_ts"]))
        return None

    def _pin(self, entry: Entry, message: ImportedMessage) -> None:
        pin = self._conversation.pins.get(entry.at)
        if pin is not None:
            message.pinned_at = max(moment(pin.at), message.created_at)
            message.pinned_by = self._people.id_of(pin.user)
        elif self._conversation.id in list_of(entry.message.get("pinned_to")):
            message.pinned_at = message.created_at

    def _parts(self, entry: Entry, text: str) -> list[str]:
        if len(text) <= MAX_LENGTH:
            return [text]
        parts = split_text(text)
        visible = [part for part in parts if has_visible_character(part)]
        self._report.change("split", entry.where, f"{len(visible)} messages")
        if len(visible) < len(parts):
            self._report.change("blank_part_removed", entry.where)
        return visible


def _mentions_of(said: ParsedMessage, part: str) -> list[UUID | None]:
    """Whom a message, or a part of one, mentions by the markup; None is everybody."""
    people, everybody = mentioned_in(part)
    called = sorted(said.markup.people & people)
    return [*called, None] if everybody else [*called]


def split_text(text: str) -> list[str]:
    """Splits the text into parts of at most MAX_LENGTH characters; joined they are the text."""
    parts, start = [], 0
    while len(text) - start > MAX_LENGTH:
        end = _cut(text, start, start + MAX_LENGTH)
        parts.append(text[start:end])
        start = end
    return [*parts, text[start:]]


def _cut(text: str, start: int, end: int) -> int:
    """The index after the last line, else word, that fits; never inside of a mention."""
    for space in ("\n", " "):
        found = text.rfind(space, start + MAX_LENGTH // 2, end)
        if found >= 0:
            return found + 1
    mention = text.rfind("<@", end - MENTION_LENGTH + 1, end)
    return mention if mention > start and ">" not in text[mention:end] else end
