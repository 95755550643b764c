"""Code blocks: fences of backticks or tildes, and blocks that begin or end within a line."""

import re
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from messaging.markup.characters import SPACE, is_blank
from messaging.markup.tree import Node

_OPENING = re.compile(r"([ \t]*)(`{3,}|~{3,})(.*)", re.DOTALL)
_CLOSING_TILDES = re.compile(r"[ \t]*(~{3,})[ \t]*\Z")
_RUN = re.compile(r"`+")
_CODE_OR_ESCAPE = re.compile(r"\\[!-/:-@\[-`{-~]|`+")

# A language, and attributes: `c#`, `js {1,3}`, `python title="a.py"`. Other text on the line of a
# fence is code, as Slack has it.
_INFO = re.compile(
    rf"([^{SPACE}`{{}}=\"'()\[\];$|&<>]{{1,40}})"
    rf"(?:[ \t]+\{{[^{{}}]*\}}|[ \t]+[A-Za-z_-]+=[^{SPACE}]*)*\Z"
)
_ATTRIBUTES = re.compile(r"\{[^{}]*\}\Z")
MIN_FENCE = 3


class Code(NamedTuple):
    """A code block, from where in its first line, and the line that follows it."""

    node: Node
    begin: int
    next: int


class _Run(NamedTuple):
    line: int
    begin: int
    end: int


class Fences:
    """Finds the code blocks among the lines of a container; the last line may be cut meanwhile."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines

    @cached_property
    def _ends(self) -> dict[str, list[int]]:
        """By mark: the longest run that ends the line or a later one, by line."""
        runs = {mark: [_closing(line, mark) for line in self.lines] for mark in "`~"}
        return {
            mark: [*reversed([0, *accumulate(reversed(sizes), max)])]
            for mark, sizes in runs.items()
        }

    @cached_property
    def _runs(self) -> dict[int, list[_Run]]:
        """The runs of three and more backticks, by their size; the next one stands last."""
        runs: dict[int, list[_Run]] = {}
        for number, line in reversed([*enumerate(self.lines)]):
            for run in reversed([*_RUN.finditer(line)]):
                size = run.end() - run.start()
                if size >= MIN_FENCE:
                    runs.setdefault(size, []).append(_Run(number, run.start(), run.end()))
        return runs

    def opens_at(self, at: int) -> bool:
        """Whether a code block begins with the line."""
        found = _OPENING.match(self.lines[at])
        return found is not None and (
            found[2][0] == "~" or "`" not in found[3] or _one_line(found) is not None
        )

    def block_at(self, at: int) -> Code | None:
        """The code block that begins with the line."""
        found = _OPENING.match(self.lines[at])
        if found is None or not self.opens_at(at):
            return None
        if found[2][0] == "`" and "`" in found[3]:
            text = _one_line(found) or ""
            return Code({"type": "code-block", "language": "", "text": text}, 0, at + 1)
        mark, size = found[2][0], len(found[2])
        end = self._end(at + 1, mark, size)
        if end is None and mark == "`" and (run := self._next_run(at, size)):
            return self._until(at, found.start(3), run)
        closing = "" if end is None else self.lines[end].rstrip(" \t").rstrip(mark)
        stop = len(self.lines) if end is None else end
        indent = len(found[1])
        lines = [_without(line, indent) for line in self.lines[at + 1 : stop]]
        if is_blank(closing):
            language, first = _info(found[3])
        else:
            language, first = "", [] if is_blank(found[3]) else [found[3]]
            lines.append(closing)
        text = "\n".join([*first, *lines])
        return Code({"type": "code-block", "language": language, "text": text}, 0, stop + 1)

    def _end(self, at: int, mark: str, size: int) -> int | None:
        """The next line that ends in a fence of that size."""
        if self._ends[mark][min(at, len(self.lines))] < size:
            return None
        while _closing(self.lines[at], mark) < size:
            at += 1
        return at

    def span_at(self, at: int) -> Code | None:
        """The code that begins within the line and ends within a later one."""
        opening = _open_run(self.lines[at])
        if opening is None:
            return None
        begin, end = opening
        run = self._next_run(at, end - begin)
        return None if run is None else self._until(at, end, run)._replace(begin=begin)

    def has_span_at(self, at: int) -> bool:
        """Whether code begins within the line and ends within a later one; takes nothing."""
        opening = _open_run(self.lines[at])
        return opening is not None and self._next_run(at, opening[1] - opening[0]) is not None

    def _next_run(self, at: int, size: int) -> _Run | None:
        runs = self._runs.get(size, [])
        while runs and runs[-1].line <= at:
            runs.pop()
        return runs[-1] if runs else None

    def _until(self, at: int, begin: int, run: _Run) -> Code:
        """The code up to a run; the line that it ends in is left with what follows there."""
        first, last = self.lines[at][begin:], self.lines[run.line][: run.begin]
        parts = [first, *self.lines[at + 1 : run.line], last]
        text = "\n".join(parts[1:] if is_blank(first) else parts)
        text = text.removesuffix("\n")
        self.lines[run.line] = self.lines[run.line][run.end :]
        return Code({"type": "code-block", "language": "", "text": text}, 0, run.line)


def _closing(line: str, mark: str) -> int:
    """The size of the fence that ends the line: tildes alone there, backticks behind text, too."""
    if mark == "~":
        found = _CLOSING_TILDES.match(line)
        return len(found[1]) if found else 0
    stripped = line.rstrip(" \t")
    text = stripped.rstrip("`")
    return 0 if "```" in text else len(stripped) - len(text)


def _one_line(found: re.Match[str]) -> str | None:
    """The code of a line that is nothing else: three backticks at its beginning and its end."""
    rest = found[3].rstrip(" \t")
    size = len(found[2])
    code = rest[:-size]
    if found[2][0] == "~" or not rest.endswith(found[2]) or "`" in code or is_blank(code):
        return None
    return code


def _info(rest: str) -> tuple[str, list[str]]:
    """The language that the text on a fence's line names; else that text is code."""
    text = rest.strip(" \t")
    if not text or _ATTRIBUTES.match(text):
        return "", []
    if found := _INFO.match(text):
        return found[1], []
    return "", [rest]


def _without(line: str, indent: int) -> str:
    """The line without the white space that stands before its fence."""
    at = 0
    while at < indent and line[at : at + 1] in (" ", "\t"):
        at += 1
    return line[at:]


def _open_run(line: str) -> tuple[int, int] | None:
    """Where a run of three and more backticks is that its line does not close."""
    if "```" not in line:
        return None
    runs = [(run.start(), run.end()) for run in _RUN.finditer(line)]
    last = {end - begin: begin for begin, end in runs}  # the last one of each size
    closings: dict[int, list[tuple[int, int]]] = {}
    for run in reversed(runs):
        closings.setdefault(run[1] - run[0], []).append(run)
    at = 0
    while found := _CODE_OR_ESCAPE.search(line, at):
        begin, at = found.span()
        if found[0][0] == "\\":
            continue
        size = at - begin
        if last.get(size, -1) >= at:
            same = closings[size]
            while same[-1][0] < at:
                same.pop()
            at = same[-1][1]
        elif size >= MIN_FENCE:
            return begin, at
    return None
