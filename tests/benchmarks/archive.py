"""What the archive takes and costs: `python -m tests.benchmarks.archive [MESSAGES]`.

Conversations of 10,000 messages, of which every other one is moved into files: first in a folder,
then in a bucket of a real S3 API over HTTP on this machine: SeaweedFS, where SEAWEEDFS names its
program as for `make objects`, else moto's in this process. Pages of 50 at random places of both are
read in turn, with what is held of the files and without, and so are the single messages. Sizes are
those of the table with its indexes, and of the files.
"""

import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import override_settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from chatproject.environment import Environment  # noqa: E402
from chatproject.server.embedded_postgres import lease  # noqa: E402
from conversations.models import Conversation, Participant  # noqa: E402
from messaging.archive import pruning  # noqa: E402
from messaging.archive.lease import working  # noqa: E402
from messaging.archive.moving import move  # noqa: E402
from messaging.archive.restoring import restore_conversation  # noqa: E402
from messaging.archive.row_groups import clear_caches  # noqa: E402
from messaging.models import ArchiveFile, SearchCursor  # noqa: E402
from messaging.reads.history import PageAnchor, history_page  # noqa: E402
from messaging.reads.messages import get_message  # noqa: E402
from tests import database  # noqa: E402
from tests.benchmarks.accounting import cpu_of  # noqa: E402
from tests.cast import make_conversation, make_person  # noqa: E402
from tests.object_store import new_bucket_url, object_store  # noqa: E402

EACH = 10_000
ROUNDS = 60

FILL = """
INSERT INTO messaging_message (
    id, conversation_id, seq, rev, sender_id, client_id, fingerprint, kind, body, created_at)
SELECT gen_random_uuid(), %(conversation)s::uuid, g, g,
       (%(people)s::uuid[])[1 + g %% cardinality(%(people)s::uuid[])], gen_random_uuid(),
       decode(md5(g::text || random()::text), 'hex'), 'text',
       (SELECT string_agg((%(words)s::text[])[1 + floor(random() * cardinality(%(words)s::text[]))],
                          ' ') FROM generate_series(1, 4 + (g * 7919) %% 23) k WHERE g > 0),
       now() - interval '400 days' + g * interval '1 minute'
FROM generate_series(1, %(number)s) g
"""
WORDS = Path("docs/architecture.md").read_text().split()


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    lease.hold(database.CLUSTER)
    database.make_template()
    name = connection.settings_dict["NAME"] = database.make_database()
    try:
        with TemporaryDirectory() as folder, object_store() as endpoint:
            measure(number, stores(Path(folder), endpoint))
    finally:
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]
        database.drop(name)


