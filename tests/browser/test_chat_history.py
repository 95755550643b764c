"""A long history: endless both ways, few rows in the page, and never a jump of what one reads."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta

import psycopg
import pytest
from playwright.sync_api import Route, expect

from tests.browser.browser import Person, Window
from tests.servers import ServerProcess

MakePerson = Callable[[str], Person]
OpenWindow = Callable[..., Window]

MESSAGES = 3000
PER_DAY = 100
MOST_ROWS = 400  # "some 300", and a page more at the moment of loading

# Scrolls upwards in steps as a wheel does, and after each frame says how far the row in the middle
# of the view has strayed from where the scrolling alone put it.
STRAYING = """async (steps) => {
    const log = document.querySelector("[role=log]");
    const box = log.getBoundingClientRect();
    const next = () => new Promise((done) => requestAnimationFrame(done));
    const frame = () => next().then(next);
    const middle = () => document
        .elementFromPoint(box.left + box.width / 2, box.top + box.height / 2)
        ?.closest("li[data-seq]");
    const rowAt = (seq) => log.querySelector(`li[data-seq="${seq}"]`);
    let most = 0, rows = 0, lowest = Infinity;
    for (let step = 0; step < steps; step += 1) {
        const seq = middle()?.dataset.seq;
        const before = seq && rowAt(seq).getBoundingClientRect().top;
        await new Promise((done) => setTimeout(done, 30));
        await frame();
        const after = seq && rowAt(seq)?.getBoundingClientRect().top;
        if (seq && after !== undefined) most = Math.max(most, Math.abs(after - before));
        const all = [...log.querySelectorAll("li[data-seq]")];
        rows = Math.max(rows, all.length);
        lowest = Math.min(lowest, Number(all[0].dataset.seq));
        log.scrollBy({ top: -400, behavior: "instant" });
        await frame();
    }
    return { most, rows, lowest };
}"""


# The pages of older messages come so many milliseconds later.
LATE_PAGES = """{
    const { fetch } = window;
    window.fetch = async (...given) => {
        const address = String(given[0]?.url ?? given[0]);
        if (address.includes("before=")) await new Promise((done) => setTimeout(done, %d));
        return fetch(...given);
    };
}"""

NEWER = re.compile(r"/messages\?.*\bafter=")
SEQS = (
    "() => [...document.querySelectorAll('[role=log] li[data-seq]')].map((row) => +row.dataset.seq)"
)


@pytest.fixture
def long_log(make_person: MakePerson, server: ServerProcess) -> tuple[Person, str]:
    """A group with 3,000 messages over 30 days, all read, and a person in it."""
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Chronicle", ben)
    with psycopg.connect(server.database_url) as connection:
        connection.execute(FILL, {"group": group, "ben": ben.id, "many": MESSAGES, "per": PER_DAY})
        connection.execute(MOVE, {"group": group, "many": MESSAGES})
        connection.execute(READ, {"group": group, "many": MESSAGES})
    return ann, group


FILL = """
INSERT INTO messaging_message (id, conversation_id, seq, rev, sender_id, client_id, fingerprint,
    kind, body, created_at)
SELECT gen_random_uuid(), %(group)s, c.last_seq + n, c.last_rev + n, %(ben)s, gen_random_uuid(),
    '\\x00', 'text', 'entry ' || n || repeat(' and some more of it', n %% 7),
    date_trunc('day', now()) - make_interval(days => (%(many)s - n) / %(per)s + 1)
        + make_interval(hours => 6, secs => n %% %(per)s)
