"""The blocks of a message: code first, then quotes, lists, headings, tables and paragraphs."""

import re

from messaging.markup.characters import is_blank
from messaging.markup.fences import Code, Fences
from messaging.markup.inline import parse_line
from messaging.markup.tables import cells_of, columns_of
from messaging.markup.tree import Node, merged, text_node

MAX_DEPTH = 6  # of quotes and lists in each other; what is deeper stays text

_LINE_BREAK = re.compile(r"\r\n?|\n")
_QUOTE = re.compile(r"[ \t]*> ?(.*)")
_ITEM = re.compile(r"([ \t]*)(?:([-*+•])|([0-9]{1,9})[.)])(?:[ \t]+(.*)|$)", re.DOTALL)
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+([^ \t].*)", re.DOTALL)
_TASK = re.compile(r"\[([ xX])\][ \t]+(?=[^ \t])")
_ACTION = re.compile(r"/me[ \t]+(?=[^ \t])")
_INDENT = re.compile(r"[ \t]*")


def parse(text: str) -> list[Node]:
    """The blocks of a message's text."""
    lines = _LINE_BREAK.split(text)
    action = _ACTION.match(lines[0])
    if action is None:
        return _Blocks(lines, 0).parse()
    node: Node = {"type": "action", "children": parse_line(lines[0][action.end() :])}
    return [node, *_Blocks(lines[1:], 0).parse()]


