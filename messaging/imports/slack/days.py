"""Yields a conversation's messages in order of time, with one day file in memory at a time.

Slack's day files do not overlap and each is in order, but that is not relied on: a first pass notes
the time span of each file, and files that overlap are read together.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from messaging.imports.slack.archive import ExportFiles, Unreadable
from messaging.imports.slack.export import dict_of, text_of, time_of
from messaging.imports.slack.markup import unescape
from messaging.imports.slack.report import Report

_GROUP = re.compile(r"<!subteam\^(\w+)\|@?([^<>|\n]+)>")
DAY = 24 * 3600 * 10**6


@dataclass(slots=True)
class Entry:
    """A message of Slack, its time in microseconds, and its position in the export."""

    at: int
    where: str
    message: dict[str, Any]


@dataclass(slots=True)
class DayGroup:
    """Day files whose times overlap; usually one."""

    files: list[str]
    last: int
    messages: int


def group_day_files(
    archive: ExportFiles, files: Iterable[str], *, now: int, report: Report, groups: dict[str, str]
) -> list[DayGroup]:
    """Groups the files in order of time, and reports unusable entries. Adds to `groups` the names
    of user groups that their mentions tell."""
    spans = []
    for name in files:
        entries = _read(archive, name, now, report)
        for entry in entries:
            _note_groups(entry.message, groups)
        if entries:
            spans.append((entries[0].at, entries[-1].at, name, len(entries)))
    day_groups: list[DayGroup] = []
    for first, last, name, count in sorted(spans):
        if day_groups and first <= day_groups[-1].last:
            day_groups[-1].files.append(name)
            day_groups[-1].last = max(day_groups[-1].last, last)
            day_groups[-1].messages += count
        else:
            day_groups.append(DayGroup([name], last, count))
    return day_groups


def _note_groups(message: dict[str, Any], groups: dict[str, str]) -> None:
    text = text_of(message.get("text"))
    if "<!subteam^" in text:
        for group_id, label in _GROUP.findall(text):
            groups.setdefault(group_id, unescape(label))


def entries_in_order(
    archive: ExportFiles, day_groups: Iterable[DayGroup], *, now: int
) -> Iterator[Entry]:
    """All usable messages by time, and within one time in the order of the files."""
    for day_group in day_groups:
        entries = [
            entry for name in sorted(day_group.files) for entry in _read(archive, name, now, None)
        ]
        entries.sort(key=lambda entry: entry.at)
        yield from entries


def _read(archive: ExportFiles, name: str, now: int, report: Report | None) -> list[Entry]:
    """The usable messages of a file by time; empty when the file cannot be read."""
    try:
        found = archive.read_list(name)
    except Unreadable as error:
        if report:
            report.skip("bad_file", name, str(error))
        return []
    entries = []
    for number, message in enumerate(found):
        where = archive.place(name, number, message)
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
