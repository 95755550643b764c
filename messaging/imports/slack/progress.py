"""How far an import is, for somebody who watches."""

from collections.abc import Iterable, Iterator
from typing import Protocol, Self, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

T = TypeVar("T")
STEP = 500


class Watcher(Protocol):
    def phase(self, title: str, total: int) -> None:
        """What begins now, and how many things there will be to `watch`."""

    def watch(self, things: Iterable[T]) -> Iterator[T]:
        """The same things; each counts when the next is asked for."""


class Nobody:
    """For scripts."""

    def phase(self, title: str, total: int) -> None:
        pass

    def watch(self, things: Iterable[T]) -> Iterator[T]:
        return iter(things)


class Terminal:
    """Bars on standard error, as a context manager; nothing unless that is a terminal."""

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
        """Moves the bar in steps, since moving it costs more than importing a message."""
        count = 0
        for count, thing in enumerate(things, 1):
            yield thing
            if count % STEP == 0:
                self._progress.advance(self._task, STEP)
        self._progress.advance(self._task, count % STEP)
