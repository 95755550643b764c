"""Within a line, emphasis, code and escapes are CommonMark's: compared with another implementation.

docs/markup.md lists the differences; the texts here are made of what both have.
"""

import random
from html import escape

from markdown_it import MarkdownIt

from messaging.markup import Node, parse

THEIRS = MarkdownIt("zero").enable(["emphasis", "backticks", "escape", "strikethrough"])
TAGS = {"bold": "strong", "italic": "em", "strike": "s", "paragraph": "p"}
PIECES = ["a", "b", " ", "*", "**", "***", "_", "__", "`", "``", "\\", ".", "(", "~~", "é", "\\*"]


def _html(node: Node) -> str:
    match node["type"]:
        case "text":
            return escape(node["text"])
        case "code":
            return f"<code>{escape(node['text'])}</code>"
        case kind:
            return f"<{TAGS[kind]}>{''.join(map(_html, node['children']))}</{TAGS[kind]}>"


def test_lines_are_read_as_commonmark_does() -> None:
    chance = random.Random(20260105)
    compared = 0
    while compared < 5000:
        # A letter at both ends: no block begins, and no white space is at an edge.
        text = f"x{''.join(chance.choices(PIECES, k=chance.randint(1, 14)))}x"
        if "~~~" in text:  # of three tildes, theirs strikes by two
            continue
        ours = "".join(map(_html, parse(text)))
        assert ours == THEIRS.render(text).strip(), text
        compared += 1
