"""The markup is CommonMark's but for the differences that docs/markup.md lists.

Held by the examples of its specification and of GitHub Flavored Markdown's (.ci/markup-examples),
and within a line by another implementation over random texts.
"""

import random
import re
import subprocess
from collections.abc import Collection, Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

import pytest
from markdown_it import MarkdownIt

from messaging.markup import Node, parse
from tests.database import ROOT

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


# -- the specifications' examples

EXAMPLE = re.compile(
    r"^`{32} example(?: [\w-]+)?\n(.*?)^\.\n(.*?)^`{32}$|^#{1,6} +([^\n]*)$",
    re.MULTILINE | re.DOTALL,
)
COMMONMARK = (
    "Precedence",
    "Backslash escapes",
    "Fenced code blocks",
    "Paragraphs",
    "Block quotes",
    "List items",
    "Lists",
    "Code spans",
    "Emphasis and strong emphasis",
    "Links",
    "Autolinks",
    "Soft line breaks",
    "Textual content",
)
GFM = ("Strikethrough (extension)", "Autolinks (extension)")
# Examples with one of these are about what messages do not have.
ABSENT = {
    "heading or rule": r"^ {0,3}(?:> ?)* {0,3}(?:#{1,6}(?: |$)|=+ *$|-{2,} *$|(?:[-*_] *){3,}$)",
    "indented code": r"^(?:> ?|[-+*] +|\d+[.)] +)*(?: {4,}|\t)\S",
    "HTML": r"<[a-zA-Z/!?][^@:>]*>|<[a-z]+ |<!--",
    "entity": r"&#?\w+;",
    "reference": r"^ {0,3}(?:> ?)*\[[^\]]*\]:|\]\[|^\[[^\]]*\]$",
    "image": r"!\[",
}
# Links of the examples are relative; messages have links of three schemes only.
RELATIVE = (
    (re.compile(r"\]\((/|#|foo)"), r"](http://h/"),
    (re.compile(r'href="(/|#|foo)'), 'href="http://h/'),
)
# What is read otherwise, as docs/markup.md says. The numbers are those of CommonMark 0.31.2.
DIFFERENT = {
    "a line break in a paragraph stays": {16, 226},
    "emphasis and code stay within their line": {121, 335, 336, 337, 394, 405, 423, 432},
    "an address ends before a backslash or backtick": {20, 346, 603},
    "a link has no title": {22, 482, 504, 505, 509, 510},
    "a destination is an address without escapes": {484, 485, 486, 487, 495, 498, 500, 502, 522},
    "a bare address is a link": {
        488,
        490,
        497,
        507,
        508,
        513,
        518,
        519,
        602,
        608,
        611,
        612,
    },
    "an address is kept as it is written": {526},
    "a link is http, https or mailto": {596, 598, 599, 601},
    "what looks like code behind a fence is code": {24, 143, 144, 145, 146},
    "there is no lazy continuation": {233, 247, 250, 251, 292, 293},
    "an item may be empty, also behind a paragraph": {280, 285, 367},
    "two columns belong to an item": {276, 297, 311},
    "another bullet goes on with the list": {301, 302},
}


# Those of GFM 0.29.
DIFFERENT_IN_GFM = {"an entity is text": {626}, "ftp: is not linked": {628}}


class Example(NamedTuple):
    number: int
    text: str
    html: str


def _examples(text: str, sections: Collection[str]) -> Iterator[Example]:
    section, number = "", 0
    for found in EXAMPLE.finditer(text):
        if found[3] is not None:
            section = found[3].strip()
            continue
        number += 1
        if section in sections:
            markup, html = (part.replace("\u2192", "\t") for part in (found[1], found[2]))
            for pattern, address in RELATIVE:
                markup, html = pattern.sub(address, markup), pattern.sub(address, html)
            yield Example(number, markup.rstrip("\n"), html)


def _is_about_messages(example: Example) -> bool:
    return not any(re.search(each, example.text, re.MULTILINE) for each in ABSENT.values())


def _block_html(node: Node) -> str:
    inside = "".join(map(_block_html, node.get("children", ())))
    match node["type"]:
        case "code-block":
            language = f' class="language-{escape(node["language"])}"' if node["language"] else ""
            end = "\n" if node["text"] else ""
            return f"<pre><code{language}>{escape(node['text'])}{end}</code></pre>"
        case "list" if node["isOrdered"]:
            start = "" if node["start"] == 1 else f' start="{node["start"]}"'
            return f"<ol{start}>{inside}</ol>"
        case "list":
            return f"<ul>{inside}</ul>"
        case "quote":
            return f"<blockquote>{inside}</blockquote>"
        case "item":
            return f"<li>{inside}</li>"
        case "link":
            return f'<a href="{escape(node["href"])}">{inside}</a>'
        case "paragraph":
            return inside + "\n"
        case "bold" | "italic" as kind:
            return f"<{TAGS[kind]}>{inside}</{TAGS[kind]}>"
        case _:
            return _html(node)


def _comparable(html: str) -> str:
    """Without paragraphs and the white space around blocks and lines, which HTML ignores."""
    html = re.sub(r"</?p>", "", html).replace("&#x27;", "'")
    html = re.sub(r"<(/?)del>", r"<\1s>", html)
    html = re.sub(r"\s*(</?(?:blockquote|ul|ol|li|pre)[^>]*>)\s*", r"\1", html)
    return re.sub(r"[ \t]*\n[ \t]*", "\n", html).strip()


def _is_read_alike(example: Example) -> bool:
    ours = "".join(map(_block_html, parse(example.text)))
    return _comparable(ours) == _comparable(example.html)


@pytest.fixture(scope="module")
def specifications() -> list[str]:
    """The texts of CommonMark and GFM."""
    done = subprocess.run(
        [ROOT / ".ci" / "markup-examples"], check=True, stdout=subprocess.PIPE, text=True
    )
    return [Path(path).read_text(encoding="utf-8") for path in done.stdout.splitlines()]


def test_commonmark_s_examples_are_read_alike_but_for_what_is_listed(
    specifications: list[str],
) -> None:
    examples = list(filter(_is_about_messages, _examples(specifications[0], COMMONMARK)))
    assert len(examples) == 308
    other = {each.number for each in examples if not _is_read_alike(each)}
    assert other == set().union(*DIFFERENT.values())


def test_so_are_the_examples_of_what_gfm_adds(specifications: list[str]) -> None:
    examples = list(_examples(specifications[1], GFM))
    assert len(examples) == 13
    other = {each.number for each in examples if not _is_read_alike(each)}
    assert other == set().union(*DIFFERENT_IN_GFM.values())
