"""How far a long command is, for somebody who watches it on a terminal."""

from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars


class Progress:
    """Bars on standard error, as a context manager; nothing unless that is a terminal."""

    def __init__(self, *, is_quiet: bool = False) -> None:
        console = Console(stderr=True)
        self._bars = Bars(
            TextColumn("{task.description:14}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=is_quiet or not console.is_terminal,
        )
        self._task = self._bars.add_task("", total=None, visible=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def pause(self) -> None:
        """Leaves the terminal to a question, until the next `begin`."""
        self._bars.stop()

    def begin(self, title: str, total: int | None) -> None:
        """What begins now, and how many things there are to `advance` over, if that is known."""
        self._bars.start()
        self._task = self._bars.add_task(title, total=total)

    def advance(self, number: int = 1) -> None:
        self._bars.advance(self._task, number)
