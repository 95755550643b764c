"""Converts Slack's text to ours: Markdown, `<@id>` for people, `@all`, emoji for their names.

Slack escapes `&`, `<` and `>` and puts people, channels and links into angle brackets. Code stays
as it is. While emphasis is converted, NULs, which no text contains, stand for code and brackets.
What is no emphasis in Slack and would be here is escaped.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote
from uuid import UUID

from messaging.imports.slack.emoji import emoji_named
from messaging.markup import parse

_NOTEWORTHY = re.compile(r"[&<*~:]")
_PROTECTED = re.compile(r"```.*?```|`[^`\n]+`|<[^<>\n]+>", re.DOTALL)
_CODE_OR_MENTION = re.compile(r"```.*?```|`[^`\n]+`|<@([^<>\s]+)>|<!channel>", re.DOTALL)
_BRACKETED = re.compile(r"<([^<>\n]+)>")
# A letter or digit beside a mark makes it a plain character; an underscore is another mark.
_BOLD = re.compile(r"(?<![^\W_])(?<!\*)\*(?![\s*])([^*\n]*[^*\s])\*(?![^\W_]|\*)")
_STRIKE = re.compile(r"(?<![^\W_])(?<!~)~(?![\s~])([^~\n]*[^~\s])~(?![^\W_]|~)")
# Asterisks that mean nothing to Slack, and would be emphasis here; one with a space on both sides
# is none. Two tildes would strike out.
_ASTERISK = re.compile(r"(?<!\s)\*|\*(?!\s)")
_TILDES = re.compile(r"~(?=~)")
_EMOJI = re.compile(r":([a-z0-9_+'-]+):(?::(skin-tone-[2-6]):)?")
_MARK = "\x01"
_ENTITY = re.compile(r"&(amp|lt|gt);")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">"}
_EVERYBODY = ("channel", "here", "everyone", "group")
_WEB = re.compile(r"https?://", re.IGNORECASE)
_PLAIN = re.compile(r"(?:mailto|tel):", re.IGNORECASE)
_LABEL_MARK = re.compile(r"[\\\[\]]")
# What may not stand in the destination of a link.
_UNSAFE = re.compile(r"[()\s`\\<>\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


@dataclass(slots=True)
class Markup:
    """A converted text, its mentions, and the Slack ids of unknown people that it mentions."""

    text: str
    people: set[UUID] = field(default_factory=set)
    everybody: bool = False
    unknown: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Directory:
    """Resolves the ids in a text; None for unknown ones."""

    person: Callable[[str], UUID | None]
    person_name: Callable[[str], str | None]
    channel_name: Callable[[str], str | None]
    group_name: Callable[[str], str | None] = lambda _: None


def convert(text: str, directory: Directory, *, is_markdown: bool = False) -> Markup:
    """Converts a text, which must contain no NUL.

    One that `is_markdown`, as Mattermost takes it, has its emphasis already: only what stands in
    angle brackets and the names of emoji are converted.
    """
    if not _NOTEWORTHY.search(text):
        return Markup(text)
    markup = Markup("")
    text = text.replace(_MARK, "")
    kept = [_convert_protected(part, directory, markup) for part in _PROTECTED.findall(text)]
    rest = _PROTECTED.sub("\0", text)
    rest = _with_emoji(rest) if is_markdown else unescape(_with_emoji(_emphasise(rest)))
    markup.text = _restore(rest, iter(kept))
    return markup


def as_written(text: str, directory: Directory) -> Markup:
    """A text in our own markup, but for its mentions: `<@id>` with an id of the export, and
    `<!channel>`."""
    markup = Markup("")

    def resolved(match: re.Match[str]) -> str:
        if match[1]:
            return _mention(match[1], "", directory, markup)
        if match[0].startswith("<"):
            markup.everybody = True
            return "@all"
        return match[0]

    markup.text = _CODE_OR_MENTION.sub(resolved, text)
    return markup


def unescape(text: str) -> str:
    """Undoes Slack's escaping, once: `&amp;lt;` is `&lt;`."""
    return _ENTITY.sub(lambda match: _ENTITIES[match[1]], text)


