"""What the kept latest page saves: `python -m tests.benchmarks.latest`.

One conversation of 300 messages by 20 people, some with reactions, read by one of them, with what
is kept and without, turn by turn. CPU by the kernel's accounts, so other work on the machine does
not matter much.
"""

import os
import time
from collections.abc import Callable
from unittest.mock import patch

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.db import connection  # noqa: E402

from chatproject.server.embedded_postgres import lease  # noqa: E402
from messaging.actions.reactions import add_reaction  # noqa: E402
from messaging.reads import history  # noqa: E402
from messaging.reads.latest_page_cache import latest_pages  # noqa: E402
from tests import database  # noqa: E402
from tests.benchmarks.accounting import cpu_of  # noqa: E402
from tests.cast import make_conversation, make_person, say  # noqa: E402

ROUNDS, CALLS = 15, 100
TEXT = "a message of the usual length, which is some seventy characters or so"


def main() -> None:
    lease.hold(database.CLUSTER)
    database.make_template()
    name = connection.settings_dict["NAME"] = database.make_database()
    try:
        measure()
    finally:
        connection.close()
        database.drop(name)


def measure() -> None:
    people = [make_person(f"Person {n}") for n in range(20)]
    conversation = make_conversation(*people)
    for n in range(300):
        say(conversation, people[n % 20], TEXT)
    for seq in range(255, 300, 9):
        place = {"conversation_id": conversation.pk, "seq": seq}
        add_reaction(**place, user_id=people[seq % 20].pk, emoji="👍")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("SELECT pg_backend_pid()")
        backend: int = cursor.fetchone()[0]

    def read() -> None:
        place = history.PageAnchor()
        history.history_page(
            conversation_id=conversation.pk, viewer_id=people[3].pk, anchor=place, limit=50
        )

    def read_anew() -> None:
        latest_pages.clear()
        read()

    def read_plainly() -> None:
        with patch.object(history, "latest_page", lambda *_: None):
            read()

    def say_it() -> None:
        say(conversation, people[5], TEXT)

    cases = {
        "page of 50, kept": read,
        "page of 50, read": read_plainly,
        "page of 50, read and kept": read_anew,
        "send where it is kept": say_it,
        "send where it is not": lambda: (latest_pages.clear(), say_it())[1],
    }
    spent = dict.fromkeys(cases, (0.0, 0.0))
    for _ in range(ROUNDS):
        for case, call in cases.items():
            python, postgres = _cpu(call, backend)
            spent[case] = (spent[case][0] + python, spent[case][1] + postgres)
    for case, (python, postgres) in spent.items():
        number = ROUNDS * CALLS / 1000
        print(f"{case:28} Python {python / number:.2f} ms, PostgreSQL {postgres / number:.2f} ms")


def _cpu(call: Callable[[], None], backend: int) -> tuple[float, float]:
    python, postgres = time.process_time(), cpu_of(backend)
    for _ in range(CALLS):
        call()
    return time.process_time() - python, cpu_of(backend) - postgres


if __name__ == "__main__":
    main()
