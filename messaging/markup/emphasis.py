"""Emphasis: which runs of `*`, `_` and `~~` begin and end a span.

The algorithm is that of CommonMark's appendix ("process emphasis"), by a linked list of runs, with
the floors that make it linear. A span stays within its line.
"""

from dataclasses import dataclass, field

from messaging.markup.characters import is_punctuation, is_space, is_spaceless
from messaging.markup.tree import Node, merged, text_node

MAX_NESTING = 6


@dataclass(slots=True)
class Run:
    """A run of one mark. `opens` and `closes` are the widths of its spans, the innermost first."""

    mark: str
    size: int
    can_open: bool
    can_close: bool
    left: int = 0
    opens: list[int] = field(default_factory=list)
    closes: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.left = self.size


def run_of(mark: str, size: int, before: str, after: str) -> Run | None:
    """The run between two characters; None where it can neither open nor close a span."""
    opens = not is_space(after) and (not is_punctuation(after) or _is_edge(before))
    closes = not is_space(before) and (not is_punctuation(before) or _is_edge(after))
    if mark == "_":
        opens, closes = (
            opens and (not closes or is_punctuation(before)),
            closes and (not opens or is_punctuation(after)),
        )
    if mark == "~" and size != 2:
        return None
    return Run(mark, size, opens, closes) if opens or closes else None


def _is_edge(character: str) -> bool:
    """What may stand beside a mark that has punctuation at its other side."""
    return is_space(character) or is_punctuation(character) or is_spaceless(character)


def pair(runs: list[Run]) -> None:
    """Gives each run the spans that it opens and closes."""
    before = list(range(-1, len(runs) - 1))
    after = list(range(1, len(runs) + 1))
    floors: dict[tuple[str, bool, int], int] = {}
    at = 0
    while at < len(runs):
        closer = runs[at]
        if not closer.can_close:
            at = after[at]
            continue
        kind = (closer.mark, closer.can_open, closer.size % 3)
        opener = before[at]
        while opener > floors.get(kind, -1) and not _fit(runs[opener], closer):
            opener = before[opener]
        if opener <= floors.get(kind, -1):
            floors[kind] = before[at]
            if not closer.can_open:
                _unlink(before, after, at)
            at = after[at]
            continue
        _join(runs[opener], closer)
        after[opener], before[at] = at, opener
        if not runs[opener].left:
            _unlink(before, after, opener)
        if not closer.left:
            _unlink(before, after, at)
            at = after[at]


def _fit(opener: Run, closer: Run) -> bool:
    if opener.mark != closer.mark or not opener.can_open:
        return False
    both = opener.can_close or closer.can_open
    thirds = (opener.size + closer.size) % 3 == 0 and opener.size % 3 != 0
    return not (both and thirds)


def _join(opener: Run, closer: Run) -> None:
    width = 2 if opener.left >= 2 and closer.left >= 2 else 1
    opener.opens.append(width)
    closer.closes.append(width)
    opener.left -= width
    closer.left -= width


def _unlink(before: list[int], after: list[int], at: int) -> None:
    if before[at] >= 0:
        after[before[at]] = after[at]
    if after[at] < len(before):
        before[after[at]] = before[at]


def build(tokens: list[Node | Run]) -> list[Node]:
    """The tree of a line's tokens, whose runs are paired. Spans too deep stay text."""
    open_spans: list[tuple[str, list[Node]]] = []
    nodes: list[Node] = []
    for token in tokens:
        if not isinstance(token, Run):
            nodes.append(token)
            continue
        for width in token.closes:
            kind, outer = open_spans.pop()
            if kind:
                outer.append({"type": kind, "children": merged(nodes)})
                nodes = outer
            else:
                nodes.append(text_node(token.mark * width))
        nodes.append(text_node(token.mark * token.left))
        for width in reversed(token.opens):
            if len(open_spans) < MAX_NESTING:
                open_spans.append((_kind(token.mark, width), nodes))
                nodes = []
            else:
                open_spans.append(("", nodes))
                nodes.append(text_node(token.mark * width))
    return merged(nodes)


def _kind(mark: str, width: int) -> str:
    if mark == "~":
        return "strike"
    return "bold" if width == 2 else "italic"
