"""Telegram Desktop's export in JSON: `result.json` of one chat or of all, in its folder.

docs: https://core.telegram.org/import-export (the machine-readable form that the program writes)
"""

from typing import Any

from messaging.imports.plain_words import as_plain
from messaging.imports.slack.archive import ExportRefused, Unreadable
from messaging.imports.slack.export import Kind, dict_of, list_of, text_of
from messaging.imports.source import Source
from messaging.imports.translation import (
    TranslatedConversation,
    Translation,
    microseconds,
    ts_of,
)

Object = dict[str, Any]

_KINDS = {
    "personal_chat": Kind.DIRECT,
    "bot_chat": Kind.DIRECT,
    "saved_messages": Kind.DIRECT,
    "public_supergroup": Kind.PUBLIC,
    "public_channel": Kind.PUBLIC,
}
_MARKS = {"bold": "**", "italic": "*", "strikethrough": "~~"}
_JOINS = frozenset({"invite_members", "join_group_by_link", "join_group_by_request"})
_FILES = ("photo", "file")
_OTHER = ("location_information", "contact_information", "game_title", "invoice_information")


def translate_telegram(source: Source, into: Translation) -> None:
    """Raises ExportRefused for what is no result.json."""
    found = source.named("result.json")
    if len(found) != 1:
        raise ExportRefused("One result.json is needed, as Telegram Desktop exports it.")
    try:
        told = source.read_json(found[0])
    except Unreadable as error:
        raise ExportRefused(f"{found[0]} cannot be used: {error}.") from error
    me = dict_of(told.get("personal_information"))
    own = _person_id(me.get("user_id"))
    if own:
        names = (text_of(me.get(key)) for key in ("first_name", "last_name"))
        into.person(own, " ".join(name for name in names if name))
    chats = [told] if "messages" in told else []
    for part in ("chats", "left_chats"):
        chats += map(dict_of, list_of(dict_of(told.get(part)).get("list")))
    if not chats:
        raise ExportRefused("There is no chat in it: this is no JSON export of Telegram Desktop.")
    for chat in chats:
        _Chat(chat, into, own, found[0]).translate()
    into.report_unused(found[0])


