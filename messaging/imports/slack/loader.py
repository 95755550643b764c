"""Loading a whole export: its people first, then conversation by conversation."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from django.db import connection

from messaging.imports.slack.archive import Archive, ExportRefused
from messaging.imports.slack.content import Reader
from messaging.imports.slack.conversations import RoomImport, Rows
from messaging.imports.slack.days import Stretch, in_order, survey
from messaging.imports.slack.export import SlackRoom, read_people, read_rooms, workspace_of
from messaging.imports.slack.mapping import RoomLog
from messaging.imports.slack.people import People, origin_of
from messaging.imports.slack.progress import Watcher
from messaging.imports.slack.report import Report

LOCK = 0x51AC_0001  # of the database, held by the one import that may run


class Load:
    """One run over an export. What it does is in the report."""

    def __init__(
        self,
        archive: Archive,
        report: Report,
        progress: Watcher,
        *,
        workspace: str | None = None,
        link_emails: bool = False,
    ) -> None:
        self._archive = archive
        self._report = report
        self._progress = progress
        persons = read_people(archive, report)
        self._workspace = workspace_of(persons) if workspace is None else workspace
        self._people = People(self._workspace, report, link_emails=link_emails)
        self._people.load(persons)
        self._now = time.time_ns() // 1000

    def run(self) -> None:
        """Stores the whole of it, unless the report is of a dry run."""
        rooms = read_rooms(self._archive, self._report, self._people.name_of)
        channels = {room.id: room.name for room in rooms}
        surveys = self._survey(rooms)
        if not self._report.dry_run:
            self._people.store_new()
        self._progress.phase("Importing", sum(s.messages for found in surveys for s in found))
        for room, stretches in zip(rooms, surveys, strict=True):
            self._load_room(room, stretches, channels)
        if self._report.dry_run:
            self._people.count_drafts()
        elif any(result.new for result in self._report.conversations):
            _refresh_statistics()

    def _survey(self, rooms: list[SlackRoom]) -> list[list[Stretch]]:
        self._progress.phase("Reading", sum(len(room.files) for room in rooms))
        return [
            survey(
                self._archive,
                self._progress.watch(room.files),
                now=self._now,
                report=self._report,
            )
            for room in rooms
        ]

    def _load_room(
        self, room: SlackRoom, stretches: list[Stretch], channels: dict[str, str]
    ) -> None:
        origin = origin_of(self._workspace, room.id)
        reader = Reader(self._people, channels, self._report)
        load = RoomImport(
            room,
            origin,
            partial(self._rows, room, origin, stretches, channels),
            topic=reader.plain(room.topic),
            people=self._people,
            report=self._report,
        )
        self._report.conversations.append(load.run())

    def _rows(
        self,
        room: SlackRoom,
        origin: str,
        stretches: list[Stretch],
        channels: dict[str, str],
        report: Report,
    ) -> Rows:
        log = RoomLog(
            room,
            origin,
            now=self._now,
            reader=Reader(self._people, channels, report),
            people=self._people,
            report=report,
        )
        entries = in_order(self._archive, stretches, now=self._now)
        # Only the rows of the one pass whose report counts are watched.
        watched = self._progress.watch(entries) if report is self._report else entries
        return log, log.rows(watched)


@contextmanager
def only_import() -> Iterator[None]:
    """Raises ExportRefused while another process imports; a killed one holds nothing back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if cursor.fetchone() != (True,):
            raise ExportRefused("Another import is running.")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _refresh_statistics() -> None:
    """The planner knows nothing yet of what has come in at once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE accounts_user, conversations_conversation, conversations_participant, "
            "messaging_message, messaging_reaction, messaging_mention"
        )
