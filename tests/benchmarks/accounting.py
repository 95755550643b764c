"""Who used how much CPU: the server, PostgreSQL, the load generator, and everybody else here.

Taken from the kernel's accounts (10 ms steps), which other work on the machine does not distort as
it does a rate.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Reading:
    """CPU seconds so far, at a moment of the monotonic clock."""

    at: float
    busy: float
    of: dict[str, float]


@dataclass(slots=True)
class Usage:
    """CPU seconds within `seconds` of wall time; filled when the measured block ends."""

    seconds: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)

    def share(self, who: str) -> float:
        """The part of one core that it used; 2.0 are two whole cores."""
        return self.cpu.get(who, 0.0) / self.seconds if self.seconds else 0.0

    def shares(self) -> dict[str, float]:
        return {who: round(self.share(who), 3) for who in self.cpu}


class Accounts:
    """The processes to be watched, by name: one process, or one with all its children."""

    def __init__(
        self, *, processes: dict[str, int] | None = None, trees: dict[str, int] | None = None
    ) -> None:
        self._processes = {"generator": os.getpid()} | (processes or {})
        self._trees = trees or {}

    @contextmanager
    def watch(self) -> Iterator[Usage]:
        usage, before = Usage(), self._read()
        try:
            yield usage
        finally:
            self.settle(usage, before)

    def memory(self, who: str) -> int:
        """Bytes that are its own and its children's, without what is mapped from files."""
        if who in self._processes:
            return memory_of(self._processes[who])
        return sum(map(memory_of, [self._trees[who], *_children(self._trees[who])]))

    def read(self) -> Reading:
        return self._read()

    def settle(self, usage: Usage, before: Reading) -> None:
        """Fills `usage` with what went by since `before`; `others` is what nobody here used."""
        after = self._read()
        usage.seconds = after.at - before.at
        usage.cpu = {who: after.of[who] - before.of[who] for who in after.of}
        spent = after.busy - before.busy
        usage.cpu["others"] = max(0.0, spent - sum(usage.cpu.values()))

    def _read(self) -> Reading:
        of = {who: cpu_of(pid) for who, pid in self._processes.items()}
        of |= {who: cpu_of_tree(pid) for who, pid in self._trees.items()}
        return Reading(time.monotonic(), busy_of_machine(), of)


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and its threads, ended ones too; 0 when it has ended itself."""
    try:
        fields = _stat(pid)
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def cpu_of_tree(pid: int) -> float:
    """The same with its children, those that have ended and been waited for too."""
    while True:
        own = _stat(pid)[11:15]
        children = sum(cpu_of(child) for child in _children(pid))
        if _stat(pid)[13:15] == own[2:]:  # no child ended meanwhile, to be counted in neither
            return children + sum(map(int, own)) / TICKS


def memory_of(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (anonymous,) = (line.split()[1] for line in lines if line.startswith("RssAnon:"))
    return int(anonymous) * 1024


def busy_of_machine() -> float:
    """CPU seconds that all cores together were not idle."""
    line = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _wait, irq, soft, *_ = map(int, line)
    return (user + nice + system + irq + soft) / TICKS


def _stat(pid: int) -> list[str]:
    """The fields from the state on; the name before may hold blanks and brackets."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()


def _children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int(_stat(int(entry.name))[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == pid:
                found.append(int(entry.name))
    return found
