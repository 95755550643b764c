"""The tree of a message: nodes with a type, and either a text, children or fields of their own."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

# paragraph, action, quote, item, bold, italic, strike: children
# heading: level (1 to 6), children     table: columns (each left, center, right or None), children
# (rows; the first is the head)     row: children (cells)     cell: children
# an item that is a task: isChecked
# list: isOrdered, start, children (items)       code-block: language, text
# text, code: text       link: href, children    mention: userId       all: nothing else
Node = dict[str, Any]


def walk(nodes: Iterable[Node]) -> Iterator[Node]:
    """The nodes and all below them, in the order of the text."""
    for node in nodes:
        yield node
        yield from walk(node.get("children", ()))


def merged(nodes: Iterable[Node]) -> list[Node]:
    """The nodes with texts that follow each other as one, and without empty texts."""
    joined: list[Node] = []
    for is_text, group in groupby(nodes, key=lambda node: node["type"] == "text"):
        if not is_text:
            joined += group
        elif text := "".join(node["text"] for node in group):
            joined.append(text_node(text))
    return joined


def text_node(text: str) -> Node:
    return {"type": "text", "text": text}
