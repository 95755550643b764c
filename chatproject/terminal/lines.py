"""Formats messages and events as lines of text, without control characters."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

Message = Mapping[str, Any]
NameOf = Callable[[str | None], str]

MENTION = re.compile(r"<@([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})>")
REPLACEMENT, JOINER = "\N{REPLACEMENT CHARACTER}", "\N{ZERO WIDTH JOINER}"

NEWS = {
    "conversation.created": "began the conversation",
    "conversation.renamed": "renamed the conversation",
    "conversation.topic_changed": "changed the topic",
    "conversation.picture_changed": "changed the picture",
    "conversation.elevated": "opened the conversation to more people",
    "conversation.history_changed": "changed what newcomers may read",
    "conversation.history_opened": "opened the past to everybody here",
    "participant.joined": "joined",
    "participant.left": "left",
    "participant.removed": "removed {people}",
    "participant.banned": "banned {people}",
    "participants.added": "added {people}",
}


def clean(text: str) -> str:
    """The text without control characters; further lines are indented."""
    plain = text.replace("\r\n", "\n").replace("\t", "    ").replace(JOINER, "")
    return "".join(map(_harmless, plain)).replace("\n", "\n    ")


def _harmless(character: str) -> str:
    steers = unicodedata.category(character).startswith("C") and character != "\n"
    return REPLACEMENT if steers else character


def message_line(message: Message, name_of: NameOf) -> str:
    """`12  09:30  Ann: hello  (👍 2)`"""
    head = f"{message['seq']:>5}  {clock(message['createdAt'])}  "
    who = clean(name_of(message["senderId"]))
    if message["kind"] == "system":
        return f"{head}* {who} {_news(message, name_of)}"
    if message["deletedAt"]:
        return f"{head}{who}: (deleted)"
    parts = [f"{head}{who}: {clean(_with_names(message['content'], name_of))}"]
    if message["threadSeq"]:
        parts.append(f"(in the thread of {message['threadSeq']})")
    if message["replyToSeq"]:
        parts.append(f"(to {message['replyToSeq']})")
    parts += [f"[{clean(each['name'])}, {each['size']:,} bytes]" for each in message["attachments"]]
    parts += [f"({clean(each['emoji'])} {each['count']})" for each in message["reactions"]]
    if message["thread"] and message["thread"]["replyCount"]:
        parts.append(f"(thread: {message['thread']['replyCount']})")
    parts += [f"[{number} {clean(text)}]" for number, text in enumerate(_choices(message), 1)]
    if message["editedAt"]:
        parts.append("(edited)")
    return "  ".join(parts)


def _choices(message: Message) -> list[str]:
    """What one may vote for or press, which commands name by its number."""
    buttons = (message["meta"] or {}).get("buttons", [])
    choices = (message.get("poll") or {}).get("choices", [])
    votes = [f"{each['text']}: {each['count']}" for each in choices]
    return [*votes, *(each["label"] for each in buttons)]


def clock(time: str) -> str:
    """The local time of day, with the date unless it is today."""
    moment = datetime.fromisoformat(time).astimezone()
    today = datetime.now().astimezone().date()
    return moment.strftime("%H:%M" if moment.date() == today else "%Y-%m-%d %H:%M")


def presence_line(state: Mapping[str, Any], name_of: NameOf) -> str:
    seen = f", seen {clock(state['lastSeenAt'])}" if state["lastSeenAt"] else ""
    return f"{clean(name_of(state['userId']))}: {state['status']}{seen}"


def conversation_line(number: int, conversation: Mapping[str, Any]) -> str:
    """`3  Weekend (group, 5 people), 2 unread`"""
    count = conversation["memberCount"]
    kind = conversation["kind"] if count is None else f"{conversation['kind']}, {count} people"
    unread = f", {conversation['unread']} unread" if conversation["unread"] else ""
    return f"{number:>5}  {clean(conversation['name']) or '(no name)'} ({kind}){unread}"


def people_in(message: Message) -> list[str | None]:
    """The ids whose names the line shows."""
    named = MENTION.findall(message["content"])
    return [message["senderId"], *named, *_concerned(message.get("meta") or {})]


def _with_names(text: str, name_of: NameOf) -> str:
    return MENTION.sub(lambda match: f"@{name_of(match[1])}", text)


def _news(message: Message, name_of: NameOf) -> str:
    meta = message["meta"] or {}
    event = str(meta.get("event", ""))
    people = ", ".join(clean(name_of(user_id)) for user_id in _concerned(meta)) or "somebody"
    if event in NEWS:
        return NEWS[event].format(people=people)
    return clean(event.replace(".", " ").replace("_", " "))


def _concerned(meta: Mapping[str, Any]) -> list[str]:
    ids = meta.get("userIds", [meta["userId"]] if "userId" in meta else [])
    return [str(user_id) for user_id in ids]
