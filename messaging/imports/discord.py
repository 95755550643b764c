"""DiscordChatExporter's JSON: a file for each channel or thread.

docs: https://github.com/Tyrrrz/DiscordChatExporter (the JSON that it writes)
"""

import re
from typing import Any

from messaging.imports.slack.archive import ExportRefused, Unreadable
from messaging.imports.slack.export import Kind, dict_of, list_of, text_of
from messaging.imports.source import Source
from messaging.imports.translation import TranslatedConversation, Translation, microseconds, ts_of

Object = dict[str, Any]

_KINDS = {
    "DirectTextChat": Kind.DIRECT,
    "DirectGroupTextChat": Kind.GROUP,
    "GuildPrivateThread": Kind.GROUP,
}
_SPOKEN = frozenset({"Default", "Reply", "ChatInputCommand", "ContextMenuCommand", "0", "19", "20"})
_CODE_OR_SIGN = re.compile(
    r"```.*?```|`[^`\n]+`|<@!?(\d+)>|<a?(:\w+:)\d+>|@(everyone|here)\b", re.DOTALL
)


def translate_discord(source: Source, into: Translation) -> None:
    """Raises ExportRefused when no file is an export of a channel."""
    found = 0
    for name in source.names:
        if not name.lower().endswith(".json"):
            continue
        try:
            told = source.read_json(name)
        except Unreadable as error:
            into.report.skip("bad_file", name, str(error))
            continue
        if not dict_of(told.get("channel")) or not isinstance(told.get("messages"), list):
            into.report.skip("bad_file", name, "no channel with messages")
            continue
        found += 1
        _Channel(told, into, name).translate()
    into.report_unused(*(name for name in source.names if name.lower().endswith(".json")))
    if not found:
        raise ExportRefused("There is no channel in it: this is no JSON of DiscordChatExporter.")


