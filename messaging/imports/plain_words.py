"""Plain text that is to be shown as it is, in our markup."""

import re

from messaging.markup import parse

_SIGNS = re.compile(r"[\\*_`~\[\]<>@#+-]|(?<=\d)[.)]")


def as_plain(text: str) -> str:
    """The text, escaped where it would be read as markup. Addresses stay links."""
    return "\n".join(
        line if _is_plain(line) else _SIGNS.sub(r"\\\g<0>", line) for line in text.split("\n")
    )


def _is_plain(line: str) -> bool:
    nodes = parse(line)
    kinds = {"text", "link"}
    return all(
        node["type"] == "paragraph"
        and {it["type"] for it in node["children"]} <= kinds
        and "](" not in line
        and "\\" not in line
        for node in nodes
    )
