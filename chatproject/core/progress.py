"""Shows the progress of a long command on a terminal."""

from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars


class Progress:
    """Progress bars on standard error if that is a terminal; a context manager."""

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
        """Hides the bars until the next `begin`, to ask a question."""
        self._bars.stop()

    def begin(self, title: str, total: int | None) -> None:
        """Starts a bar with `total` steps, if that number is known."""
        self._bars.start()
        self._task = self._bars.add_task(title, total=total)

    def advance(self, number: int = 1) -> None:
        self._bars.advance(self._task, number)
