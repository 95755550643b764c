"""The report of an import: counts, and every item that was left out or changed, with a reason."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import IO, Any

from messaging.imports.history import ImportedMessage
from messaging.models import Message

# Reasons for leaving out an item.
SKIPPED = {
    "bad_file": "files that are no list of messages",
    "bad_entry": "entries that are not what their file should hold",
    "bad_time": "messages without a usable time",
    "duplicate": "messages that the export holds twice",
    "no_sender": "messages without a sender",
    "no_text": "messages without a visible character or a file",
    "hidden": "messages that Slack had deleted or hidden",
    "no_counterpart": "events that have no place in this system's log",
    "no_event": "messages of an unknown kind without a text",
    "bad_reaction": "reactions that are no emoji",
    "empty_direct": "direct conversations without a message",
    "no_people": "conversations without anybody in them",
    "file_ignored": "files that are not read",
    "no_conversation": "files of messages whose folder belongs to no conversation",
    "maybe_elsewhere": "conversations without a folder, while a folder belongs to none",
}
# Reasons for importing an item in another form.
CHANGED = {
    "characters_removed": "texts without their NUL and broken characters",
    "split": "texts that became several messages",
    "blank_part_removed": "parts of nothing in split texts",
    "parent_missing": "replies whose thread is not in the export",
    "unknown_kind": "messages of an unknown kind, taken as text",
    "file_not_fetched": "files of which only the name was kept",
    "file_refused": "files that are not taken here, of which only the name was kept",
    "attachments_left_out": "previews of what a text links to",
    "blocks_left_out": "blocks without a text: buttons, inputs, unknown ones",
    "bot_name_left_out": "names that a listed bot gave itself for one message",
    "purpose_left_out": "purposes of conversations that have a topic, too",
    "custom_emoji": "reactions with an emoji of the workspace's own, kept by name",
    "reactors_unknown": "reactions of which Slack does not tell all people",
    "unknown_person": "people whom users.json does not hold, made as placeholders",
    "unknown_mention": "mentions of somebody unknown, kept as plain text",
    "time_moved": "messages moved by a microsecond, since two had one time",
    "email_linked": "people who are an account that was here already",
    "email_taken": "people without their email, since an account here has it (see --link-emails)",
    "email_left_out": "email addresses that are not valid or stand twice",
    "name_cut": "names, titles and topics that were too long",
    "archived": "archived channels, which are locked here",
}
FIRST = 20
UNKNOWN = "unknown"  # the kind of a folder that belongs to no conversation


@dataclass(slots=True)
class ConversationResult:
    """`result` is imported, resumed, present, skipped or refused; the counts are of messages."""

    name: str
    kind: str
    result: str
    new: int = 0
    stored: int = 0
    detail: str = ""
    id: str | None = None


@dataclass
class Report:
    """Counts by reason; the items themselves go to `items_file`, one JSON object a line."""

    items_file: IO[str]
    dry_run: bool = False
    skipped: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    first: list[dict[str, str]] = field(default_factory=list)
    people: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    conversations: list[ConversationResult] = field(default_factory=list)

    def skip(self, reason: str, where: str, detail: str = "") -> None:
        """Notes an item that is left out; `reason` is a key of SKIPPED."""
        assert reason in SKIPPED, reason
        self.skipped[reason] += 1
        self._write("skipped", reason, where, detail)

    def change(self, reason: str, where: str, detail: str = "") -> None:
        """Notes an item that is imported in another form; `reason` is a key of CHANGED."""
        assert reason in CHANGED, reason
        self.changed[reason] += 1
        self._write("changed", reason, where, detail)

    def count(self, messages: Sequence[ImportedMessage]) -> None:
        """Counts system messages, replies, reactions and mentions among new messages."""
        for message in messages:
            self.counts["system"] += message.kind == Message.Kind.SYSTEM
            is_reply = message.reply_to_seq is not None or message.thread_seq is not None
            self.counts["replies"] += is_reply
            self.counts["reactions"] += len(message.reactions)
            self.counts["mentions"] += len(message.mentions)

    @property
    def refused(self) -> list[ConversationResult]:
        return [c for c in self.conversations if c.result == "refused"]

    @property
    def strays(self) -> bool:
        """Whether a folder of messages belongs to no conversation."""
        return any(result.kind == UNKNOWN for result in self.conversations)

    @property
    def items(self) -> int:
        return self.skipped.total() + self.changed.total()

    def lines(self) -> Iterator[str]:
        """Every item, one JSON object a line."""
        self.items_file.seek(0)
        yield from self.items_file

    def as_json(self) -> dict[str, Any]:
        """Everything but the items, as JSON values."""
        return {
            "dryRun": self.dry_run,
            "people": {k: self.people[k] for k in ("new", "present", "linked")},
            "messages": {
                "new": sum(c.new for c in self.conversations),
                "present": sum(c.stored for c in self.conversations),
            },
            "new": {k: self.counts[k] for k in ("system", "replies", "reactions", "mentions")},
            "conversations": [asdict(c) for c in self.conversations],
            "skipped": dict(self.skipped.most_common()),
            "changed": dict(self.changed.most_common()),
        }

    def as_text(self) -> str:
        """The report as text for people, without the items."""
        lines = [
            *map(_line, self.conversations),
            "People: {new:,} new, {linked:,} linked by email, {present:,} here already".format_map(
                self.people
            ),
            *_reasons("Left out", self.skipped, SKIPPED),
            *_reasons("Changed", self.changed, CHANGED),
        ]
        if self.dry_run:
            lines.append("Nothing was written: this was a dry run.")
        return "\n".join(lines)

    def _write(self, outcome: str, reason: str, where: str, detail: str) -> None:
        item = {"outcome": outcome, "reason": reason, "where": where, "detail": detail}
        if len(self.first) < FIRST:
            self.first.append(item)
        self.items_file.write(json.dumps(item) + "\n")


def _line(result: ConversationResult) -> str:
    text = f"{result.name} ({result.kind}): {result.result}, {result.new:,} messages new"
    text += f", {result.stored:,} here already" if result.stored else ""
    return text + (f". {result.detail}" if result.detail else "")


def _reasons(title: str, counts: Counter[str], words: dict[str, str]) -> list[str]:
    if not counts:
        return []
    listed = [f"  {count:,} {words[reason]} [{reason}]" for reason, count in counts.most_common()]
    return [f"{title}: {counts.total():,}", *listed]
