"""Imports a whole export: its people first, then one conversation after another."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from django.db import connection

from messaging.imports.slack.archive import ExportFiles, ExportRefused
from messaging.imports.slack.content import Reader
from messaging.imports.slack.conversations import ConversationImport, Rows
from messaging.imports.slack.days import DayGroup, entries_in_order, group_day_files
from messaging.imports.slack.export import (
    SlackConversation,
    read_conversations,
    read_group_names,
    read_people,
    workspace_of,
)
from messaging.imports.slack.mapping import LogBuilder
from messaging.imports.slack.people import People, origin_of
from messaging.imports.slack.progress import Watcher
from messaging.imports.slack.report import ConversationResult, Report

LOCK = 0x51AC_0001  # advisory lock of the one import that may run


class SlackLoader:
    """Imports an export and reports what it did."""

    def __init__(
        self,
        archive: ExportFiles,
        report: Report,
        progress: Watcher,
        *,
        workspace: str | None = None,
        link_emails: bool = False,
        system: str = "slack",
    ) -> None:
        self._system = system
        self._archive = archive
        self._report = report
        self._progress = progress
        persons = read_people(archive, report)
        self._workspace = workspace_of(persons) if workspace is None else workspace
        self._people = People(self._workspace, report, link_emails=link_emails, system=system)
        self._people.load(persons)
        self._now = time.time_ns() // 1000
        self._groups = read_group_names(archive, report)

    def run(self) -> None:
        """Imports everything; writes nothing if the report is that of a dry run."""
        conversations = read_conversations(self._archive, self._report, self._people.name_of)
        channels = {conversation.id: conversation.name for conversation in conversations}
        surveys = self._group_day_files(conversations)
        if not self._report.dry_run:
            self._people.store_new()
        self._progress.phase("Importing", sum(s.messages for found in surveys for s in found))
        for conversation, day_groups in zip(conversations, surveys, strict=True):
            self._load_conversation(conversation, day_groups, channels)
        if self._report.dry_run:
            self._people.count_drafts()
        elif any(result.new for result in self._report.conversations):
            _refresh_statistics()

    def _group_day_files(self, conversations: list[SlackConversation]) -> list[list[DayGroup]]:
        self._progress.phase(
            "Reading", sum(len(conversation.files) for conversation in conversations)
        )
        return [
            group_day_files(
                self._archive,
                self._progress.watch(conversation.files),
                now=self._now,
                report=self._report,
                groups=self._groups,
            )
            for conversation in conversations
        ]

    def _load_conversation(
        self, conversation: SlackConversation, day_groups: list[DayGroup], channels: dict[str, str]
    ) -> None:
        if not conversation.files and self._report.strays:
            self._report.conversations.append(_maybe_elsewhere(conversation, self._report))
            return
        origin = origin_of(self._workspace, conversation.id, system=self._system)
        reader = Reader(self._people, channels, self._report, self._groups)
        load = ConversationImport(
            conversation,
            origin,
            partial(self._rows, conversation, origin, day_groups, channels),
            topic=reader.plain(conversation.topic),
            people=self._people,
            report=self._report,
            open_file=self._archive.open_file,
        )
        self._report.conversations.append(load.run())

    def _rows(
        self,
        conversation: SlackConversation,
        origin: str,
        day_groups: list[DayGroup],
        channels: dict[str, str],
        report: Report,
    ) -> Rows:
        log = LogBuilder(
            conversation,
            origin,
            now=self._now,
            reader=Reader(self._people, channels, report, self._groups, self._archive.has_file),
            people=self._people,
            report=report,
        )
        entries = entries_in_order(self._archive, day_groups, now=self._now)
        # Progress counts only the pass that writes the report.
        watched = self._progress.watch(entries) if report is self._report else entries
        return log, log.rows(watched)


def _maybe_elsewhere(conversation: SlackConversation, report: Report) -> ConversationResult:
    """Its messages may be in a folder that belongs to no conversation. It is not created empty, so
    that it can be imported when the export is mended."""
    report.skip("maybe_elsewhere", conversation.id, conversation.name)
    detail = "It has no folder, and there is a folder that belongs to no conversation."
    return ConversationResult(conversation.name, conversation.kind, "skipped", detail=detail)


@contextmanager
def only_import() -> Iterator[None]:
    """Raises ExportRefused while another process imports; a killed one releases the lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if cursor.fetchone() != (True,):
            raise ExportRefused("Another import is running.")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _refresh_statistics() -> None:
    """Updates the planner's statistics, since COPY does not."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE accounts_user, conversations_conversation, conversations_participant, "
            "messaging_message, messaging_reaction, messaging_mention"
        )
