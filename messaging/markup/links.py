"""Links: bare addresses, `<address>`, the destination in `[label](destination)`, and emails.

Each reads from a place in a line and gives where the link ends, or None. A bare address loses its
trailing punctuation in one pass from its end.
"""

import re

from messaging.markup.characters import ADDRESS_END, DESTINATION_END, TRAILING
from messaging.markup.tree import Node, text_node

SCHEME = r"[hH][tT][tT][pP][sS]?://"

# A `](` ends an address, since it ends the label that the address stands in.
_ADDRESS = re.compile(rf"(?:{SCHEME}|[wW]{{3}}\.)[^\W_](?:[^{ADDRESS_END}\]]|\](?!\())*")
_IPV6 = re.compile(rf"{SCHEME}\[[0-9a-fA-F:.]+\](?:[^{ADDRESS_END}\]]|\](?!\())*")
_DESTINATION = re.compile(rf"{SCHEME}|[mM][aA][iI][lL][tT][oO]:")
_AUTOLINK = re.compile(rf"<((?:{SCHEME}|[mM][aA][iI][lL][tT][oO]:)[^{DESTINATION_END}]+)>")
_LOCAL = r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}"
_DOMAIN = r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})+"
_EMAIL_AUTOLINK = re.compile(rf"<({_LOCAL}@{_DOMAIN})>")
_EMAIL_DOMAIN = re.compile(f"@{_DOMAIN}")
_LOCAL_CHARACTER = re.compile(r"[A-Za-z0-9._+-]")
_BREAK = re.compile(rf"[{DESTINATION_END}]")
MAX_LOCAL = 64


def address_at(line: str, at: int) -> int | None:
    """Where the bare address that begins at `at` ends."""
    found = _ADDRESS.match(line, at) or _IPV6.match(line, at)
    return None if found is None else _trimmed(line, at, found.end())


def _trimmed(line: str, start: int, end: int) -> int:
    """The end without trailing punctuation and closing brackets that nothing in it opened."""
    unopened = {
        closing: line.count(closing, start, end) - line.count(opening, start, end)
        for opening, closing in ("()", "[]")
    }
    while line[end - 1] in TRAILING or unopened.get(line[end - 1], 0) > 0:
        if line[end - 1] in unopened:
            unopened[line[end - 1]] -= 1
        end -= 1
    return end


def address_link(text: str) -> Node:
    href = text if text[:4].lower() == "http" else f"http://{text}"
    return link(href, [text_node(text)])


def autolink_at(line: str, at: int) -> tuple[Node, int] | None:
    """`<https://…>`, `<mailto:…>` or `<ann@example.org>`, and where it ends."""
    if found := _AUTOLINK.match(line, at):
        return link(found[1], [text_node(found[1])]), found.end()
    if found := _EMAIL_AUTOLINK.match(line, at):
        return email_link(found[1]), found.end()
    return None


def email_at(line: str, start: int, at: int) -> tuple[int, int] | None:
    """Where the email address around the `@` at `at` begins, not before `start`, and ends."""
    found = _EMAIL_DOMAIN.match(line, at)
    if found is None or found[0][-1] in "-_":
        return None
    begin = at
    while begin > start and at - begin < MAX_LOCAL and _LOCAL_CHARACTER.match(line, begin - 1):
        begin -= 1
    while begin < at and line[begin] in "._+-":
        begin += 1
    return None if begin == at else (begin, found.end())


def email_link(address: str) -> Node:
    return link(f"mailto:{address}", [text_node(address)])


def link(href: str, children: list[Node]) -> Node:
    return {"type": "link", "href": href, "children": children}


def closing_parentheses(line: str) -> dict[int, int]:
    """By the place of each opening parenthesis: that of its closing one, within one destination."""
    closings: dict[int, int] = {}
    opened: list[int] = []
    for at, character in enumerate(line):
        if character == "(":
            opened.append(at)
        elif character == ")" and opened:
            closings[opened.pop()] = at
        elif _BREAK.match(character):
            opened.clear()
    return closings


def is_destination(line: str, at: int, end: int) -> bool:
    """Whether what begins at `at` and ends at `end` has a scheme that a link may have, and more."""
    found = _DESTINATION.match(line, at)
    return found is not None and found.end() < end