class _Blocks:
    """Reads the lines of one container: of the message, a quote or an item of a list."""

    def __init__(self, lines: list[str], depth: int) -> None:
        self.lines = lines
        self.depth = depth
        self.fences = Fences(lines)
        self.at = 0
        self.nodes: list[Node] = []

    def parse(self) -> list[Node]:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if is_blank(line):
                self.at += 1
            elif block := self.fences.block_at(self.at):
                self._push(block.node, block.next)
            elif self._is_quote(line):
                self._quote()
            elif item := self._item(line):
                self._list(is_ordered=item[3] is not None, start=int(item[3] or 1))
            elif heading := _HEADING.match(line):
                self._heading(len(heading[1]), heading[2])
            elif columns := self._columns():
                self._table(columns)
            else:
                self._paragraph()
        return self.nodes

    def _push(self, node: Node, next: int) -> None:
        self.nodes.append(node)
        self.at = next

    def _is_quote(self, line: str) -> bool:
        return self.depth < MAX_DEPTH and _QUOTE.match(line) is not None

    def _item(self, line: str) -> re.Match[str] | None:
        return _ITEM.match(line) if self.depth < MAX_DEPTH else None

    def _quote(self) -> None:
        inner: list[str] = []
        end = self.at
        while end < len(self.lines) and (found := _QUOTE.match(self.lines[end])):
            inner.append(found[1])
            end += 1
        children = _Blocks(inner, self.depth + 1).parse()
        self._push({"type": "quote", "children": children}, end)

    def _list(self, *, is_ordered: bool, start: int) -> None:
        items: list[Node] = []
        at = self.at
        while self._continues_list(at, is_ordered):
            lines, at = self._item_lines(at)
            items.append(self._list_item(lines))
            following = self._skip_blank(at)
            at = following if self._continues_list(following, is_ordered) else at
        node = {"type": "list", "isOrdered": is_ordered, "start": start, "children": items}
        self._push(node, at)

    def _list_item(self, lines: list[str]) -> Node:
        """An item; a task is one that begins with a box."""
        item: Node = {"type": "item"}
        if task := _TASK.match(lines[0]):
            item["isChecked"] = task[1] != " "
            lines = [lines[0][task.end() :], *lines[1:]]
        return {**item, "children": _Blocks(lines, self.depth + 1).parse()}

    def _heading(self, level: int, text: str) -> None:
        text = text.rstrip(" \t")
        bare = text.rstrip("#")
        if bare[-1:] in (" ", "\t"):  # marks at the end close the heading
            text = bare.rstrip(" \t")
        children = parse_line(text)
        self._push({"type": "heading", "level": level, "children": children}, self.at + 1)

    def _columns(self) -> list[str | None] | None:
        """The alignments of the table that begins with the line."""
        if "|" not in self.lines[self.at] or self.at + 1 == len(self.lines):
            return None
        columns = columns_of(self.lines[self.at], self.lines[self.at + 1])
        return None if columns and self.fences.has_span_at(self.at) else columns

    def _table(self, columns: list[str | None]) -> None:
        rows = [_row(self.lines[self.at], len(columns))]
        at = self.at + 2
        while at < len(self.lines) and self._is_row(at, len(columns)):
            rows.append(_row(self.lines[at], len(columns)))
            at += 1
        self._push({"type": "table", "columns": columns, "children": rows}, at)

    def _is_row(self, at: int, columns: int) -> bool:
        """Whether a table goes on; a line with too many cells does not lose them."""
        line = self.lines[at]
        if "|" not in line or self._begins_block(at) or self.fences.has_span_at(at):
            return False
        return len(cells_of(line)) <= columns

    def _continues_list(self, at: int, is_ordered: bool) -> bool:
        item = self._item(self.lines[at]) if at < len(self.lines) else None
        return item is not None and (item[3] is not None) == is_ordered

    def _item_lines(self, at: int) -> tuple[list[str], int]:
        """The lines of the item that begins at `at`, without its indentation, and what follows."""
        item = _ITEM.match(self.lines[at])
        assert item is not None
        own = _width(item[1])
        content = own + len(item[2] or item[3] + ".") + 1
        lines = [item[4] or ""]
        at += 1
        while (following := self._skip_blank(at)) < len(self.lines):
            if _indent(self.lines[following]) < own + 2:
                break
            lines += [""] * (following - at)
            lines.append(_dedent(self.lines[following], content))
            at = following + 1
        return lines, at

    def _skip_blank(self, at: int) -> int:
        while at < len(self.lines) and is_blank(self.lines[at]):
            at += 1
        return at

    def _paragraph(self) -> None:
        """Lines up to a blank one, another block, or a code block that begins within a line."""
        children: list[Node] = []
        begin = self.at
        code: Code | None = None
        while self.at < len(self.lines) and (self.at == begin or not self._interrupts()):
            code = self.fences.span_at(self.at)
            line = self.lines[self.at] if code is None else self.lines[self.at][: code.begin]
            if code is not None and is_blank(line):
                break
            if self.at > begin:
                children.append(text_node("\n"))
            children += parse_line(line)
            if code is not None:
                break
            self.at += 1
        if children:
            self.nodes.append({"type": "paragraph", "children": merged(children)})
        if code is not None:
            self._push(code.node, code.next)

    def _interrupts(self) -> bool:
        """Whether the line ends a paragraph."""
        return self._begins_block(self.at) or self._columns() is not None

    def _begins_block(self, at: int) -> bool:
        """Whether the line is blank or begins another block than a table; of numbered lists only
        those from 1 do behind other lines."""
        line = self.lines[at]
        if is_blank(line) or self.fences.opens_at(at) or self._is_quote(line):
            return True
        if _HEADING.match(line):
            return True
        item = self._item(line)
        return item is not None and (item[3] is None or int(item[3]) == 1)


def _row(line: str, columns: int) -> Node:
    cells = cells_of(line)
    cells += [""] * (columns - len(cells))
    children = [{"type": "cell", "children": parse_line(cell)} for cell in cells]
    return {"type": "row", "children": children}


def _width(space: str) -> int:
    """The columns of white space; a tab ends at a multiple of four."""
    columns = 0
    for character in space:
        columns += 4 - columns % 4 if character == "\t" else 1
    return columns


def _indent(line: str) -> int:
    found = _INDENT.match(line)
    return _width(found[0]) if found else 0


def _dedent(line: str, columns: int) -> str:
    """The line without that many columns of white space, or without all of it if it has less."""
    at = column = 0
    while at < len(line) and column < columns and line[at] in " \t":
        column += 4 - column % 4 if line[at] == "\t" else 1
        at += 1
    return " " * max(0, column - columns) + line[at:]
