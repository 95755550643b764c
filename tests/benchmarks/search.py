"""What a search costs: `python -m tests.benchmarks.search --messages 3000000`.

A database of its own with real texts, repeated with variation, in conversations of many sizes. One
person is in 50 of them, another in 5,000. Each search is asked through the action, without the
server; what the index lags and what sends lose is measured by the stage of `make bench`.
"""

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID
from zipfile import ZipFile

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
os.environ.setdefault("SECRET_KEY", "only-for-benchmarks-" + "k7Qx" * 10)
os.environ.setdefault("SEARCH_SECONDS", "30")

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from accounts.models import User  # noqa: E402
from chatproject.server.embedded_postgres.cluster import Cluster  # noqa: E402
from messaging.search import postgres  # noqa: E402
from messaging.search.indexer import index_conversations  # noqa: E402
from messaging.search.indexes import search_index  # noqa: E402
from messaging.search.messages import Sort, search_messages  # noqa: E402
from messaging.search.query import parse_query  # noqa: E402
from tests.benchmarks.accounting import cpu_of  # noqa: E402
from tests.benchmarks.figures import at  # noqa: E402
from tests.benchmarks.texts import some_texts  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
EXCERPT = ROOT / "tests" / "messaging" / "search" / "ubuntu_irc.json"
START = datetime(2024, 1, 1, tzinfo=UTC)
FEW, MANY = 50, 5_000  # conversations of the two people
CONVERSATIONS = 5_000
MADE_AT_ONCE = 300_000
HAN = (
    "今天我们在东京吃饭",
    "明日は会議があります",
    "请把文件发给我",
    "週末に京都へ行きませんか",
    "谢谢你的帮助",
)
# In two of three messages, as a word that everybody uses.
COMMON, MIDDLING, RARE = "alpha", "kernel", "zyxwvut"


@dataclass(frozen=True, slots=True)
class World:
    few: UUID
    many: UUID


def texts(source: Path | None) -> list[str]:
    """Of the export where there is one, else of the excerpt that comes with the tests."""
    if source is not None and source.exists():
        with ZipFile(source) as archive:
            days = [name for name in archive.namelist() if name.count("/") == 1][:60]
            return [
                m["text"] for day in days for m in json.loads(archive.read(day)) if m.get("text")
            ]
    if EXCERPT.exists():
        return [text for _, text in json.loads(EXCERPT.read_text())["messages"]]
    return some_texts()


def message_rows(total: int, base: Sequence[str], seed: int = 7) -> Iterator[tuple[Any, ...]]:
    """Row after row in the order of time. A few conversations have most of the messages."""
    chance = random.Random(seed)
    seqs = [0] * CONVERSATIONS
    vocabulary = [f"w{n:x}" for n in range(40_000)]
    for number in range(total):
        place = min(int(CONVERSATIONS * chance.random() ** 1.6), CONVERSATIONS - 1)
        seqs[place] += 1
        text = base[chance.randrange(len(base))][:600]
        parts = [text, chance.choice(vocabulary)]
        if number % 3:
            parts.append(COMMON)
        if number % 100 == 7:
            parts.append(MIDDLING + "module")
        if number % 50_000 == 11:
            parts.append(RARE)
        if number % 40 == 5:
            parts = [HAN[number % len(HAN)]]
        yield (
            UUID(int=(7 << 76) | (2 << 62) | number),
            conversation_id(place),
            seqs[place],
            seqs[place],
            person_id(2 + place % 500),
            "text",
            " ".join(parts),
            START + timedelta(seconds=7 * number),
        )


def conversation_id(number: int) -> UUID:
    return UUID(int=(9 << 100) | (7 << 76) | (2 << 62) | number)


def person_id(number: int) -> UUID:
    return UUID(int=(5 << 100) | (7 << 76) | (2 << 62) | number)


