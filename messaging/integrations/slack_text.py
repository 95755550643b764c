"""Our Markdown in Slack's markup, for bots and exports that read Slack's.

`**bold**` becomes `*bold*`, a link `<url|label>`, `@all` `<!channel>`; people keep `<@id>`.
"""

from collections.abc import Iterable

from messaging.markup import Node, parse

_MARKS = {"bold": "*", "italic": "_", "strike": "~"}


def to_slack(body: str) -> str:
    return "\n".join(_blocks(parse(body)))


def _blocks(nodes: Iterable[Node]) -> list[str]:
    return [line for node in nodes for line in _lines(node)]


def _lines(node: Node) -> list[str]:
    match node["type"]:
        case "code-block":
            return ["```", *escape(str(node["text"])).split("\n"), "```"]
        case "quote":
            return [f"&gt; {line}" for line in _blocks(node["children"])]
        case "list":
            return [
                line
                for number, item in enumerate(node["children"], node["start"])
                for line in _item(item, f"{number}. " if node["isOrdered"] else "• ")
            ]
        case "heading":
            return [f"*{line}*" for line in _spans(node["children"]).split("\n")]
        case "table":
            return [
                " | ".join(_spans(cell["children"]) for cell in row["children"])
                for row in node["children"]
            ]
        case _:
            return _spans(node["children"]).split("\n")


def _item(item: Node, mark: str) -> list[str]:
    lines = _blocks(item["children"]) or [""]
    if "isChecked" in item:
        mark += "☑ " if item["isChecked"] else "☐ "
    return [mark + lines[0], *(" " * len(mark) + line for line in lines[1:])]


def _spans(nodes: Iterable[Node]) -> str:
    return "".join(map(_span, nodes))


def _span(node: Node) -> str:
    match node["type"]:
        case "text":
            return escape(str(node["text"]))
        case "code":
            return f"`{escape(str(node['text']))}`"
        case "mention":
            return f"<@{node['userId']}>"
        case "all":
            return "<!channel>"
        case "link":
            return _link(escape(str(node["href"])), _spans(node["children"]))
        case "bold" | "italic" | "strike" as kind:
            return f"{_MARKS[kind]}{_spans(node['children'])}{_MARKS[kind]}"
        case _:
            return _spans(node.get("children", ()))


def _link(href: str, label: str) -> str:
    return f"<{href}>" if label in (href, href.partition("://")[2]) else f"<{href}|{label}>"


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
