"""Opening a conversation shows the line of new messages, and reads only what came into view."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from playwright.sync_api import WebSocketRoute

from tests.browser.browser import PHONE, WIDE, Person, Window
from tests.servers import ServerProcess

LOW = {"width": 900, "height": 520}
EARLIER = 80
MOST = 60
SIZES = {"wide": WIDE, "phone": PHONE, "low": LOW}
LENGTHS = {"one line": 0, "some lines": 8, "a screen": 40}  # repeated parts of a sentence

# Each length and each window once, mostly where what is new is about as long as the window is high.
SOME = (1, *range(6, 13), 20, MOST)
PAIRS = (("one line", "phone"), ("some lines", "low"), ("a screen", "wide"))
# `make layout` goes through all: half a minute for each of the nine, two on a busy machine.
LONG = (pytest.mark.layout_long, pytest.mark.timeout(1800))
CASES = [
    *(
        pytest.param(length, size, SOME, id=f"{length}-{size}-some")
        for length, size in sorted(PAIRS)
    ),
    *(
        pytest.param(length, size, range(1, MOST + 1), id=f"{length}-{size}-all", marks=LONG)
        for length in LENGTHS
        for size in SIZES
    ),
]


FILL = """
INSERT INTO messaging_message (id, conversation_id, seq, rev, sender_id, client_id, fingerprint,
    kind, body, created_at)
SELECT gen_random_uuid(), %(group)s, c.last_seq + n, c.last_rev + n, %(sender)s, gen_random_uuid(),
    '\\x00', 'text', 'entry ' || n || repeat(' and some more words of it', (n * %(length)s) / 60),
    now() - make_interval(mins => 2 * (%(many)s - n) + 1)
FROM conversations_conversation c, generate_series(1, %(many)s) n WHERE c.id = %(group)s"""
MOVE = """
UPDATE conversations_conversation
SET last_seq = last_seq + %(many)s, last_rev = last_rev + %(many)s,
    last_at = now(), last_message_at = now() WHERE id = %(group)s
RETURNING last_seq"""
READ = """
UPDATE conversations_participant SET last_read_seq = %(seq)s, state_rev = state_rev + 1
WHERE conversation_id = %(group)s AND user_id = %(user)s"""

# Where the line and the last message in view are, once the log stands still.
STANDS = """async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    let timeline = null;
    while (!timeline?.hasArrived || timeline.scroller.placing) {
        await frame();
        timeline = document.querySelector("chat-timeline");
    }
    do {
        await frame();
        await frame();
    } while (timeline.scroller.placing);
    const log = timeline.scroller.log.getBoundingClientRect();
    const line = timeline.querySelector(".row-new")?.getBoundingClientRect();
    const seen = timeline.scroller.rows.filter((row) => {
        return row.getBoundingClientRect().top < log.bottom;
    });
    return {
        isInView: Boolean(line) && line.top >= log.top - 1 && line.bottom <= log.bottom + 1,
        firstBelow: Number(timeline.querySelector(".row-new ~ [data-seq]")?.dataset.seq),
        lastSeen: Number(seen.at(-1)?.dataset.seq),
    };
}"""


@dataclass
class Chronicle:
    """A group with a read past and MOST messages after it, of which any number can be unread."""

    reader: Person
    group: str
    last_seq: int
    database: psycopg.Connection[Any]

    def leave_unread(self, count: int) -> int:
        """Returns the seq of the first unread message."""
        seq = self.last_seq - count
        self.database.execute(READ, {"group": self.group, "user": self.reader.id, "seq": seq})
        return seq + 1


@pytest.fixture
def chronicle(
    request: pytest.FixtureRequest, make_person: Callable[[str], Person], server: ServerProcess
) -> Iterator[Chronicle]:
    reader, sender = make_person("Rita"), make_person("Sam")
    group = reader.begin("Chronicle", sender)
    many = EARLIER + MOST
    values = {"group": group, "sender": sender.id, "many": many, "length": LENGTHS[request.param]}
    with psycopg.connect(server.database_url, autocommit=True) as connection:
        with connection.transaction():
            connection.execute(FILL, values)
            row = connection.execute(MOVE, values).fetchone()
            assert row
        yield Chronicle(reader, group, row[0], connection)


def hold_back_receipts(window: Window, read: list[int]) -> None:
    """Notes how far the page says that it has read, and keeps it from the server."""

    def connect(page_end: WebSocketRoute) -> None:
        server_end = page_end.connect_to_server()

        def handle(frame: str | bytes) -> None:
            fields = json.loads(frame)
            if fields["type"] == "receipt.read":
                read.append(fields["seq"])
            else:
                server_end.send(frame)

        page_end.on_message(handle)

    window.page.route_web_socket(re.compile("/v1/ws"), connect)


def wait_for_receipt(window: Window, read: list[int]) -> None:
    for _ in range(300):
        if read:
            return
        window.page.wait_for_timeout(50)
    pytest.fail("Nothing was read.")


@pytest.mark.parametrize(("chronicle", "size", "counts"), CASES, indirect=["chronicle"])
def test_the_first_unread_message_is_in_view_and_what_is_below_stays_unread(
    chronicle: Chronicle, open_window: Callable[..., Window], size: str, counts: Iterable[int]
) -> None:
    window = open_window(chronicle.reader, viewport=SIZES[size])
    read: list[int] = []
    hold_back_receipts(window, read)
    for count in counts:
        # The page before is gone with all that it tells and keeps before the pointer goes back.
        window.page.goto("about:blank")
        read.clear()
        first = chronicle.leave_unread(count)
        window.open(chronicle.group)
        stands = window.page.evaluate(STANDS)
        assert stands["isInView"], (count, stands)
        assert stands["firstBelow"] == first, (count, stands)
        wait_for_receipt(window, read)
        stays = window.page.evaluate(STANDS)
        assert stays["isInView"], (count, stands, stays)
        assert first <= max(read) <= stays["lastSeen"], (count, stands, stays, read)
