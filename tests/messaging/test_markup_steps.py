"""The work to read a message's markup grows with its length, not faster."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from messaging.markup import parse, plain_line, plain_text
from messaging.mentions import mentioned_in

ID = "01a1fd3b-a764-7514-ab57-40874d070685"
SHORT, LONG = 500, 2000

PIECES = [
    *("*", "_a", "*a ", "**a *", "a**b_ ", "*_a ~~b ", "~~a ", "[", "[a", "](", "[](http://a"),
    *("[http://a](", "](http://a", "((", "\\", "`", "> ", "- ", "1. ", "- a\n\n", "  - a\n", "\n"),
    *("```\n", "a ```b\n", "```a\nb``` c\n", "~~~~\n", "> ```\n", "@", "@all", "a@a.", "a.b@", "<"),
    *("<http://a", "<@", f"<@{ID}> ", "www.", "http://", "https://a.b ", "字**。**", "\ta\n"),
    *("|", "|a|\n", "|a|\n|-|\n", "|-|\n", "a|b\n-|-\n", "# ", "# a #\n", "- [ ] "),
]


def _falling_runs(length: int) -> str:
    most = int((2 * length) ** 0.5)
    return "\n".join("a " + "`" * size for size in range(most, 0, -1))


HARD: dict[str, Callable[[int], str]] = {
    "points and parentheses": lambda length: "http://a" + "." * (length // 2) + ")" * (length // 2),
    "points and parentheses in turn": lambda length: "http://a" + ".)" * (length // 2),
    "closing brackets": lambda length: "http://a" + "]" * length,
    "falling runs of backticks by lines": _falling_runs,
    "an item and empty lines": lambda length: "- a" + "\n" * length,
}


def _steps(text: str) -> int:
    """How many lines of the markup's modules run while a text is read in every way."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event in ("line", "call")
        return trace if "/messaging/mark" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        parse(text)
        mentioned_in(text)
        plain_line(text, str)
        plain_text(text, str)
    finally:
        sys.settrace(before)
    return count


def _hold(make: Callable[[int], str]) -> None:
    short, long = _steps(make(SHORT)), _steps(make(LONG))
    assert 0 < long <= 5 * short + 500


@pytest.mark.parametrize("name", HARD)
def test_steps_of_hard_texts_grow_with_the_length(name: str) -> None:
    _hold(HARD[name])


@pytest.mark.parametrize("piece", PIECES)
def test_steps_of_repeated_pieces_grow_with_the_length(piece: str) -> None:
    _hold(lambda length: piece * (length // len(piece)))
