"""Tables: the cells of a line, and what the line below the head says of the columns."""

import re

MAX_COLUMNS = 20

_RULE = re.compile(r"(:?)-+(:?)")
_ALIGNMENTS = {("", ""): None, (":", ""): "left", (":", ":"): "center", ("", ":"): "right"}


def columns_of(head: str, rule: str) -> list[str | None] | None:
    """The alignments of the columns where `rule` makes `head` the head of a table."""
    if "|" not in head or "|" not in rule or rule.lstrip(" \t")[:1] not in "|:-":
        return None
    marks = [_RULE.fullmatch(cell) for cell in cells_of(rule)]
    columns = [_ALIGNMENTS[mark[1], mark[2]] for mark in marks if mark]
    fits = len(columns) == len(marks) == len(cells_of(head))
    return columns if fits and len(columns) <= MAX_COLUMNS else None


def cells_of(line: str) -> list[str]:
    """What stands between the upright lines; one behind a backslash belongs to its cell."""
    cells = [""]
    is_escaped = False
    for character in line.strip(" \t"):
        if character == "|" and not is_escaped:
            cells.append("")
        elif character == "|":
            cells[-1] = cells[-1][:-1] + "|"
        else:
            cells[-1] += character
        is_escaped = character == "\\" and not is_escaped
    if len(cells) > 1 and not cells[0]:
        cells.pop(0)
    if len(cells) > 1 and not cells[-1]:
        cells.pop()
    return [cell.strip(" \t") for cell in cells]
