"""`manage.py analytics`, and the figures of days on the first page of the admin."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from attachments.models import Attachment
from chatproject.core.ids import uuid7
from conversations.models import Conversation
from messaging.actions.reactions import add_reaction
from messaging.actions.receipts import mark_read
from messaging.analytics.day_figures import DAYS, last_days, note_day_figures
from messaging.analytics.facts import FACTS
from messaging.models import DayFigure, Message, Receipt
from messaging.moderation import overview
from tests.cast import make_conversation, make_direct, make_person
from tests.database import ROOT
from tests.messaging.archive.steps import archive_all, publish_all

SECRET = "zebrafinch"
MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


def write_at(conversation: Conversation, sender: User, at: datetime, **fields: Any) -> None:
    """A message as the log holds it, sent at that time: its id begins with the time."""
    conversation.last_seq += 1
    seq = conversation.last_seq
    conversation.save()
    message_id = UUID(int=(int(at.timestamp() * 1000) << 80) | (uuid7().int & ((1 << 80) - 1)))
    Message.objects.create(
        id=message_id,
        conversation=conversation,
        seq=seq,
        rev=seq,
        sender=sender,
        body=SECRET,
        created_at=at,
        **fields,
    )


@pytest.fixture
def log(db: None) -> Conversation:
    """Ann and Ben of one week write on Monday and Tuesday, Ann a week later; Cleo only reads; a bot
    writes every day."""
    joined = {"created_at": MONDAY - timedelta(hours=2)}
    ann, ben, cleo = (make_person(f"{name} {SECRET}", **joined) for name in ("Ann", "Ben", "Cleo"))
    bot = make_person("Bot", is_bot=True, **joined)
    group = make_conversation(ann, ben, cleo, bot, title=SECRET)
    write_at(group, ann, MONDAY)
    write_at(group, ben, MONDAY + timedelta(seconds=30), reply_to_seq=1)
    write_at(group, ann, MONDAY + timedelta(seconds=100))
    write_at(group, bot, MONDAY + timedelta(seconds=200))
    write_at(group, ben, MONDAY + timedelta(days=1, hours=2), deleted_at=MONDAY)
    write_at(group, ann, MONDAY + timedelta(days=7))
    write_at(make_direct(ann, ben), ben, MONDAY)
    read_at = MONDAY + timedelta(days=1)
    Receipt.objects.create(
        conversation=group, user=cleo, kind="read", from_seq=0, up_to_seq=4, at=read_at
    )
    for seq, size in ((1, 10), (2, 20), (None, 40)):
        Attachment.objects.create(
            uploader=ann,
            conversation_id=group.pk,
            seq=seq,
            name=f"{SECRET}.png",
            content_type="image/png",
            size=size,
            created_at=MONDAY,
        )
    return group


@pytest.fixture
def duck(log: Conversation, tmp_path: Path) -> Iterator[Any]:
    path = tmp_path / "chat.duckdb"
    call_command("analytics", output=path)
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


def rows(duck: Any, query: str) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = duck.execute(query).fetchall()
    return found


def test_messages_by_day_conversation_and_kind(duck: Any, log: Conversation) -> None:
    query = (
        "SELECT day, messages, senders, replies, deleted FROM messages_per_day"
        f" WHERE conversation_id = '{log.pk}' AND kind = 'text' ORDER BY day"
    )
    assert rows(duck, query) == [
        (date(2026, 3, 2), 4, 3, 1, 0),
        (date(2026, 3, 3), 1, 1, 0, 1),
        (date(2026, 3, 9), 1, 1, 0, 0),
    ]


def test_active_people_wrote_or_read_and_are_no_bots(duck: Any) -> None:
    query = "SELECT starts, active, wrote FROM active_people WHERE period = ? ORDER BY starts"
    found = {
        period: duck.execute(query, [period]).fetchall() for period in ("day", "week", "month")
    }
    assert found == {
        "day": [(date(2026, 3, 2), 2, 2), (date(2026, 3, 3), 2, 1), (date(2026, 3, 9), 1, 1)],
        "week": [(date(2026, 3, 2), 3, 2), (date(2026, 3, 9), 1, 1)],
        "month": [(date(2026, 3, 1), 3, 2)],
    }


def test_response_times_are_of_another_person_within_a_day(duck: Any) -> None:
    """30, 70 and 100 seconds on Monday; Tuesday's came after more than a day."""
    query = "SELECT day, conversation_kind, responses, median_seconds FROM response_times"
    assert rows(duck, query) == [(date(2026, 3, 2), "group", 3, 70.0)]


def test_files_that_were_sent(duck: Any) -> None:
    query = "SELECT day, content_type, files, bytes FROM files_per_day"
    assert rows(duck, query) == [(date(2026, 3, 2), "image/png", 2, 30)]


def test_retention_by_the_week_of_joining(duck: Any) -> None:
    query = "SELECT cohort, week, people, active FROM retention ORDER BY week"
    cohort = date(2026, 3, 2)
    assert rows(duck, query) == [(cohort, 0, 3, 3), (cohort, 1, 3, 1)]


def test_nothing_that_anybody_wrote_is_in_it(duck: Any, tmp_path: Path) -> None:
    names = {row[0] for row in rows(duck, "SHOW TABLES")}
    assert names == {fact.name for fact in FACTS}
    for name in names:
        assert SECRET not in str(rows(duck, f"SELECT * FROM {name}"))
    assert SECRET.encode() not in (tmp_path / "chat.duckdb").read_bytes()