class _Chat:
    def __init__(self, chat: Object, into: Translation, own: str, file: str) -> None:
        self._chat = chat
        self._into = into
        self._own = own
        self._file = file
        self._kind = _KINDS.get(text_of(chat.get("type")), Kind.GROUP)

    def translate(self) -> None:
        key, name = str(self._chat.get("id")), text_of(self._chat.get("name"))
        is_direct = self._kind == Kind.DIRECT
        conversation = self._into.conversation(key, self._kind, title="" if is_direct else name)
        messages = list_of(self._chat.get("messages"))
        if is_direct:
            self._find_two(conversation, messages, f"user{key}", name)
        for message in map(dict_of, messages):  # first all: one may mention who speaks later
            self._sender(message, "from", "from_id")
        for message in map(dict_of, messages):
            where = f"{self._file} chat {key} message {message.get('id')}"
            if message.get("type") == "service":
                self._event(where, conversation, message)
            else:
                self._said(where, conversation, message)

    def _find_two(
        self, conversation: TranslatedConversation, messages: list[Any], peer: str, name: str
    ) -> None:
        """The peer, who may have said nothing, and whose export it is, by what they said."""
        is_own = self._chat.get("type") == "saved_messages"
        if not is_own:
            conversation.members[self._into.person(peer, name or "Deleted account")] = None
        if self._own:
            conversation.members[self._own] = None
        for message in map(dict_of, messages):
            sender = text_of(message.get("from_id"))
            if sender and (is_own or len(conversation.members) < 2):
                conversation.members[self._into.person(sender, text_of(message.get("from")))] = None
            if len(conversation.members) == (1 if is_own else 2):
                return

    def _sender(self, message: Object, name: str, id: str) -> str:
        sender = text_of(message.get(id))
        is_channel = sender.startswith("channel")
        title = text_of(message.get(name)) or ("" if is_channel else "Deleted account")
        return self._into.person(sender, title, is_bot=is_channel)

    def _said(self, where: str, conversation: TranslatedConversation, message: Object) -> None:
        sender = self._sender(message, "from", "from_id")
        entry: Object = {"user": sender, "markdown": self._text(message)}
        if self._kind != Kind.DIRECT and sender and not sender.startswith("channel"):
            conversation.members[sender] = None
        paths = [text_of(message.get(key)) for key in _FILES]
        entry["files"] = [self._attached(message, path) for path in paths if path]
        replied = message.get("reply_to_message_id")
        if replied is not None:
            ts = self._into.ts_of_key(conversation, str(replied))
            if ts:
                entry["reply_to_ts"] = ts
            else:
                self._into.report.change("parent_missing", where, str(replied))
        if edited := _time(message, "edited"):
            entry["edited"] = {"ts": ts_of(edited)}
        entry["reactions"] = self._reactions(where, message)
        self._say(where, conversation, message, entry)

    def _attached(self, message: Object, path: str) -> dict[str, str]:
        """What was not exported has a note in brackets as its path."""
        name = text_of(message.get("file_name")) or path.rpartition("/")[2]
        return self._into.file(name, self._file.removesuffix("result.json") + path)

    def _say(
        self, where: str, conversation: TranslatedConversation, message: Object, entry: Object
    ) -> None:
        key = str(message.get("id"))
        at = _time(message, "date")
        self._into.say(conversation, at, where, entry, key=key, is_in_order=True)

    def _reactions(self, where: str, message: Object) -> list[Object]:
        """Of those whom it names: Telegram tells but the last ones."""
        found = []
        for reaction in map(dict_of, list_of(message.get("reactions"))):
            sign = text_of(reaction.get("emoji"))
            who = [
                self._sender(each, "from", "from_id")
                for each in map(dict_of, list_of(reaction.get("recent")))
            ]
            if not sign:
                self._into.report.skip("bad_reaction", where, text_of(reaction.get("type")))
                continue
            users = [it for it in who if it]
            count = reaction.get("count")
            if users:
                found.append({"name": sign, "users": users, "count": count})
            else:
                self._into.report.change("reactors_unknown", where, f"{count} of {sign}")
        return found

    def _event(self, where: str, conversation: TranslatedConversation, message: Object) -> None:
        actor = self._sender(message, "actor", "actor_id")
        match text_of(message.get("action")):
            case "edit_group_title":
                entry = {"subtype": "channel_name", "name": text_of(message.get("title"))}
            case "remove_members" if self._names(message) == [self._into.name_of(actor)]:
                entry = {"subtype": "channel_leave"}
                conversation.members.pop(actor, None)
            case action if action in _JOINS and self._names(message) in (
                [],
                [self._into.name_of(actor)],
            ):
                entry = {"subtype": "channel_join"}
                conversation.members[actor] = None
            case "pin_message":
                ts = self._into.ts_of_key(conversation, str(message.get("message_id")))
                if ts:
                    self._into.pin(conversation, ts, by=actor, at=_time(message, "date"))
                return
            case action:
                self._into.report.skip("no_counterpart", where, action[:60])
                return
        self._say(where, conversation, message, {"user": actor, **entry})

    def _names(self, message: Object) -> list[str]:
        """Others are told by their names alone, which may be anybody's."""
        return [text_of(it) for it in list_of(message.get("members"))]

    def _text(self, message: Object) -> str:
        """The text with its emphasis; of a poll, sticker or place what it says."""
        parts = message.get("text_entities") or message.get("text")
        entities = [parts] if isinstance(parts, str) else list_of(parts)
        text = "".join(map(self._entity, entities))
        if forwarded := text_of(message.get("forwarded_from")):
            text = f"*{as_plain(forwarded)}:*\n{text}"
        if message.get("media_type") == "sticker":
            text = text or text_of(message.get("sticker_emoji"))
        if poll := dict_of(message.get("poll")):
            answers = map(dict_of, list_of(poll.get("answers")))
            lines = [
                f"- {as_plain(text_of(it.get('text')))} ({it.get('voters')})" for it in answers
            ]
            text = "\n".join([f"**{as_plain(text_of(poll.get('question')))}**", *lines])
        for key in _OTHER:
            if key in message and not text:
                values = dict_of(message[key]).values() or [message[key]]
                text = as_plain(", ".join(str(value) for value in values))
        return text.strip("\n")

    def _entity(self, entity: object) -> str:
        if isinstance(entity, str):
            return as_plain(text_of(entity))
        given = dict_of(entity)
        text, kind = text_of(given.get("text")), text_of(given.get("type"))
        core = text.strip()
        if kind in _MARKS and core and "\n" not in core:
            before, _, after = text.partition(core)
            return f"{before}{_MARKS[kind]}{as_plain(core)}{_MARKS[kind]}{after}"
        match kind:
            case "pre":
                return f"\n```\n{text}\n```\n"
            case "code":
                return f"`{text}`"
            case "text_link" if "](" not in text and "\n" not in text:
                return f"[{text}]({text_of(given.get('href'))})"
            case "blockquote":
                return "".join(f"> {as_plain(line)}\n" for line in text.split("\n"))
            case "mention_name":
                person = _person_id(given.get("user_id"))
                return f"<@{person}>" if self._into.knows(person) else as_plain(text)
            case "link" | "email" | "hashtag":
                return text
            case _:
                return as_plain(text)


def _person_id(value: object) -> str:
    text = str(value) if isinstance(value, int) else text_of(value)
    return f"user{text}" if text.isascii() and text.isdigit() else text


def _time(message: Object, key: str) -> int:
    """The seconds since 1970, which newer exports have, else the local time, taken as UTC."""
    seconds = text_of(message.get(f"{key}_unixtime"))
    if seconds.isascii() and seconds.isdigit():
        return int(seconds[:20]) * 10**6
    return microseconds(message[key]) if key in message else 0
