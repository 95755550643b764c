"""Rocket.Chat's collections as `mongoexport` writes them: a folder or zip of JSON lines.

`users.json`, `rocketchat_room.json`, `rocketchat_message.json`, and
`rocketchat_subscription.json`, which tells who is in. docs: the fields are those of Rocket.Chat's
message and room objects, https://developer.rocket.chat/docs/message-object
"""

import re
from collections.abc import Iterator
from typing import Any

from messaging.imports.slack.archive import ExportRefused, Unreadable
from messaging.imports.slack.emoji import emoji_named
from messaging.imports.slack.export import Kind, dict_of, list_of, text_of
from messaging.imports.source import Source, parse_json
from messaging.imports.translation import (
    TranslatedConversation,
    Translation,
    microseconds,
    milliseconds,
    reactions_of,
    ts_of,
)

Object = dict[str, Any]

USERS, ROOMS, MESSAGES = "users.json", "rocketchat_room.json", "rocketchat_message.json"
SUBSCRIPTIONS = "rocketchat_subscription.json"
_KINDS = {"c": Kind.PUBLIC, "p": Kind.GROUP, "d": Kind.DIRECT}
_CODE_OR_SIGN = re.compile(
    r"```.*?```|`[^`\n]+`|(?<![\w@])@([\w.-]+)|:([a-z0-9_+-]+):|(?<![*\w])\*(?![\s*])([^*\n]+?)\*(?![*\w])"
    r"|(?<![~\w])~(?![\s~])([^~\n]+?)~(?![~\w])",
    re.DOTALL,
)


def translate_rocketchat(source: Source, into: Translation) -> None:
    """Raises ExportRefused when a collection is missing or cannot be read."""
    files = {name.rpartition("/")[2]: name for name in source.names}
    missing = [name for name in (USERS, ROOMS, MESSAGES) if name not in files]
    if missing:
        raise ExportRefused(f"{', '.join(missing)} is missing: this is no export of Rocket.Chat.")
    translator = _Translator(into)
    takers = {
        USERS: translator.user,
        ROOMS: translator.room,
        SUBSCRIPTIONS: translator.subscription,
        MESSAGES: translator.message,
    }
    for name, take in takers.items():
        if name in files:
            try:
                for where, entry in _entries(source, files.pop(name), into):
                    take(where, entry)
            except Unreadable as error:
                raise ExportRefused(f"{name} cannot be used: {error}.") from error
    for name in files.values():
        into.report.skip("file_ignored", name)


def _entries(source: Source, name: str, into: Translation) -> Iterator[tuple[str, Object]]:
    for where, line in source.read_lines(name):
        if not line.strip():
            continue
        try:
            entry = parse_json(line)
        except Unreadable as error:
            into.report.skip("bad_entry", where, str(error))
            continue
        if text_of(entry.get("_id")):
            yield where, entry
        else:
            into.report.skip("bad_entry", where, "no object with an _id")


