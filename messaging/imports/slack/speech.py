"""What a Slack message says: its text, blocks, attachments and the names of its files."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from messaging.imports.history import ImportedFile
from messaging.imports.slack.blocks import BlockText, escape, read_blocks
from messaging.imports.slack.export import dict_of, has_broken_characters, list_of, text_of
from messaging.imports.slack.markup import Directory, Markup, as_written, unescape
from messaging.imports.slack.markup import convert as convert_markup
from messaging.text import has_visible_character

Object = dict[str, Any]
HasFile = Callable[[str], bool]
Converter = Callable[..., Markup]  # (text, directory)


@dataclass(slots=True)
class Speech:
    """The text as ours, and what was changed in it: reasons of the report with their details."""

    markup: Markup
    changes: list[tuple[str, str]] = field(default_factory=list)
    files: list[ImportedFile] = field(default_factory=list)


def read_speech(
    message: Object,
    directory: Directory,
    convert: Converter = convert_markup,
    has_file: HasFile = lambda _: False,
) -> Speech:
    """Reads all that has words. Previews of links are left out beside a text. Of a file that is not
    there the name is in the text."""
    changes: list[tuple[str, str]] = []
    if "markdown" in message:
        return _as_written(message, directory, changes, has_file)
    if has_broken_characters(message.get("text")):
        changes.append(("characters_removed", ""))
    text = text_of(message.get("text")) or text_of(dict_of(message.get("comment")).get("comment"))
    blocks = read_blocks(message.get("blocks"))
    changes += _left_out(blocks)
    to_ours = partial(convert, directory=directory)
    parts = [_joined(text, blocks, to_ours)]
    for attachment in map(dict_of, list_of(message.get("attachments"))):
        if _is_preview(message, attachment) and has_visible_character(parts[0]):
            changes.append(("attachments_left_out", _summary(attachment)))
            continue
        parts.append(_attachment(attachment, to_ours, changes))
    markup = to_ours("\n".join(filter(has_visible_character, parts)))
    changes += [("unknown_mention", slack_id) for slack_id in markup.unknown]
    return _with_files(message, markup, changes, has_file)


def _as_written(
    message: Object, directory: Directory, changes: list[tuple[str, str]], has_file: HasFile
) -> Speech:
    """A text that is in our markup already, as our own export and other translations have it."""
    if has_broken_characters(message["markdown"]):
        changes.append(("characters_removed", ""))
    markup = as_written(text_of(message["markdown"]), directory)
    changes += [("unknown_mention", slack_id) for slack_id in markup.unknown]
    return _with_files(message, markup, changes, has_file)


def _with_files(
    message: Object, markup: Markup, changes: list[tuple[str, str]], has_file: HasFile
) -> Speech:
    files: list[ImportedFile] = []
    lines = _files(message, changes, files, has_file)
    markup.text = "\n".join(part for part in (markup.text, *lines) if part)
    return Speech(markup, changes, files)


def _left_out(blocks: BlockText) -> list[tuple[str, str]]:
    return [("blocks_left_out", kind) for kind in blocks.left_out]


def _joined(text: str, blocks: BlockText, to_ours: Callable[[str], Markup]) -> str:
    """The text, unless the blocks say more: apps often write but a summary of them as text."""
    if not has_visible_character(blocks.text):
        return text
    if not has_visible_character(text):
        return blocks.text
    words, in_blocks = (_words(to_ours(each).text) for each in (text, blocks.text))
    if in_blocks in words:
        return text
    return blocks.text if words in in_blocks else f"{text}\n{blocks.text}"


def _words(text: str) -> str:
    """Letters and digits alone, by which a text and its blocks are compared."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(filter(str.isalnum, plain))


def _is_preview(message: Object, attachment: Object) -> bool:
    """Whether Slack added it to a person's message, of a page or message that is linked there."""
    is_app = "bot_id" in message or message.get("subtype") == "bot_message"
    return not is_app or any(key in attachment for key in ("from_url", "original_url"))


def _summary(attachment: Object) -> str:
    keys = ("from_url", "original_url", "title_link", "title", "fallback", "text")
    return next((text for key in keys if (text := text_of(attachment.get(key)))), "")


def _attachment(
    attachment: Object, to_ours: Callable[[str], Markup], changes: list[tuple[str, str]]
) -> str:
    """All its words, in the order that Slack shows them; its fallback if it has none."""
    blocks = read_blocks(attachment.get("blocks"))
    changes += _left_out(blocks)
    text = _joined(text_of(attachment.get("text")), blocks, to_ours)
    lines = [
        text_of(attachment.get("pretext")),
        _linked(attachment, "author_name", "author_link"),
        _linked(attachment, "title", "title_link"),
        text,
        *map(_field, list_of(attachment.get("fields"))),
    ]
    picture = text_of(attachment.get("image_url"))
    if picture:
        lines.append(f"<{escape(unescape(picture))}>")
    if not any(map(has_visible_character, lines)):
        lines = [text_of(attachment.get("fallback"))]
    lines.append(text_of(attachment.get("footer")))
    if list_of(attachment.get("actions")):
        changes.append(("blocks_left_out", "actions"))
    return "\n".join(filter(has_visible_character, lines))


def _linked(attachment: Object, key: str, link: str) -> str:
    text, url = text_of(attachment.get(key)), text_of(attachment.get(link))
    if not text or not url or "<" in text or "\n" in text:
        return text
    return f"<{escape(unescape(url))}|{text}>"


def _field(value: object) -> str:
    parts = (text_of(dict_of(value).get(key)) for key in ("title", "value"))
    return ": ".join(part for part in parts if has_visible_character(part))


def _files(
    message: Object,
    changes: list[tuple[str, str]],
    files_there: list[ImportedFile],
    has_file: HasFile,
) -> list[str]:
    """A line for each file that is not there: Slack has only a link, which expires with the
    workspace."""
    lines = []
    files = message.get("files")
    for file in map(dict_of, [message.get("file")] if files is None else list_of(files)):
        name = text_of(file.get("name")) or text_of(file.get("title"))
        if file:
            name = " ".join(name.split()) or "file"
            keys = ("path", "url_private_download", "url_private")
            paths = (text_of(file.get(key)) for key in keys)
            path = next((each for each in paths if each and has_file(each)), "")
            if path:
                files_there.append(ImportedFile(name, path))
                continue
            changes.append(("file_not_fetched", name))
            lines.append(f"📎 {unescape(name)}")
    return lines