class _Channel:
    def __init__(self, told: Object, into: Translation, file: str) -> None:
        self._channel = dict_of(told.get("channel"))
        self._messages = [dict_of(it) for it in list_of(told.get("messages"))]
        self._into = into
        self._file_name = file

    def translate(self) -> None:
        kind = _KINDS.get(text_of(self._channel.get("type")), Kind.PUBLIC)
        conversation = self._into.conversation(
            text_of(self._channel.get("id")) or self._file_name,
            kind,
            title="" if kind == Kind.DIRECT else text_of(self._channel.get("name")),
            topic=text_of(self._channel.get("topic")),
        )
        self._note_people(conversation, kind)
        if kind == Kind.DIRECT and len(conversation.members) < 2:
            peer = text_of(self._channel.get("name")) or "Discord"
            conversation.members[self._into.person(f"name:{peer}", peer)] = None
        for number, message in enumerate(self._messages):
            where = f"{self._file_name} message {text_of(message.get('id')) or number}"
            self._take(where, conversation, message)

    def _note_people(self, conversation: TranslatedConversation, kind: str) -> None:
        """First all, since a message may mention who speaks later only."""
        for message in self._messages:
            user = self._person(message.get("author"))
            is_bot = dict_of(message.get("author")).get("isBot") is True
            if user and (not is_bot or kind == Kind.DIRECT):
                conversation.members[user] = None
            for mentioned in list_of(message.get("mentions")):
                self._person(mentioned)

    def _person(self, value: object) -> str:
        given = dict_of(value)
        name = text_of(given.get("nickname")) or text_of(given.get("name"))
        return self._into.person(text_of(given.get("id")), name, is_bot=given.get("isBot") is True)

    def _take(self, where: str, conversation: TranslatedConversation, message: Object) -> None:
        kind = text_of(message.get("type")) or str(message.get("type"))
        user = self._person(message.get("author"))
        at = microseconds(message.get("timestamp"))
        entry: Object = {"user": user}
        match kind:
            case "RecipientAdd" | "GuildMemberJoin":
                entry["subtype"] = "channel_join"
            case "RecipientRemove":
                entry["subtype"] = "channel_leave"
            case "ChannelNameChange" if text_of(message.get("content")):
                name = text_of(message.get("content")).partition(":")[2].strip().rstrip(".")
                entry |= {"subtype": "channel_name", "name": name}
            case _ if kind in _SPOKEN:
                entry |= self._said(where, conversation, message)
            case _:
                self._into.report.skip("no_counterpart", where, kind[:60])
                return
        key = text_of(message.get("id"))
        ts = self._into.say(conversation, at, where, entry, key=key)
        if ts and message.get("isPinned") is True:
            self._into.pin(conversation, ts, by="", at=at)

    def _said(self, where: str, conversation: TranslatedConversation, message: Object) -> Object:
        parts = [self._text(message), *map(_embed, list_of(message.get("embeds")))]
        stickers = [text_of(dict_of(it).get("name")) for it in list_of(message.get("stickers"))]
        parts += [f":{name}:" for name in stickers if name]
        entry: Object = {"markdown": "\n".join(part for part in parts if part)}
        entry["files"] = [
            self._file(text_of(it.get("fileName")), text_of(it.get("url")))
            for it in map(dict_of, list_of(message.get("attachments")))
        ]
        if edited := message.get("timestampEdited"):
            entry["edited"] = {"ts": ts_of(microseconds(edited))}
        replied = text_of(dict_of(message.get("reference")).get("messageId"))
        if replied:
            ts = self._into.ts_of_key(conversation, replied)
            if ts:
                entry["reply_to_ts"] = ts
            else:
                self._into.report.change("parent_missing", where, replied)
        entry["reactions"] = [
            reaction
            for it in list_of(message.get("reactions"))
            if (reaction := self._reaction(where, dict_of(it)))
        ]
        return entry

    def _file(self, name: str, url: str) -> dict[str, str]:
        """Where files were fetched, their address is a path beside the export."""
        folder = self._file_name.rpartition("/")[0]
        path = url.replace("\\", "/")
        return self._into.file(name, f"{folder}/{path}" if folder else path)

    def _reaction(self, where: str, given: Object) -> Object | None:
        """Older exports have its count alone."""
        sign = dict_of(given.get("emoji"))
        name = text_of(sign.get("name"))
        users = [user for it in list_of(given.get("users")) if (user := self._person(it))]
        if not users:
            self._into.report.change("reactors_unknown", where, f"{given.get('count')} of {name}")
            return None
        name = name if not text_of(sign.get("id")) else name.lower()
        return {"name": name, "users": users, "count": given.get("count")}

    def _text(self, message: Object) -> str:
        """Mentions are ids, or names where the export was made with formatted markup."""
        names: dict[str, str] = {}
        for mentioned in map(dict_of, list_of(message.get("mentions"))):
            for key in ("nickname", "name"):
                if name := text_of(mentioned.get(key)):
                    names[name] = text_of(mentioned.get("id"))
        return _with_mentions(_CODE_OR_SIGN.sub(self._sign, text_of(message.get("content"))), names)

    def _sign(self, match: re.Match[str]) -> str:
        if match[1]:
            return f"<@{match[1]}>"
        if match[3]:
            return "<!channel>"
        return match[2] or match[0]


def _with_mentions(text: str, names: dict[str, str]) -> str:
    """Each `@name`, the longest that fits, as a mention of its person. Looked up by length, since a
    message may name thousands."""
    lengths = sorted({len(name) for name in names}, reverse=True)
    parts, start = [], 0
    at = text.find("@") if names else -1
    while at >= 0:
        found = (text[at + 1 : at + 1 + length] for length in lengths)
        name = next((name for name in found if name in names), "")
        if name:
            parts += [text[start:at], f"<@{names[name]}>"]
            start = at + 1 + len(name)
        at = text.find("@", at + 1 + len(name))
    return "".join([*parts, text[start:]])


def _embed(value: object) -> str:
    """What a program or a linked page says, with its title as a link."""
    given = dict_of(value)
    title, url = text_of(given.get("title")), text_of(given.get("url"))
    fields = [
        ": ".join(text for key in ("name", "value") if (text := text_of(it.get(key))))
        for it in map(dict_of, list_of(given.get("fields")))
    ]
    head = f"[{title}]({url})" if title and url else title
    return "\n".join(part for part in (head, text_of(given.get("description")), *fields) if part)