class _Translator:
    def __init__(self, into: Translation) -> None:
        self._into = into
        self._ids: dict[str, str] = {}  # by username
        self._rooms: dict[str, TranslatedConversation] = {}

    def user(self, where: str, user: Object) -> None:
        username = text_of(user.get("username"))
        emails = [text_of(dict_of(it).get("address")) for it in list_of(user.get("emails"))]
        self._ids[username] = self._into.person(
            text_of(user["_id"]),
            text_of(user.get("name")) or username,
            email=next(iter(emails), ""),
            is_bot=user.get("type") in ("bot", "app"),
            is_deleted=user.get("active") is False,
        )

    def room(self, where: str, room: Object) -> None:
        kind = _KINDS.get(text_of(room.get("t")))
        if kind is None:
            self._into.report.skip("no_counterpart", where, f"a room of type {room.get('t')}")
            return
        uids = [text_of(it) for it in list_of(room.get("uids"))]
        names = [text_of(it) for it in list_of(room.get("usernames"))]
        members = uids or [self._ids[name] for name in names if name in self._ids]
        if kind == Kind.DIRECT and len(set(members)) > 2:
            kind = Kind.GROUP
        title = text_of(room.get("fname")) or text_of(room.get("name"))
        if not title and kind == Kind.GROUP:
            title = ", ".join(self._into.name_of(it) or it for it in members)
        conversation = self._into.conversation(
            text_of(room["_id"]),
            kind,
            title="" if kind == Kind.DIRECT else title,
            topic=text_of(room.get("topic")) or text_of(room.get("description")),
            created=_time(room.get("ts")),
            creator=text_of(dict_of(room.get("u")).get("_id")),
            is_archived=room.get("archived") is True,
        )
        conversation.members |= dict.fromkeys(it for it in members if it)
        self._rooms[text_of(room["_id"])] = conversation

    def subscription(self, where: str, subscription: Object) -> None:
        conversation = self._rooms.get(text_of(subscription.get("rid")))
        user = text_of(dict_of(subscription.get("u")).get("_id"))
        if conversation is not None and user and conversation.kind != Kind.DIRECT:
            conversation.members[user] = None

    def message(self, where: str, message: Object) -> None:
        conversation = self._rooms.get(text_of(message.get("rid")))
        if conversation is None:
            self._into.report.skip("no_conversation", where, text_of(message.get("rid")))
            return
        author = dict_of(message.get("u"))
        user = text_of(author.get("_id"))
        entry: Object = {"user": user}
        at = _time(message.get("ts"))
        if kind := text_of(message.get("t")):
            change = self._event(kind, user, message)
            if change is None:
                self._into.report.skip("no_counterpart", where, kind[:60])
                return
            entry |= change
        else:
            entry |= self._said(where, conversation, message)
        ts = self._into.say(conversation, at, where, entry, key=text_of(message["_id"]))
        if ts and message.get("pinned") is True:
            by = text_of(dict_of(message.get("pinnedBy")).get("_id"))
            self._into.pin(conversation, ts, by=by, at=_time(message.get("pinnedAt")) or at)

    def _event(self, kind: str, user: str, message: Object) -> Object | None:
        """`msg` is whom or what it is about."""
        about = text_of(message.get("msg"))
        other = self._ids.get(about, "")
        match kind:
            case "uj":
                return {"subtype": "channel_join"}
            case "ul":
                return {"subtype": "channel_leave"}
            case "au" | "added-user-to-team" if other:
                return {"subtype": "channel_join", "user": other, "inviter": user}
            case "ru" if other:
                return {"subtype": "channel_leave", "user": other}
            case "r":
                return {"subtype": "channel_name", "name": about}
            case "room_changed_topic":
                return {"subtype": "channel_topic", "topic": about}
            case _:
                return None

    def _said(self, where: str, conversation: TranslatedConversation, message: Object) -> Object:
        attachments = [dict_of(it) for it in list_of(message.get("attachments"))]
        words = [self._text(text_of(message.get("msg")))]
        words += [self._text(_attachment(it)) for it in attachments if not _is_quote(it)]
        entry: Object = {"markdown": "\n".join(part for part in words if part)}
        files = list_of(message.get("files")) or [message.get("file")]
        named = {text_of(dict_of(it).get("name")): None for it in files}
        entry["files"] = [
            {"name": name} for name in named if name and not name.startswith("thumb-")
        ]
        if thread := text_of(message.get("tmid")):
            self._refer(where, conversation, entry, "thread_ts", thread)
            if message.get("tshow") is True:
                entry["subtype"] = "thread_broadcast"
        for quote in filter(_is_quote, attachments):
            quoted = text_of(quote.get("message_link")).partition("msg=")[2]
            self._refer(where, conversation, entry, "reply_to_ts", quoted)
        if edited := _time(message.get("editedAt")):
            entry["edited"] = {"ts": ts_of(edited)}
        entry["reactions"] = reactions_of(
            (name.strip(":"), self._ids[username])
            for name, given in dict_of(message.get("reactions")).items()
            for username in map(text_of, list_of(dict_of(given).get("usernames")))
            if username in self._ids
        )
        return entry

    def _refer(
        self, where: str, conversation: TranslatedConversation, entry: Object, key: str, id: str
    ) -> None:
        if ts := self._into.ts_of_key(conversation, id):
            entry[key] = ts
        else:
            self._into.report.change("parent_missing", where, id)

    def _text(self, text: str) -> str:
        """Its markup has `*bold*` and `~struck~`, as Slack's, but else that of Markdown."""
        return _CODE_OR_SIGN.sub(self._sign, re.sub(r"\[ \]\([^)\s]*\)\s?", "", text))

    def _sign(self, match: re.Match[str]) -> str:
        if name := match[1]:
            known = name if name in self._ids else name.rstrip(".-")
            if known in self._ids:
                return f"<@{self._ids[known]}>{name[len(known) :]}"
            return f"<!channel>{name[len(known) :]}" if known in ("all", "here") else match[0]
        if match[2]:
            return emoji_named(match[2]) or match[0]
        if match[3]:
            return f"**{match[3]}**"
        return f"~~{match[4]}~~" if match[4] else match[0]


def _is_quote(attachment: Object) -> bool:
    return "msg=" in text_of(attachment.get("message_link"))


def _attachment(it: Object) -> str:
    title, link = text_of(it.get("title")), text_of(it.get("title_link"))
    head = f"[{title}]({link})" if title and link.startswith("http") else ""
    parts = (head, text_of(it.get("text")), text_of(it.get("description")))
    return "\n".join(part for part in parts if part)


def _time(value: object) -> int:
    """Microseconds of MongoDB's `{"$date": …}`: ISO 8601, milliseconds, or `{"$numberLong": …}`."""
    given = dict_of(value).get("$date", value)
    if isinstance(given, dict):
        number = text_of(given.get("$numberLong"))
        return int(number[:20]) * 1000 if number.isascii() and number.isdigit() else 0
    if isinstance(given, str):
        return microseconds(given)
    return milliseconds(given)
