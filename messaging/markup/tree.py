"""The tree of a message: nodes with a type, and either a text, children or fields of their own."""

from collections.abc import Iterable, Iterator
from typing import Any

# paragraph, action, quote, item, bold, italic, strike: children
# list: isOrdered, start, children (items)       code-block: language, text
# text, code: text       link: href, children    mention: userId       all: nothing else
Node = dict[str, Any]


def walk(nodes: Iterable[Node]) -> Iterator[Node]:
    """The nodes and all below them, in the order of the text."""
    for node in nodes:
        yield node
        yield from walk(node.get("children", ()))


def append(nodes: list[Node], node: Node) -> None:
    """Adds a node; a text that follows a text continues it."""
    if node["type"] == "text" and nodes and nodes[-1]["type"] == "text":
        node = {"type": "text", "text": nodes.pop()["text"] + node["text"]}
    if node.get("text") != "" or node["type"] != "text":
        nodes.append(node)


def text_node(text: str) -> Node:
    return {"type": "text", "text": text}
