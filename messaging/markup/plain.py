"""A message's text without its markup: in one line for previews, or with its lines for reading."""

import re
from collections.abc import Callable, Iterable

from messaging.markup.blocks import parse
from messaging.markup.characters import SPACE, without_directions
from messaging.markup.tree import Node

NameOf = Callable[[str], str]
_SPACES = re.compile(f"[{SPACE}]+")


def plain_line(text: str, name_of: NameOf) -> str:
    """The text in one line; `name_of` gives the name of the person with an id."""
    return _SPACES.sub(" ", without_directions(_flat(parse(text), name_of))).strip(" ")


def _flat(nodes: Iterable[Node], name_of: NameOf) -> str:
    return "".join(_flat_node(node, name_of) for node in nodes)


def _flat_node(node: Node, name_of: NameOf) -> str:
    match node["type"]:
        case "text" | "code":
            return str(node["text"])
        case "code-block":
            return f"{node['text']} "
        case "mention":
            return f"@{name_of(node['userId'])}"
        case "all":
            return "@all"
        case (
            "paragraph"
            | "heading"
            | "action"
            | "quote"
            | "list"
            | "item"
            | "table"
            | "row"
            | "cell"
        ):
            return f"{_flat(node['children'], name_of)} "
        case _:
            return _flat(node["children"], name_of)


def plain_text(text: str, name_of: NameOf) -> str:
    """The text with its lines, quotes, lists, and the addresses that its links lead to."""
    return without_directions("\n".join(_block_lines(parse(text), name_of)))


def _block_lines(nodes: Iterable[Node], name_of: NameOf) -> list[str]:
    return [line for node in nodes for line in _lines(node, name_of)]


def _lines(node: Node, name_of: NameOf) -> list[str]:
    match node["type"]:
        case "code-block":
            return str(node["text"]).split("\n")
        case "quote":
            return [f"> {line}" for line in _block_lines(node["children"], name_of)]
        case "list":
            return [
                line
                for number, item in enumerate(node["children"], node["start"])
                for line in _item_lines(item, f"{number}. " if node["isOrdered"] else "- ", name_of)
            ]
        case "table":
            return [_row_line(row, name_of) for row in node["children"]]
        case _:
            return "".join(_span(child, name_of) for child in node["children"]).split("\n")


def _row_line(row: Node, name_of: NameOf) -> str:
    return " | ".join(_spans(cell["children"], name_of) for cell in row["children"])


def _item_lines(item: Node, mark: str, name_of: NameOf) -> list[str]:
    lines = _block_lines(item["children"], name_of) or [""]
    if "isChecked" in item:
        lines[0] = f"[{'x' if item['isChecked'] else ' '}] {lines[0]}"
    return [mark + lines[0], *(" " * len(mark) + line for line in lines[1:])]


def _span(node: Node, name_of: NameOf) -> str:
    if node["type"] != "link":
        children = node.get("children")
        return _flat_node(node, name_of) if children is None else _spans(children, name_of)
    label = _flat(node["children"], name_of)
    href = str(node["href"])
    shown = href.removeprefix("mailto:").removeprefix("http://")
    return label if label.removeprefix("http://") == shown else f"{label} ({href})"


def _spans(nodes: Iterable[Node], name_of: NameOf) -> str:
    return "".join(_span(node, name_of) for node in nodes)
