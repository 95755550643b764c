"""What stands within a line: code, escapes, links, mentions and emphasis, in this precedence."""

import re
from bisect import bisect_left
from collections import defaultdict
from functools import cached_property

from messaging.markup import links
from messaging.markup.characters import is_word
from messaging.markup.emphasis import Run, build, pair, run_of
from messaging.markup.tree import Node, merged, text_node

_SPECIAL = re.compile(rf"[\\`*_~\[\]<@]|{links.SCHEME}|[wW]{{3}}\.|¯\\_\(ツ\)_/¯")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_MENTION = re.compile(r"<@([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})>")
_BACKTICKS = re.compile("`+")
_MARKS = {mark: re.compile(f"{re.escape(mark)}+") for mark in "*_~"}


def parse_line(line: str) -> list[Node]:
    """The nodes of a line, which contains no line break."""
    return _Line(line).parse()


class BacktickRuns:
    """The runs of backticks of a line, found by their length."""

    def __init__(self, line: str) -> None:
        self._starts: dict[int, list[int]] = defaultdict(list)
        for run in _BACKTICKS.finditer(line):
            self._starts[run.end() - run.start()].append(run.start())

    def next(self, size: int, after: int) -> int | None:
        """Where the first run of exactly `size` begins, at `after` or behind it."""
        starts = self._starts.get(size, [])
        index = bisect_left(starts, after)
        return starts[index] if index < len(starts) else None


class _Line:
    def __init__(self, line: str) -> None:
        self.line = line
        self.tokens: list[Node | Run] = []
        self.brackets: list[int] = []  # the indexes of the tokens that are an open bracket
        self.start = 0  # of the text that is not a token yet

    def parse(self) -> list[Node]:
        at = 0
        while found := _SPECIAL.search(self.line, at):
            at = self._read(found)
        self._flush(len(self.line))
        return self._tree(self.tokens)

    @cached_property
    def backticks(self) -> BacktickRuns:
        return BacktickRuns(self.line)

    @cached_property
    def parentheses(self) -> dict[int, int]:
        return links.closing_parentheses(self.line)

    def _flush(self, end: int) -> None:
        if end > self.start:
            self.tokens.append(text_node(self.line[self.start : end]))

    def _push(self, token: Node | Run, begin: int, end: int) -> int:
        """Puts a token in the place of what stands from `begin` to `end`."""
        self._flush(begin)
        self.tokens.append(token)
        self.start = end
        return end

    def _tree(self, tokens: list[Node | Run]) -> list[Node]:
        pair([token for token in tokens if isinstance(token, Run)])
        return build(tokens)

    def _read(self, found: re.Match[str]) -> int:
        """Reads what begins at a special character; gives where to go on."""
        at = found.start()
        match found[0][0]:
            case "\\":
                return self._escape(at)
            case "`":
                return self._code(at)
            case "*" | "_" | "~" as mark:
                return self._run(at, mark)
            case "[":
                self._push(text_node("["), at, at + 1)
                self.brackets.append(len(self.tokens) - 1)
                return at + 1
            case "]":
                return self._bracket(at)
            case "<":
                return self._angle(at)
            case "@":
                return self._at(at)
            case "¯":
                return self._push(text_node(found[0]), at, found.end())
            case _:
                return self._address(at, found.end())

    def _escape(self, at: int) -> int:
        found = _ESCAPE.match(self.line, at)
        if found is None:
            return at + 1
        return self._push(text_node(found[1]), at, found.end())

    def _code(self, at: int) -> int:
        found = _BACKTICKS.match(self.line, at)
        assert found is not None
        size = found.end() - at
        closing = self.backticks.next(size, found.end())
        if closing is None:
            return found.end()
        text = self.line[found.end() : closing]
        if text[0] == text[-1] == " " and text.strip(" "):
            text = text[1:-1]
        return self._push({"type": "code", "text": text}, at, closing + size)

    def _run(self, at: int, mark: str) -> int:
        found = _MARKS[mark].match(self.line, at)
        assert found is not None
        end = found.end()
        run = run_of(mark, end - at, self.line[at - 1 : at] if at else "", self.line[end : end + 1])
        return end if run is None else self._push(run, at, end)

    def _bracket(self, at: int) -> int:
        if not self.brackets:
            return at + 1
        opened = self.brackets.pop()
        end = self.parentheses.get(at + 1) if self.line[at + 1 : at + 2] == "(" else None
        if end is None or not links.is_destination(self.line, at + 2, end):
            return at + 1
        self._flush(at)
        label = self._tree(self.tokens[opened + 1 :])
        del self.tokens[opened:]
        self.start = at  # nothing is left of the label
        self.brackets.clear()  # a link contains no link
        node = links.link(self.line[at + 2 : end], _without_links(label))
        return self._push(node, at, end + 1)

    def _angle(self, at: int) -> int:
        if found := _MENTION.match(self.line, at):
            return self._push({"type": "mention", "userId": found[1].lower()}, at, found.end())
        if auto := links.autolink_at(self.line, at):
            return self._push(auto[0], at, auto[1])
        return at + 1

    def _at(self, at: int) -> int:
        if email := links.email_at(self.line, self.start, at):
            begin, end = email
            return self._push(links.email_link(self.line[begin:end]), begin, end)
        if self.line.startswith("@all", at) and self._stands_alone(at, at + 4):
            return self._push({"type": "all"}, at, at + 4)
        return at + 1

    def _stands_alone(self, begin: int, end: int) -> bool:
        before = self.line[begin - 1 : begin] if begin else ""
        after = self.line[end : end + 1]
        return not is_word(before) and (not before or before not in "@/.") and not is_word(after)

    def _address(self, at: int, behind: int) -> int:
        before = self.line[at - 1 : at] if at else ""
        is_bare = self.line[at] in "wW"
        if is_bare and before and (before in "@/.:-" or is_word(before)):
            return behind
        end = links.address_at(self.line, at)
        if end is None:
            return behind
        return self._push(links.address_link(self.line[at:end]), at, end)


def _without_links(nodes: list[Node]) -> list[Node]:
    """A label's nodes; an address in it is its text."""
    plain: list[Node] = []
    for node in nodes:
        if node["type"] == "link":
            plain += node["children"]
        elif "children" in node:
            plain.append({**node, "children": _without_links(node["children"])})
        else:
            plain.append(node)
    return merged(plain)
