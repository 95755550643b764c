"""Parses webhook payloads in Slack's and Mattermost's formats: a text, and the name to show it
under.

    {"text": "<https://ci|Build 7> failed :fire:", "username": "CI", "attachments": […]}

Slack writes `*bold*`, Mattermost `**bold**`. A payload does not say which it is, so what only
Markdown has decides, unless the caller knows.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from accounts.models import User
from chatproject.core.api.json import dump
from chatproject.core.plain_text import without_controls
from conversations.models import Conversation
from messaging.imports.slack.blocks import read_blocks
from messaging.imports.slack.emoji import emoji_named
from messaging.imports.slack.export import dict_of, list_of, text_of
from messaging.imports.slack.markup import Directory, Markup, convert
from messaging.imports.slack.speech import read_speech
from messaging.text import MAX_LENGTH, has_visible_character

MAX_BLOCKS = 50
MAX_ATTACHMENTS = 100
MAX_TEXT = 40_000  # characters that are read at all; Slack's bound
MAX_NAMED = 200  # people and conversations whose names are looked up for a payload
MAX_AUTHOR = 100
CUT = "\n…"
FENCE = "```"

_ID = re.compile(r"[<\"][@#]?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
# Bold, a link, a heading, and the line beneath the head of a table, as only Markdown has them.
_MARKDOWN = re.compile(
    r"\*\*[^\s*][^*\n]*\*\*|\[[^\]\n]+\]\(https?://|^#{1,6} \S|^\|?[ :]*-{3,}[ :]*\|", re.MULTILINE
)


class PayloadRefused(Exception):
    """`code` is what Slack answers."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


class Words(NamedTuple):
    """What a payload says in our Markdown, cut to the length of a message; empty where nothing."""

    body: str
    author: dict[str, str] | None  # name, emoji: as whom the message is shown


def read_payload(payload: Mapping[str, Any], *, is_markdown: bool | None = None) -> Words:
    """Raises PayloadRefused for a payload of the wrong shape; unknown blocks are left out."""
    _check_shape(payload)
    named = dict(payload, subtype="bot_message")
    for name in ("files", "file", "comment"):
        named.pop(name, None)
    if has_visible_character(read_blocks(payload.get("blocks")).text):
        named.pop("text", None)  # it is for who cannot show blocks
    if is_markdown is None:
        is_markdown = bool(_MARKDOWN.search(_all_texts(payload)[:MAX_TEXT]))
    speech = read_speech(named, _directory(payload), partial(_convert, is_markdown=is_markdown))
    body = speech.markup.text.strip()
    return Words(_cut(body) if has_visible_character(body) else "", _author(payload))


def _convert(text: str, directory: Directory, *, is_markdown: bool) -> Markup:
    return convert(text[:MAX_TEXT], directory, is_markdown=is_markdown)


def _check_shape(payload: Mapping[str, Any]) -> None:
    text, attachments, blocks = map(payload.get, ("text", "attachments", "blocks"))
    if text is not None and not isinstance(text, str | int | float):
        raise PayloadRefused("invalid_payload")
    if attachments is not None and not isinstance(attachments, list):
        raise PayloadRefused("invalid_attachments")
    if blocks is not None and not isinstance(blocks, list):
        raise PayloadRefused("invalid_blocks")
    if len(attachments or ()) > MAX_ATTACHMENTS:
        raise PayloadRefused("too_many_attachments")
    inner = [blocks, *(dict_of(each).get("blocks") for each in attachments or ())]
    if any(len(list_of(each)) > MAX_BLOCKS for each in inner):
        raise PayloadRefused("invalid_blocks")


def _all_texts(payload: Mapping[str, Any]) -> str:
    """Where Markdown is looked for."""

    def texts() -> Iterator[str]:
        yield text_of(payload.get("text"))
        for attachment in map(dict_of, list_of(payload.get("attachments"))):
            yield text_of(attachment.get("pretext"))
            yield text_of(attachment.get("text"))

    return "\n".join(texts())


def _directory(payload: Mapping[str, Any]) -> Directory:
    """Names of the people and the public conversations that the payload mentions by our ids."""
    ids = list(dict.fromkeys(_ID.findall(dump(payload).decode())))[:MAX_NAMED]
    people: dict[str, str] = {}
    channels: dict[str, str] = {}
    if ids:
        rows = User.objects.filter(pk__in=ids).values_list("pk", "name")
        people = {str(key): name for key, name in rows}
        public = Conversation.objects.filter(pk__in=ids, kind=Conversation.Kind.PUBLIC)
        channels = {str(key): title for key, title in public.values_list("pk", "title")}
    return Directory(
        person=lambda key: UUID(key) if key in people else None,
        person_name=people.get,
        channel_name=channels.get,
    )


def _author(payload: Mapping[str, Any]) -> dict[str, str] | None:
    """Pictures by address are not shown: a reader's browser loads nothing from other sites."""
    name = without_controls(text_of(payload.get("username"))).strip()[:MAX_AUTHOR]
    emoji = emoji_named(text_of(payload.get("icon_emoji")).strip().strip(":"))
    author = {"name": name} if has_visible_character(name) else {}
    if emoji is not None:
        author["emoji"] = emoji
    return author or None


def _cut(body: str) -> str:
    """To the length of a message; a block of code that is cut is closed."""
    if len(body) <= MAX_LENGTH:
        return body
    body = body[: MAX_LENGTH - len(CUT) - len(FENCE) - 1]
    if body.count(FENCE) % 2:
        body += f"\n{FENCE}"
    return body + CUT