def _emphasise(text: str) -> str:
    """Bold is marked by a control character at first, to tell it from asterisks that stay."""
    if "*" in text:
        text = _BOLD.sub(f"{_MARK}\\1{_MARK}", text)
        text = "\n".join(map(_escape_asterisks, text.split("\n"))).replace(_MARK, "**")
    if "~" in text:
        text = _STRIKE.sub(f"{_MARK}\\1{_MARK}", text)
        text = _TILDES.sub(r"\~", text).replace(_MARK, "~~")
    return text


def _with_emoji(text: str) -> str:
    return _EMOJI.sub(lambda match: emoji_named(match[1], match[2]) or match[0], text)


def _escape_asterisks(line: str) -> str:
    """A single one closes nothing."""
    if line.count("*") < 2:
        return line
    return _ASTERISK.sub(r"\*", " " + line + " ")[1:-1]


def _restore(text: str, kept: Iterator[str]) -> str:
    return re.sub("\0", lambda _: next(kept), text)


def _convert_protected(part: str, directory: Directory, markup: Markup) -> str:
    if part.startswith("`"):
        return unescape(_BRACKETED.sub(lambda match: _as_typed(match[1], directory), part))
    body, bar, label = part[1:-1].partition("|")
    if body.startswith("@"):
        return _mention(body[1:], unescape(label), directory, markup)
    if body.startswith("#"):
        return "#" + (unescape(label) or directory.channel_name(body[1:]) or body[1:])
    if body.startswith("!"):
        return _command(body[1:], unescape(label), directory, markup)
    return _link(unescape(body), unescape(label) if bar else "")


def _as_typed(bracketed: str, directory: Directory) -> str:
    """A bracketed part within code, as it was typed; still escaped."""
    body, _, label = bracketed.partition("|")
    if body.startswith("@"):
        return "@" + (label.removeprefix("@") or directory.person_name(body[1:]) or body[1:])
    if body.startswith("#"):
        return "#" + (label or directory.channel_name(body[1:]) or body[1:])
    if body.startswith("!"):
        name, _, argument = body[1:].partition("^")
        return label or "@" + ((name == "subteam" and directory.group_name(argument)) or body[1:])
    return label or body


def _mention(slack_id: str, label: str, directory: Directory, markup: Markup) -> str:
    person = directory.person(slack_id)
    if person is None:
        markup.unknown.append(slack_id)
        return "@" + (label.removeprefix("@") or directory.person_name(slack_id) or slack_id)
    markup.people.add(person)
    return f"<@{person}>"


def _command(command: str, label: str, directory: Directory, markup: Markup) -> str:
    name, _, argument = command.partition("^")
    if name in _EVERYBODY:
        markup.everybody = True
        return "@all"
    if name == "subteam" and not label:
        return "@" + (directory.group_name(argument) or argument or name)
    return label or "@" + name


def _link(url: str, label: str) -> str:
    if _PLAIN.match(url):
        return label or url.partition(":")[2]
    if not _WEB.match(url):
        return f"{label} ({url})" if label and label != url else url
    if not label or label in (url, _WEB.sub("", url), _WEB.sub("", url).removesuffix("/")):
        return url
    plain, label = label, _LABEL_MARK.sub(r"\\\g<0>", label)
    link = f"[{label}]({_UNSAFE.sub(lambda match: quote(match[0]), url)})"
    # An address in the label would be the link itself; whatever is not read as one link is written
    # out, so that no address is lost.
    is_code = label != plain and "`" in label  # a backslash within code is a backslash
    return link if _is_link(link) and not is_code else f"{plain} ({url})"


def _is_link(text: str) -> bool:
    (paragraph, *others) = parse(text)
    children = paragraph.get("children", [])
    return not others and [node["type"] for node in children] == ["link"]