def measure(number: int, stores: Mapping[str, dict[str, object]]) -> None:
    people = [make_person(f"Person {n}") for n in range(20)]
    places = [make_conversation(*people) for _ in range(number // EACH)]
    for place in places:
        fill(place, [person.pk for person in people])
    run("VACUUM FULL ANALYZE messaging_message")
    size = one("SELECT pg_total_relation_size('messaging_message')")
    print(f"{number} messages: table and indexes {million(size, number)} MB a million")
    as_rows = [place.pk for place in places[::2]]
    Conversation.objects.filter(pk__in=as_rows).update(is_archivable=False)
    in_files = [place.pk for place in places[1::2]]
    reader = people[3].pk
    for what, store in stores.items():
        with override_settings(STORAGES={**settings.STORAGES, "default": store}):
            archive(what, number)
            compare(what, as_rows, in_files, reader)
            with working():
                for place in in_files:
                    list(restore_conversation(place))
            Conversation.objects.filter(pk__in=in_files).update(is_archivable=True)
            ArchiveFile.objects.all().delete()
            clear_caches()


def fill(place: Conversation, people: Sequence[UUID]) -> None:
    with connection.cursor() as cursor:
        asked = {"conversation": place.pk, "people": list(people), "number": EACH, "words": WORDS}
        cursor.execute(FILL, asked)
    now = timezone.now()
    Conversation.objects.filter(pk=place.pk).update(
        last_seq=EACH, last_rev=EACH, last_at=now, last_message_at=now
    )
    Participant.objects.filter(conversation=place).update(last_read_seq=EACH)
    SearchCursor.objects.create(conversation_id=place.pk, rev=EACH)


def archive(what: str, number: int) -> None:
    pruning.GRACE = timedelta()
    begun = time.monotonic()
    with working():
        moved = sum(it.messages for it in move(timezone.now() - timedelta(days=30)))
        wrote = time.monotonic()
        removed = sum(pruning.prune(sleep=lambda seconds: None))
    took = time.monotonic() - wrote
    size = sum(ArchiveFile.objects.values_list("byte_count", flat=True))
    run("VACUUM FULL messaging_archivekeyrun")
    keys = one("SELECT pg_total_relation_size('messaging_archivekeyrun')")
    run("VACUUM FULL ANALYZE messaging_message")
    left = one("SELECT pg_total_relation_size('messaging_message')")
    print(
        f"{what}: {moved} moved, {removed} removed; files {million(size, moved)} MB a million,"
        f" keys {million(keys, moved)}; {moved / (wrote - begun):.0f}/s written and proved,"
        f" {removed / took:.0f}/s removed; the table has {left / 1e6:.0f} MB left"
    )


def compare(what: str, as_rows: Sequence[UUID], in_files: Sequence[UUID], reader: UUID) -> None:
    chance = random.Random(7)

    def place(places: Sequence[UUID]) -> tuple[UUID, int]:
        return chance.choice(places), chance.randrange(100, EACH - 200)

    def page(conversation_id: UUID, seq: int) -> None:
        anchor = PageAnchor(before=seq)
        history_page(conversation_id=conversation_id, viewer_id=reader, anchor=anchor, limit=50)

    def message(conversation_id: UUID, seq: int) -> None:
        get_message(conversation_id=conversation_id, viewer_id=reader, seq=seq)

    # What is done before a case, and what is measured.
    cases: dict[str, tuple[Callable[[UUID, int], None], Callable[[UUID, int], None]]] = {
        "page, rows": (page, page),
        "page, files, row group held": (page, page),
        "page, files of which only footers are held": (lambda *_: forget_groups(), page),
        "page, files of which nothing is held": (lambda *_: clear_caches(), page),
        "message, rows": (message, message),
        "message, files, row group held": (message, message),
    }
    times: dict[str, list[float]] = {case: [] for case in cases}
    cpu = dict.fromkeys(cases, 0.0)
    backend = one("SELECT pg_backend_pid()")
    for _ in range(ROUNDS):
        for case, (prepare, call) in cases.items():
            where = place(as_rows if case.endswith("rows") else in_files)
            prepare(*where)
            used = cpu_of(os.getpid()) + cpu_of(backend)
            begun = time.perf_counter()
            call(*where)
            times[case].append(1000 * (time.perf_counter() - begun))
            cpu[case] += cpu_of(os.getpid()) + cpu_of(backend) - used
    for case, found in times.items():
        cut = statistics.quantiles(found, n=20)
        print(
            f"  {what}: {case}: median {statistics.median(found):.1f} ms, p95 {cut[-1]:.1f} ms,"
            f" fastest {min(found):.1f} ms, CPU {1000 * cpu[case] / ROUNDS:.1f} ms"
        )


def forget_groups() -> None:
    from messaging.archive import row_groups

    row_groups._row_groups.clear()


def stores(folder: Path, endpoint: str) -> dict[str, dict[str, object]]:
    (folder / "files").mkdir()
    urls = {"folder": f"file://{folder / 'files'}", "S3": new_bucket_url(endpoint, "archive")}
    return {
        what: Environment({"STORAGE_URL": url}).storage("STORAGE_URL", folder)
        for what, url in urls.items()
    }


def million(size: int, number: int) -> str:
    return f"{size / number:.0f}"


def run(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text)


def one(text: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(text)
        return int(cursor.fetchone()[0])


if __name__ == "__main__":
    main()
