"""Mattermost's bulk export: JSON lines of teams, channels, users and posts, or a zip with them.

docs: https://docs.mattermost.com/onboard/bulk-loading-data.html (objects and their fields)
"""

import re
from collections.abc import Mapping
from typing import Any

from messaging.imports.slack.archive import ExportRefused, Unreadable
from messaging.imports.slack.emoji import emoji_named
from messaging.imports.slack.export import Kind, dict_of, list_of, text_of
from messaging.imports.source import Source, parse_json
from messaging.imports.translation import (
    TranslatedConversation,
    Translation,
    milliseconds,
    reactions_of,
)

Object = dict[str, Any]

_IGNORED = frozenset({"version", "emoji", "role", "scheme", "team"})
_CODE_OR_SIGN = re.compile(
    r"```.*?```|`[^`\n]+`|(?<![\w@])@([a-zA-Z0-9][a-zA-Z0-9._-]*)|:([a-z0-9_+-]+):", re.DOTALL
)
_EVERYBODY = frozenset({"all", "channel", "here"})
_EVENTS = {
    "system_join_channel": "channel_join",
    "system_add_to_channel": "channel_join",
    "system_leave_channel": "channel_leave",
    "system_remove_from_channel": "channel_leave",
    "system_header_change": "channel_topic",
    "system_displayname_change": "channel_name",
}


def translate_mattermost(source: Source, into: Translation) -> None:
    """Raises ExportRefused when there is no file of JSON lines, or it has no version."""
    found = source.named(".jsonl")
    if len(found) != 1:
        raise ExportRefused("One .jsonl file is needed: this is no bulk export of Mattermost.")
    translator = _Translator(into)
    count = 0
    try:
        for where, line in source.read_lines(found[0]):
            if line.strip():
                translator.take(where, line, is_first=not count)
                count += 1
    except Unreadable as error:
        raise ExportRefused(f"{found[0]} cannot be used: {error}.") from error
    if not count:
        raise ExportRefused(f"{found[0]} is empty.")
    into.report_unused(found[0])


