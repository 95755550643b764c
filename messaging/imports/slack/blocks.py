"""Turns Slack's blocks into Slack's own markup, of which `markup.convert` makes ours.

Apps write only blocks, and so do people's messages in some exports. What has no text (buttons,
inputs, unknown kinds) is named in `left_out`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from messaging.imports.slack.export import dict_of, list_of, text_of

Object = dict[str, Any]
_STYLES = (("code", "`"), ("strike", "~"), ("italic", "_"), ("bold", "*"))
_BULLET = "• "


@dataclass(slots=True)
class BlockText:
    """Lines of Slack's markup, and the kinds of blocks that have no text."""

    lines: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(line for line in self.lines if line.strip())


def read_blocks(value: object) -> BlockText:
    """The text of a list of blocks; of any other value nothing."""
    found = BlockText()
    for block in map(dict_of, list_of(value)):
        kind = text_of(block.get("type"))
        reader = _BLOCKS.get(kind)
        lines = reader(block) if reader else []
        found.lines += lines
        if kind != "divider" and not any(line.strip() for line in lines):
            found.left_out.append(kind or "block")
    return found


def escape(text: str) -> str:
    """Plain text in Slack's markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _text_object(value: object) -> str:
    """`mrkdwn` is escaped in the export; `plain_text` is what is seen."""
    given = dict_of(value)
    text = text_of(given.get("text"))
    return text if given.get("type") == "mrkdwn" else escape(text)


def _section(block: Object) -> list[str]:
    fields = map(_text_object, list_of(block.get("fields")))
    accessory = dict_of(block.get("accessory"))
    picture = _picture(accessory) if accessory.get("type") == "image" else []
    return [_text_object(block.get("text")), *fields, *picture]


def _header(block: Object) -> list[str]:
    text = _text_object(block.get("text")).strip()
    return [f"*{text}*" if text else ""]


def _context(block: Object) -> list[str]:
    parts = []
    for element in map(dict_of, list_of(block.get("elements"))):
        is_picture = element.get("type") == "image"
        parts.append(
            escape(text_of(element.get("alt_text"))) if is_picture else _text_object(element)
        )
    return [" ".join(part for part in parts if part.strip())]


def _picture(block: Object) -> list[str]:
    title = _text_object(block.get("title")) or escape(text_of(block.get("alt_text")))
    url = text_of(block.get("image_url")) or text_of(block.get("title_url"))
    return [f"<{escape(url)}|{title}>" if url and title else title or _bracketed(url)]


def _bracketed(url: str) -> str:
    return f"<{escape(url)}>" if url else ""


def _table(block: Object) -> list[str]:
    """A line for each row, its cells apart by bars."""
    rows = [list_of(row) for row in list_of(block.get("rows"))]
    return [" | ".join(_cell(dict_of(cell)) for cell in row) for row in rows]


def _cell(cell: Object) -> str:
    if cell.get("type") == "rich_text":
        return " ".join(line for line in _rich_text(cell) if line)
    return escape(text_of(cell.get("text")))


def _markdown(block: Object) -> list[str]:
    return [escape(text_of(block.get("text")))]


def _rich_text(block: Object) -> list[str]:
    lines: list[str] = []
    for element in map(dict_of, list_of(block.get("elements"))):
        match element.get("type"):
            case "rich_text_list":
                lines += _list(element)
            case "rich_text_preformatted":
                lines.append(f"```\n{_typed(element)}\n```")
            case "rich_text_quote":
                lines += [f"&gt; {line}" for line in _inline(element).split("\n")]
            case _:
                lines += _inline(element).removesuffix("\n").split("\n")
    return lines


def _list(element: Object) -> list[str]:
    indent = element.get("indent")
    margin = "  " * min(indent, 6) if isinstance(indent, int) else ""
    offset = element.get("offset")
    first = offset + 1 if isinstance(offset, int) else 1
    is_ordered = element.get("style") == "ordered"
    return [
        f"{margin}{f'{number}. ' if is_ordered else _BULLET}{_inline(dict_of(item))}"
        for number, item in enumerate(list_of(element.get("elements")), first)
    ]


def _typed(element: Object) -> str:
    """What stands in a code block, escaped but not styled."""
    return "".join(_atom(part) for part in _parts(element)).strip("\n")


def _inline(element: Object) -> str:
    return "".join(map(_styled, _parts(element)))


def _parts(element: Object) -> Iterable[Object]:
    return map(dict_of, list_of(element.get("elements")))


def _styled(part: Object) -> str:
    text, style = _atom(part), dict_of(part.get("style"))
    core = text.strip()
    if not core or "\n" in core:
        return text
    before, _, after = text.partition(core)
    for name, mark in _STYLES:
        if style.get(name) is True:
            core = f"{mark}{core}{mark}"
        if name == "code" and core.startswith("`"):
            break  # nothing is read within code
    return f"{before}{core}{after}"


def _atom(part: Object) -> str:
    """A part of a line in Slack's markup; an unknown one by its text."""
    kind = text_of(part.get("type"))
    write = _ATOMS.get(kind)
    return write(part) if write else escape(text_of(part.get("text")))


def _link(part: Object) -> str:
    url, text = escape(text_of(part.get("url"))), escape(text_of(part.get("text")))
    if not url:
        return text
    return f"<{url}|{text}>" if text else f"<{url}>"


def _emoji(part: Object) -> str:
    tone = part.get("skin_tone")
    suffix = f":skin-tone-{tone}:" if isinstance(tone, int) and 2 <= tone <= 6 else ""
    return f":{text_of(part.get('name'))}:{suffix}"


_ATOMS: dict[str, Callable[[Object], str]] = {
    "link": _link,
    "emoji": _emoji,
    "user": lambda part: f"<@{text_of(part.get('user_id'))}>",
    "usergroup": lambda part: f"<!subteam^{text_of(part.get('usergroup_id'))}>",
    "channel": lambda part: f"<#{text_of(part.get('channel_id'))}>",
    "broadcast": lambda part: f"<!{text_of(part.get('range')) or 'channel'}>",
    "date": lambda part: escape(text_of(part.get("fallback"))),
    "color": lambda part: escape(text_of(part.get("value"))),
}
_BLOCKS: dict[str, Callable[[Object], list[str]]] = {
    "rich_text": _rich_text,
    "section": _section,
    "header": _header,
    "context": _context,
    "image": _picture,
    "table": _table,
    "markdown": _markdown,
    "video": _picture,
}
