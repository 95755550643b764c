"""Parses a Slack message into a message, an event of the conversation, or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chatproject.core.plain_text import without_controls
from messaging.imports.history import ImportedFile
from messaging.imports.slack.days import Entry
from messaging.imports.slack.emoji import is_custom, reaction_named
from messaging.imports.slack.export import dict_of, ids_of, list_of, text_of, time_of
from messaging.imports.slack.markup import Directory, Markup, convert
from messaging.imports.slack.people import People
from messaging.imports.slack.report import Report
from messaging.imports.slack.speech import HasFile, read_speech
from messaging.text import has_visible_character

MAX_TITLE = 200
MAX_TOPIC = 1000

JOINS = frozenset({"channel_join", "group_join", "mpim_join"})
LEAVES = frozenset({"channel_leave", "group_leave", "mpim_leave"})
TOPICS = {
    "channel_topic": "topic",
    "group_topic": "topic",
    "mpim_topic": "topic",
    "channel_purpose": "purpose",
    "group_purpose": "purpose",
    "mpim_purpose": "purpose",
}
NAMES = frozenset({"channel_name", "group_name", "mpim_name"})
# Slack's own bookkeeping; their subject is deleted or in another message.
HIDDEN = frozenset({"tombstone", "message_deleted", "message_changed", "message_replied"})
NO_COUNTERPART = frozenset(
    {
        "channel_archive",
        "channel_unarchive",
        "group_archive",
        "group_unarchive",
        "pinned_item",
        "unpinned_item",
        "bot_add",
        "bot_remove",
        "bot_enable",
        "bot_disable",
        "channel_convert_to_private",
        "channel_posting_permissions",
        "reply_broadcast",
    }
)
SPOKEN = frozenset(
    {"", "bot_message", "me_message", "file_share", "file_comment", "thread_broadcast"}
)


@dataclass(slots=True)
class ParsedMessage:
    """A message of a person or bot; `markup.text` may be of any length."""

    sender_id: UUID
    markup: Markup
    meta: dict[str, Any] | None
    edited: int | None
    files: Sequence[ImportedFile] = ()


@dataclass(slots=True)
class ParsedEvent:
    """An event by `by`; `joined` or `left` is the person whose membership it changes."""

    by: UUID
    meta: dict[str, Any]
    joined: UUID | None = None
    left: UUID | None = None


class Reader:
    """Parses the messages of one conversation; reports what it leaves out."""

    def __init__(
        self,
        people: People,
        channels: Mapping[str, str],
        report: Report,
        groups: Mapping[str, str] | None = None,
        has_file: HasFile = lambda _: False,
    ) -> None:
        self._has_file = has_file
        self._people = people
        self._report = report
        group_of = ({} if groups is None else groups).get
        self._directory = Directory(people.id_of, people.name_of, channels.get, group_of)
        # Titles and topics are plain text without mentions.
        nobody: dict[str, UUID] = {}
        self._names = Directory(nobody.get, people.name_of, channels.get, group_of)

    def read(self, entry: Entry) -> ParsedMessage | ParsedEvent | None:
        message = entry.message
        subtype = text_of(message.get("subtype"))
        if message.get("type", "message") != "message":
            self._report.skip("bad_entry", entry.where, f"type {message['type']!r:.60}")
        elif subtype in HIDDEN or message.get("hidden") is True:
            self._report.skip("hidden", entry.where, subtype)
        elif subtype in NO_COUNTERPART:
            self._report.skip("no_counterpart", entry.where, subtype)
        elif subtype in JOINS or subtype in LEAVES or subtype in TOPICS or subtype in NAMES:
            return self._event(entry, subtype)
        else:
            return self._speech(entry, subtype)
        return None

    def plain(self, text: str) -> str:
        """A topic or title without Slack's markup, and without controls."""
        return without_controls(convert(text, self._names).text)

    def reactions(self, entry: Entry) -> list[tuple[UUID, str]]:
        """(user, emoji) of a message, each pair once."""
        found: dict[tuple[UUID, str], None] = {}
        for reaction in map(dict_of, list_of(entry.message.get("reactions"))):
            emoji = self._emoji(entry, reaction)
            if emoji is not None:
                for user in ids_of(reaction.get("users")):
                    found[self._people.require(user, entry.where), emoji] = None
        return list(found)

    def _emoji(self, entry: Entry, reaction: dict[str, Any]) -> str | None:
        name = text_of(reaction.get("name"))
        emoji = reaction_named(name)
        if emoji is None:
            self._report.skip("bad_reaction", entry.where, name)
            return None
        if is_custom(emoji):
            self._report.change("custom_emoji", entry.where, emoji)
        count, users = reaction.get("count"), ids_of(reaction.get("users"))
        if isinstance(count, int) and count > len(users):
            self._report.change("reactors_unknown", entry.where, f"{count - len(users)} of {emoji}")
        return emoji

    def _event(self, entry: Entry, subtype: str) -> ParsedEvent | None:
        sender = self._sender(entry)
        if sender is None:
            return None
        if subtype in LEAVES:
            return ParsedEvent(sender, {"event": "participant.left"}, left=sender)
        if subtype in TOPICS:
            topic = self._plain(entry, TOPICS[subtype], MAX_TOPIC)
            return ParsedEvent(sender, {"event": "conversation.topic_changed", "topic": topic})
        if subtype in NAMES:
            title = self._plain(entry, "name", MAX_TITLE)
            return ParsedEvent(sender, {"event": "conversation.renamed", "title": title})
        inviter = text_of(entry.message.get("inviter"))
        if not inviter:
            return ParsedEvent(sender, {"event": "participant.joined"}, joined=sender)
        added = {"event": "participants.added", "userIds": [str(sender)]}
        return ParsedEvent(self._people.require(inviter, entry.where), added, joined=sender)

    def _speech(self, entry: Entry, subtype: str) -> ParsedMessage | None:
        message = entry.message
        speech = read_speech(message, self._directory, has_file=self._has_file)
        markup = speech.markup
        if not has_visible_character(markup.text) and not speech.files:
            reason = "no_text" if subtype in SPOKEN else "no_event"
            self._report.skip(reason, entry.where, subtype)
            return None
        sender = self._sender(entry)
        if sender is None:
            return None
        # Only of a message that is imported: what is left out is not changed as well.
        for reason, detail in speech.changes:
            self._report.change(reason, entry.where, detail)
        if subtype not in SPOKEN:
            self._report.change("unknown_kind", entry.where, subtype)
        edited = time_of(dict_of(message.get("edited")).get("ts"))
        return ParsedMessage(
            sender,
            markup,
            {"me": True} if subtype == "me_message" else None,
            edited,
            speech.files,
        )

    def _sender(self, entry: Entry) -> UUID | None:
        """The sender's account; that of an integration is identified by its id and display name."""
        message = entry.message
        user = text_of(message.get("user")) or text_of(dict_of(message.get("comment")).get("user"))
        if user:
            profile = dict_of(message.get("user_profile"))
            name = text_of(profile.get("real_name")) or text_of(profile.get("name"))
            return self._people.require(user, entry.where, name=name)
        bot = text_of(message.get("bot_id"))
        name = text_of(message.get("username")) or text_of(
            dict_of(message.get("bot_profile")).get("name")
        )
        if bot or name:
            return self._bot(entry, bot or "bot", name)
        self._report.skip("no_sender", entry.where)
        return None

    def _bot(self, entry: Entry, bot: str, name: str) -> UUID:
        """A bot that users.json lists is that account, whatever name it gave itself for once."""
        listed = self._people.listed_bot(bot)
        if listed is None:
            return self._people.bot(bot, name)
        if name and name != listed.name:
            self._report.change("bot_name_left_out", entry.where, name)
        return listed.pk

    def _plain(self, entry: Entry, key: str, limit: int) -> str:
        text = self.plain(text_of(entry.message.get(key)))
        if len(text) > limit:
            self._report.change("name_cut", entry.where, text)
        return text[:limit]
