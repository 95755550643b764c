"""The files by which the workers of one supervisor share their numbers (prometheus-client's
multiprocess mode), and what becomes of those of a worker that has ended.

A counter must not fall when a worker ends, and the files must not become more and more: so the
supervisor adds the counters and histograms of an ended worker to one file, and deletes its files.
A lock keeps that from a scrape, which would see both or neither.
"""

import fcntl
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

ENDED = "ended"  # in the place of a process' id
SUMMED = ("counter", "histogram")


def begin(folder: Path) -> Path:
    """The empty folder for the workers of a supervisor that starts."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    return folder


def retire(folder: Path, pid: int) -> None:
    """Takes over what the ended process has counted, and deletes its files."""
    with _locked(folder, fcntl.LOCK_EX):
        for kind in SUMMED:
            path = folder / f"{kind}_{pid}.db"
            if path.exists():
                _add(path, folder / f"{kind}_{ENDED}.db")
        for path in folder.glob(f"*_{pid}.db"):
            path.unlink()


def _add(path: Path, to: Path) -> None:
    kept = MmapedDict(str(to))
    try:
        for key, value, stamp, _ in MmapedDict.read_all_values_from_file(str(path)):
            before, _ = kept.read_value(key)
            kept.write_value(key, before + value, stamp)
    finally:
        kept.close()


class WorkerFiles:
    """A collector of the sums over all workers, those that have ended included."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._collector = MultiProcessCollector(None, path=folder)

    def collect(self) -> Iterable[Metric]:
        with _locked(self._folder, fcntl.LOCK_SH):
            metrics: list[Metric] = list(self._collector.collect())
        return metrics


@contextmanager
def _locked(folder: Path, mode: int) -> Iterator[None]:
    with (folder / "lock").open("a") as file:
        fcntl.flock(file, mode)
        yield