def test_the_examples_of_the_documents_run(duck: Any) -> None:
    text = (ROOT / "docs" / "analytics.sql").read_text()
    questions = [part.strip() for part in text.split(";") if part.strip()]
    answers = [duck.execute(question).fetchall() for question in questions]
    assert len(answers) >= 6
    assert all(answers)


def test_parquet_holds_the_same_and_replaces_only_its_own(
    log: Conversation, tmp_path: Path
) -> None:
    folder = tmp_path / "facts"
    call_command("analytics", format="parquet", output=folder)
    call_command("analytics", format="parquet", output=folder)
    assert {path.stem for path in folder.iterdir()} == {fact.name for fact in FACTS}
    query = f"SELECT sum(messages) FROM '{folder}/messages_per_day.parquet'"
    assert duckdb.sql(query).fetchall() == [(7,)]

    (folder / "mine.txt").write_text("mine")
    with pytest.raises(CommandError, match="other things"):
        call_command("analytics", format="parquet", output=folder)
    assert (folder / "mine.txt").exists()


def test_since_a_day(log: Conversation, tmp_path: Path) -> None:
    path = tmp_path / "since.duckdb"
    call_command("analytics", "--since", "2026-03-03", "--output", str(path))
    with duckdb.connect(str(path)) as connection:
        found = rows(connection, "SELECT min(day), sum(messages) FROM messages_per_day")
    assert found == [(date(2026, 3, 3), 2)]


def test_a_dry_run_writes_nothing_and_bad_arguments_are_refused(
    log: Conversation, tmp_path: Path
) -> None:
    call_command("analytics", dry_run=True, output=tmp_path / "x.duckdb")
    with pytest.raises(CommandError, match="no folder"):
        call_command("analytics", output=tmp_path / "nowhere" / "x.duckdb")
    with pytest.raises(CommandError, match="no day"):
        call_command("analytics", "--since", "soon")
    assert list(tmp_path.iterdir()) == []


# -- the figures of days


def yesterday_at_noon() -> datetime:
    return (timezone.now() - timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)


def test_each_day_that_is_over_is_noted_once(db: None) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = make_conversation(ann, ben)
    at = yesterday_at_noon()
    write_at(group, ann, at)
    write_at(group, ben, at + timedelta(seconds=50))
    write_at(group, ben, timezone.now())

    assert len(note_day_figures()) == DAYS
    write_at(group, ann, at + timedelta(seconds=90))

    assert note_day_figures() == []
    last = last_days()[-1]
    assert (last.day, last.messages, last.wrote) == (at.date(), 2, 2)
    assert (last.response_seconds, last.files, last.file_bytes) == (50.0, 0, 0)


def test_old_figures_are_dropped(db: None) -> None:
    DayFigure.objects.create(
        day=date(2020, 1, 1), messages=1, wrote=1, files=0, file_bytes=0, response_seconds=None
    )
    note_day_figures()
    assert not DayFigure.objects.filter(day=date(2020, 1, 1)).exists()


def test_the_overview_draws_them(db: None, admin_client: Any) -> None:
    overview.cache.clear()
    assert b"People who wrote yesterday" not in admin_client.get("/admin/").content
    ann, ben = make_person("Ann"), make_person("Ben")
    group = make_conversation(ann, ben)
    write_at(group, ann, yesterday_at_noon())
    write_at(group, ben, yesterday_at_noon() + timedelta(seconds=75))
    note_day_figures()
    overview.cache.clear()

    page = admin_client.get("/admin/").content.decode()

    assert "People who wrote yesterday" in page
    assert "0:01:15" in page
    assert page.count('class="bars"') == 5


def facts_of(path: Path, **options: Any) -> dict[str, list[tuple[Any, ...]]]:
    call_command("analytics", output=path, **options)
    with duckdb.connect(str(path), read_only=True) as connection:
        return {fact.name: rows(connection, f"FROM {fact.name} ORDER BY ALL") for fact in FACTS}


def write_and_read_more(log: Conversation) -> User:
    """Ann and Ben in turns, so that the older messages may be archived; returns Ann."""
    ann, ben = (User.objects.get(name__startswith=name) for name in ("Ann", "Ben"))
    for number in range(150):
        write_at(log, (ann, ben)[number % 2], MONDAY + timedelta(days=20, minutes=number))
    Conversation.objects.filter(pk=log.pk).update(last_rev=log.last_seq)
    for reader in (ann, ben):
        mark_read(conversation_id=log.pk, user_id=reader.pk, seq=log.last_seq)
    return ann


def test_archived_messages_count_as_before(
    log: Conversation, own_store: Path, tmp_path: Path
) -> None:
    """Also while they are rows and in files, and when some were brought back."""
    ann = write_and_read_more(log)
    since = MONDAY + timedelta(days=1)
    before, part = facts_of(tmp_path / "1"), facts_of(tmp_path / "2", since=since)
    assert publish_all() > 40
    assert facts_of(tmp_path / "1") == before
    assert archive_all() > 40
    assert facts_of(tmp_path / "1") == before
    assert facts_of(tmp_path / "2", since=since) == part
    assert Message.objects.count() < 110
    add_reaction(conversation_id=log.pk, user_id=ann.pk, seq=10, emoji="👍")
    assert facts_of(tmp_path / "1") == before


def test_nothing_is_written_while_the_archive_is_away(
    log: Conversation, own_store: Path, tmp_path: Path
) -> None:
    write_and_read_more(log)
    assert archive_all() > 40
    for path in own_store.rglob("*.parquet"):
        path.rename(path.with_suffix(".away"))
    with pytest.raises(CommandError, match="Older messages cannot be read"):
        call_command("analytics", output=tmp_path / "chat.duckdb")
    assert not (tmp_path / "chat.duckdb").exists()