class _Translator:
    def __init__(self, into: Translation) -> None:
        self._into = into
        self._takers = {
            "channel": self._channel,
            "user": self._user,
            "bot": self._bot,
            "post": self._post,
            "direct_channel": self._direct_channel,
            "direct_post": self._direct_post,
        }

    def take(self, where: str, line: bytes, *, is_first: bool) -> None:
        try:
            entry = parse_json(line)
        except Unreadable as error:
            if is_first:
                raise
            self._into.report.skip("bad_entry", where, str(error))
            return
        kind = text_of(entry.get("type"))
        if is_first and kind != "version":
            raise ExportRefused("The first line has no version: no bulk export of Mattermost.")
        if kind in self._takers:
            self._takers[kind](where, dict_of(entry.get(kind)))
        elif kind not in _IGNORED:
            self._into.report.skip("bad_entry", where, f"type {kind[:60]}")

    def _channel(self, where: str, channel: Object) -> None:
        kind = Kind.GROUP if channel.get("type") == "P" else Kind.PUBLIC
        self._into.conversation(
            _channel_id(channel.get("team"), channel.get("name")),
            kind,
            title=text_of(channel.get("display_name")) or text_of(channel.get("name")),
            topic=text_of(channel.get("header")) or text_of(channel.get("purpose")),
            is_archived=milliseconds(channel.get("deleted_at")) > 0,
        )

    def _user(self, where: str, user: Object) -> None:
        username = text_of(user.get("username"))
        if not username:
            self._into.report.skip("bad_entry", where, "no username")
            return
        full = " ".join(text_of(user.get(key)) for key in ("first_name", "last_name")).strip()
        self._into.person(
            username,
            full or text_of(user.get("nickname")) or username,
            email=text_of(user.get("email")),
            is_deleted=milliseconds(user.get("delete_at")) > 0,
        )
        for team in map(dict_of, list_of(user.get("teams"))):
            for channel in map(dict_of, list_of(team.get("channels"))):
                key = _channel_id(team.get("name"), channel.get("name"))
                conversation = self._into.conversation(key, Kind.PUBLIC, title=key)
                conversation.members[username] = None
                if "channel_admin" in text_of(channel.get("roles")) and not conversation.creator:
                    conversation.creator = username

    def _bot(self, where: str, bot: Object) -> None:
        username = text_of(bot.get("username"))
        self._into.person(username, text_of(bot.get("display_name")) or username, is_bot=True)

    def _direct_channel(self, where: str, channel: Object) -> None:
        self._direct(where, channel.get("members"), channel.get("participants"), channel)

    def _direct(
        self, where: str, members: object, participants: object, channel: Object
    ) -> TranslatedConversation | None:
        """That of its members; newer exports have `participants`, of which each has a name."""
        names = [text_of(it) for it in list_of(members)] or [
            text_of(dict_of(it).get("username")) for it in list_of(participants)
        ]
        names = sorted({name for name in names if name})
        if not names:
            self._into.report.skip("bad_entry", where, "no members")
            return None
        is_direct = len(names) <= 2
        conversation = self._into.conversation(
            "__".join(names),
            Kind.DIRECT if is_direct else Kind.GROUP,
            title="" if is_direct else ", ".join(self._into.name_of(it) or it for it in names),
            topic=text_of(channel.get("header")),
        )
        conversation.members |= dict.fromkeys(names)
        return conversation

    def _post(self, where: str, post: Object) -> None:
        key = _channel_id(post.get("team"), post.get("channel"))
        self._say(where, self._into.conversation(key, Kind.PUBLIC, title=key), post)

    def _direct_post(self, where: str, post: Object) -> None:
        conversation = self._direct(where, post.get("channel_members"), None, {})
        if conversation is not None:
            self._say(where, conversation, post)

    def _say(self, where: str, conversation: TranslatedConversation, post: Object) -> None:
        root = self._one(where, conversation, post, "")
        for number, reply in enumerate(map(dict_of, list_of(post.get("replies")))):
            self._one(f"{where} reply {number}", conversation, reply, root)

    def _one(
        self, where: str, conversation: TranslatedConversation, post: Object, root: str
    ) -> str:
        at = milliseconds(post.get("create_at"))
        kind = text_of(post.get("type"))
        message: Object = {"user": text_of(post.get("user"))}
        if kind.startswith("system_"):
            return self._event(where, conversation, post, at)
        message["markdown"] = self._text(post)
        if kind == "me":
            message["subtype"] = "me_message"
        if root:
            message["thread_ts"] = root
        if edited := milliseconds(post.get("edit_at")):
            message["edited"] = {"ts": f"{edited // 10**6}.{edited % 10**6:06}"}
        message["reactions"] = reactions_of(
            (text_of(it.get("emoji_name")), text_of(it.get("user")))
            for it in map(dict_of, list_of(post.get("reactions")))
        )
        paths = [text_of(dict_of(it).get("path")) for it in list_of(post.get("attachments"))]
        message["files"] = [
            self._into.file(path.rpartition("/")[2], path, f"data/{path}") for path in paths if path
        ]
        ts = self._into.say(conversation, at, where, message)
        if ts and post.get("is_pinned") is True:
            self._into.pin(conversation, ts, by="", at=at)
        return ts

    def _event(
        self, where: str, conversation: TranslatedConversation, post: Object, at: int
    ) -> str:
        """Of a system message what has a counterpart; the rest is left out and said."""
        subtype = _EVENTS.get(text_of(post.get("type")))
        props = dict_of(post.get("props"))
        if subtype is None:
            self._into.report.skip("no_counterpart", where, text_of(post.get("type")))
            return ""
        by = text_of(post.get("user"))
        who = next((text_of(props.get(key)) for key in _SUBJECTS if props.get(key)), by)
        message = {"user": who, "subtype": subtype, "text": ""}
        if subtype == "channel_join" and who != by:
            message["inviter"] = by
        if subtype == "channel_topic":
            message |= {"user": by, "topic": text_of(props.get("new_header"))}
        if subtype == "channel_name":
            message |= {"user": by, "name": text_of(props.get("new_displayname"))}
        return self._into.say(conversation, at, where, message)

    def _text(self, post: Mapping[str, Any]) -> str:
        parts = [text_of(post.get("message"))]
        props = dict_of(post.get("props"))
        for it in map(dict_of, list_of(props.get("attachments"))):
            title, link = text_of(it.get("title")), text_of(it.get("title_link"))
            parts += [
                text_of(it.get("pretext")),
                f"[{title}]({link})" if title and link else title,
                text_of(it.get("text")) or text_of(it.get("fallback")),
                *map(_field, list_of(it.get("fields"))),
            ]
        return _CODE_OR_SIGN.sub(self._sign, "\n".join(part for part in parts if part))

    def _sign(self, match: re.Match[str]) -> str:
        """A mention of who is known, also where a full stop ends its sentence; an emoji."""
        if match[2]:
            return emoji_named(match[2]) or match[0]
        if not match[1]:
            return match[0]
        name = match[1].lower()
        if name.rstrip(".-_") in _EVERYBODY:
            return "<!channel>" + match[1][len(name.rstrip(".-_")) :]
        for known in (name, name.rstrip(".-_")):
            if self._into.knows(known):
                return f"<@{known}>" + match[1][len(known) :]
        return match[0]


_SUBJECTS = ("addedUsername", "removedUsername", "username")


def _channel_id(team: object, name: object) -> str:
    return f"{text_of(team)}:{text_of(name)}"


def _field(value: object) -> str:
    parts = [text_of(dict_of(value).get(key)) for key in ("title", "value")]
    return ": ".join(part for part in parts if part)