FROM conversations_conversation c, generate_series(1, %(many)s) n WHERE c.id = %(group)s"""
MOVE = """
UPDATE conversations_conversation
SET last_seq = last_seq + %(many)s, last_rev = last_rev + %(many)s,
    last_at = now(), last_message_at = now() WHERE id = %(group)s"""
READ = """
UPDATE conversations_participant SET last_read_seq = last_read_seq + %(many)s + 1
WHERE conversation_id = %(group)s"""


# Who stands at the very top is moved by one pixel, and by half a one of rounding: see LogScroller.
@pytest.mark.parametrize(("delay", "limit"), [(0, 1.5), (0.4, 2)])
def test_scrolling_back_keeps_the_position(
    long_log: tuple[Person, str], open_window: OpenWindow, delay: float, limit: float
) -> None:
    """On a slow line, too, where one stands at the oldest row when the page before it comes."""
    ann, group = long_log
    window = open_window(ann)
    window.page.add_init_script(LATE_PAGES % (delay * 1000))
    window.open(group)
    expect(window.row(f"entry {MESSAGES}")).to_be_in_viewport()
    result = window.page.evaluate(STRAYING, 120)
    print(json.dumps(result))
    assert result["lowest"] < MESSAGES - 300, "it went back through several pages"
    assert result["most"] <= limit
    assert result["rows"] <= MOST_ROWS


def test_jump_to_the_latest_message(long_log: tuple[Person, str], open_window: OpenWindow) -> None:
    ann, group = long_log
    window = open_window(ann)
    window.open(group, 700)
    expect(window.row(re.compile(r"entry 69[0-9]\b").pattern)).to_have_count(0)
    expect(window.page.locator('li[data-seq="700"]')).to_be_in_viewport()
    window.page.get_by_role("button", name="Go to the latest").click()
    expect(window.row(f"entry {MESSAGES}")).to_be_in_viewport()


def test_a_late_page_leaves_the_latest_in_view_and_no_gap(
    long_log: tuple[Person, str], open_window: OpenWindow
) -> None:
    """Newer messages were asked for before the jump, and come after it."""
    ann, group = long_log
    window = open_window(ann)
    page = window.page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.context.route(NEWER, hold)
    with page.expect_request(NEWER):
        window.open(group, 700)
        expect(page.locator('li[data-seq="700"]')).to_be_in_viewport()
        window.log.hover()
        page.mouse.wheel(0, 3000)
    page.get_by_role("button", name="Go to the latest").click()
    expect(window.row(f"entry {MESSAGES}")).to_be_in_viewport()
    with page.expect_response(NEWER):
        held[0].continue_()
    page.wait_for_function("() => !document.querySelector('chat-timeline').isLoading")
    expect(window.row(f"entry {MESSAGES}")).to_be_in_viewport()
    seqs = page.evaluate(SEQS)
    assert seqs == list(range(seqs[0], seqs[-1] + 1))


def test_permalink_opens_its_message(long_log: tuple[Person, str], open_window: OpenWindow) -> None:
    ann, group = long_log
    window = open_window(ann)
    window.open(group, 1200)
    target = window.page.locator('li[data-seq="1200"]')
    expect(target).to_be_in_viewport()
    expect(target).to_have_class(re.compile("is-flashing"))
    expect(target).not_to_have_class(re.compile("is-flashing"))


def test_jump_to_a_date(long_log: tuple[Person, str], open_window: OpenWindow) -> None:
    ann, group = long_log
    window = open_window(ann, timezone_id="UTC")
    window.open(group)
    window.page.get_by_role("button", name="Go to a date").click()
    day = date.fromisoformat(window.page.get_by_label("Day").input_value()) - timedelta(days=20)
    window.page.get_by_label("Day").fill(day.isoformat())
    window.page.get_by_role("button", name="Go", exact=True).click()
    first = window.page.locator(f'time[datetime^="{day.isoformat()}"]').first
    expect(first).to_be_in_viewport()


def test_new_messages_do_not_scroll_who_reads_above(
    long_log: tuple[Person, str], open_window: OpenWindow
) -> None:
    ann, group = long_log
    window = open_window(ann)
    window.open(group, 2500)
    expect(window.page.locator('li[data-seq="2500"]')).to_be_in_viewport()
    ann.say(group, "a word from elsewhere")
    latest = window.page.get_by_role("button", name=re.compile("latest|new message"))
    expect(latest).to_be_visible()
    expect(window.page.locator('li[data-seq="2500"]')).to_be_in_viewport()
    latest.click()
    expect(window.row("a word from elsewhere")).to_be_in_viewport()
