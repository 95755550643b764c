"""The markup of a message: one grammar for the renderer, mentions, plain text and exports.

docs/markup.md specifies it, js/core/markdown.js is its other implementation, and
tests/vectors/markup.json and mentions.json hold both to the same trees. Reading takes time linear
in the text's length, whatever the text.
"""

from messaging.markup.blocks import parse
from messaging.markup.plain import plain_line, plain_text
from messaging.markup.tree import Node, walk

__all__ = ["Node", "parse", "plain_line", "plain_text", "walk"]