def fill(total: int, base: Sequence[str]) -> None:
    people = [
        User(
            id=person_id(n),
            name=f"Person {n}",
            email=f"p{n}@example.org",
            password="!",
            language="en",
        )
        for n in range(502)
    ]
    User.objects.bulk_create(people)
    columns = "id, conversation_id, seq, rev, sender_id, kind, body, created_at"
    with connection.cursor() as cursor:
        copy_into = f"COPY messaging_message ({columns}) FROM STDIN"
        with cursor.copy(copy_into) as copy:
            for row in message_rows(total, base):
                copy.write_row(row)
        cursor.execute(
            """
            INSERT INTO conversations_conversation (id, kind, title, topic, created_at, history,
                last_seq, last_rev, member_count)
            SELECT conversation_id, 'group', 'Talk', '', now(), 'everything', max(seq), max(seq), 2
            FROM messaging_message GROUP BY conversation_id
            """
        )
        cursor.execute(
            """
            INSERT INTO conversations_participant (id, conversation_id, user_id, joined_at)
            SELECT gen_random_uuid(), id, %s, now() FROM conversations_conversation
            """,
            [person_id(1)],
        )
        spread = [conversation_id(n * CONVERSATIONS // FEW) for n in range(FEW)]
        cursor.execute(
            """
            INSERT INTO conversations_participant (id, conversation_id, user_id, joined_at)
            SELECT gen_random_uuid(), id, %s, now() FROM conversations_conversation
            WHERE id = ANY(%s)
            """,
            [person_id(0), spread],
        )
        cursor.execute("VACUUM ANALYZE")


def index_all(total: int) -> float:
    """Seconds that the whole index took; of a large one the words' index is made at the end."""
    begun, done = time.perf_counter(), 0
    if total > MADE_AT_ONCE:
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX search_words")
        postgres.SETTLE = "SELECT 1"
    behind = [conversation_id(n) for n in range(CONVERSATIONS)]
    while behind:
        progress = index_conversations(behind)
        done, behind = done + progress.messages, progress.behind
        if done // 50_000 != (done - progress.messages) // 50_000:
            rate = done / (time.perf_counter() - begun)
            print(f"  indexed {done} of {total}, {rate:.0f}/s", flush=True)
    seconds = time.perf_counter() - begun
    with connection.cursor() as cursor:
        if total > MADE_AT_ONCE:
            cursor.execute("SET maintenance_work_mem = '1GB'")
            cursor.execute(
                "CREATE INDEX search_words ON messaging_searchentry"
                " USING gin (conversation_id, words, text gin_trgm_ops)"
            )
        cursor.execute("VACUUM ANALYZE messaging_searchentry")
    return seconds


QUERIES = {
    "rare word": RARE,
    "middling word (1 %)": f"{MIDDLING}module",
    "very common word (2 of 3)": COMMON,
    "part of a word": "nelmod",
    "rare part of a word": "yxwvu",
    "two characters of Han": "东京",
    "two words": "install error",
    "phrase": '"how do i"',
    "no such word": "qqqqzzzz",
    "from somebody, a common word": f"from:{person_id(2)} {COMMON}",
    "from somebody, a rare word": f"from:{person_id(2)} {RARE}",
    "from who wrote nothing, a common word": f"from:@me {COMMON}",
    "from who wrote nothing, a rare word": f"from:@me {RARE}",
}


def measure(world: World, rounds: int) -> list[dict[str, Any]]:
    """Milliseconds and hits of each line, and the CPU of Python and PostgreSQL together."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend: int = cursor.fetchone()[0]
    found: list[dict[str, Any]] = []
    for who, user_id in (("50", world.few), ("5,000", world.many)):
        viewer = User.objects.get(pk=user_id)
        for name, text in QUERIES.items():
            for sort in Sort:
                search_index().prepare()  # as a server does every now and then
                spent, hits, cpu = [], 0, time.process_time() + cpu_of(backend)
                for _ in range(rounds):
                    begun = time.perf_counter()
                    page = search_messages(viewer=viewer, query=parse_query(text), sort=sort)
                    spent.append(1000 * (time.perf_counter() - begun))
                    hits = len(page.results)
                cpu = time.process_time() + cpu_of(backend) - cpu
                line = {"conversations": who, "query": name, "sort": sort.value, "hits": hits}
                times = {"p50": at(spent, 0.5), "p99": at(spent, 0.99), "cpu": 1000 * cpu / rounds}
                found.append(line | times)
    return found


def medians(runs: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Of each line's figures over the runs, and the longest call of all."""
    lines = []
    for line in zip(*runs, strict=True):
        middle = {key: round(median(run[key] for run in line), 1) for key in ("p50", "p99", "cpu")}
        longest = round(max(run["p99"] for run in line), 1)
        lines.append(line[0] | middle | {"longest": longest})
    return lines


def sizes() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT relname, pg_relation_size(oid) FROM pg_class
            WHERE relname LIKE 'messaging_searchentry%' OR relname LIKE 'search_%'
            """
        )
        return dict(cursor.fetchall())


def main() -> None:
    options = _options()
    if options.database is not None:
        options.database.mkdir(parents=True, exist_ok=True)
        _on(options.database, options)
        return
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="search-") as folder:
        _on(Path(folder), options)


def _on(folder: Path, options: argparse.Namespace) -> None:
    cluster = Cluster(folder.resolve() / "postgres")
    with cluster.lock():
        cluster.start()
    try:
        _run(cluster, options)
    finally:
        connection.close()
        connection.close_pool()
        with cluster.lock():
            cluster.stop()


def _run(cluster: Cluster, options: argparse.Namespace) -> None:
    connection.settings_dict.update(cluster.django_database())
    call_command("migrate", verbosity=0)
    world, rate = World(person_id(0), person_id(1)), 0.0
    if not User.objects.exists():
        begun = time.perf_counter()
        fill(options.messages, texts(options.texts))
        print(f"filled in {time.perf_counter() - begun:.0f} s", flush=True)
        seconds = index_all(options.messages)
        rate = options.messages / seconds
        print(f"indexed in {seconds:.0f} s, {rate:.0f}/s", flush=True)
    per_million = {n: round(s / options.messages * 1e6 / 2**20) for n, s in sizes().items()}
    print("MiB per million messages:", per_million, flush=True)
    measure(world, 1)  # so that no line has what only the first search does
    runs = []
    for number in range(options.runs):
        runs.append(measure(world, options.rounds))
        print(f"run {number + 1}, load {os.getloadavg()[0]:.1f}", flush=True)
    found = medians(runs)
    for line in found:
        print(" ", *line.values(), flush=True)
    report = {"messages": options.messages, "rate": rate, "sizes": per_million, "searches": found}
    options.out.write_text(json.dumps(report, indent=1))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--runs", type=int, default=3, help="of which the median is told")
    parser.add_argument("--database", type=Path, help="keeps it there, and uses what is there")
    parser.add_argument("--texts", type=Path, help="a Slack export whose texts are used")
    data_dir = ROOT / ".data" / "bench"
    data_dir.mkdir(parents=True, exist_ok=True)
    parser.add_argument("--folder", type=Path, default=data_dir)
    parser.add_argument("--out", type=Path, default=data_dir / "search.json")
    return parser.parse_args()


if __name__ == "__main__":
    main()
