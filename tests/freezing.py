"""Processes that stand still: they hold their connections, and answer nothing."""

import os
import signal
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.waiting import eventually


@contextmanager
def frozen(pids: Collection[int]) -> Iterator[None]:
    freeze(pids)
    try:
        yield
    finally:
        thaw(pids)


def freeze(pids: Collection[int]) -> None:
    """Returns when all their threads stand still, which on a busy machine takes a while: until a
    stopped process is given a core, its other threads go on."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    eventually(lambda: all(_stands_still(pid) for pid in pids))


def thaw(pids: Collection[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def with_children(pid: int) -> list[int]:
    process = psutil.Process(pid)
    return [pid, *(child.pid for child in process.children(recursive=True))]


def _stands_still(pid: int) -> bool:
    """Whether each thread is stopped, or has ended."""
    return all(_state(thread) in "TtZX" for thread in Path("/proc").glob(f"{pid}/task/*"))


def _state(thread: Path) -> str:
    try:
        return (thread / "stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"
