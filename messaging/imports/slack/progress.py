"""Shows the progress of an import in the terminal."""

from collections.abc import Iterable, Iterator
from typing import Protocol, Self, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

T = TypeVar("T")
STEP = 500


class Watcher(Protocol):
    def phase(self, title: str, total: int) -> None:
        """Starts a phase with `total` items to `watch`."""

    def watch(self, things: Iterable[T]) -> Iterator[T]:
        """Yields the same items and counts them."""


class NoProgress:
    """Shows nothing; for scripts."""

    def phase(self, title: str, total: int) -> None:
        pass

    def watch(self, things: Iterable[T]) -> Iterator[T]:
        return iter(things)


class TerminalProgress:
    """Progress bars on standard error if that is a terminal; a context manager."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description:10}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("", total=None, visible=False)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def phase(self, title: str, total: int) -> None:
        self._task = self._progress.add_task(title, total=total)

    def watch(self, things: Iterable[T]) -> Iterator[T]:
        """Advances the bar in steps, since drawing it costs more than importing a message."""
        count = 0
        for count, thing in enumerate(things, 1):
            yield thing
            if count % STEP == 0:
                self._progress.advance(self._task, STEP)
        self._progress.advance(self._task, count % STEP)
