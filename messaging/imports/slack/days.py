"""A conversation's messages in order of time, one day file in memory at a time.

Slack splits by the day of some time zone, so files do not overlap and each is in order; neither is
relied on. A first pass notes the times that each file spans; files that overlap are read together.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from messaging.imports.slack.archive import Archive, Unreadable
from messaging.imports.slack.export import dict_of, time_of
from messaging.imports.slack.report import Report

DAY = 24 * 3600 * 10**6


@dataclass(slots=True)
class Entry:
    """A message as Slack wrote it, its time in microseconds, and where in the export it stands."""

    at: int
    where: str
    message: dict[str, Any]


@dataclass(slots=True)
class Stretch:
    """Day files whose times overlap, in their own order; usually one."""

    files: list[str]
    last: int
    messages: int


def survey(archive: Archive, files: Iterable[str], *, now: int, report: Report) -> list[Stretch]:
    """The files grouped and in order of time. What is unusable in them is reported here, once."""
    spans = []
    for name in files:
        entries = _read(archive, name, now, report)
        if entries:
            spans.append((entries[0].at, entries[-1].at, name, len(entries)))
    stretches: list[Stretch] = []
    for first, last, name, count in sorted(spans):
        if stretches and first <= stretches[-1].last:
            stretches[-1].files.append(name)
            stretches[-1].last = max(stretches[-1].last, last)
            stretches[-1].messages += count
        else:
            stretches.append(Stretch([name], last, count))
    return stretches


def in_order(archive: Archive, stretches: Iterable[Stretch], *, now: int) -> Iterator[Entry]:
    """All usable messages by time; those of one time in the order of the files."""
    for stretch in stretches:
        entries = [
            entry for name in sorted(stretch.files) for entry in _read(archive, name, now, None)
        ]
        entries.sort(key=lambda entry: entry.at)
        yield from entries


def _read(archive: Archive, name: str, now: int, report: Report | None) -> list[Entry]:
    """The usable messages of a file by time; empty when it cannot be read."""
    try:
        found = archive.read_list(name)
    except Unreadable as error:
        if report:
            report.skip("bad_file", name, str(error))
        return []
    entries = []
    for number, message in enumerate(found):
        where = f"{name}[{number}]"
        at = time_of(dict_of(message).get("ts"))
        if at is not None and at <= now + DAY:
            entries.append(Entry(at, where, message))
        elif report:
            _report_unusable(report, where, message)
    entries.sort(key=lambda entry: entry.at)
    return entries


def _report_unusable(report: Report, where: str, message: object) -> None:
    if isinstance(message, dict):
        report.skip("bad_time", where, f"ts is {message.get('ts')!r:.60}")
    else:
        report.skip("bad_entry", where, "no object")
