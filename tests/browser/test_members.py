"""The people of a very large conversation: how many, in their order, page by page, found."""

from collections.abc import Callable

import psycopg
from playwright.sync_api import expect

from tests.browser.browser import Person, Window
from tests.servers import ServerProcess

MANY = 15_755


def fill(database_url: str, conversation: str, like: str) -> None:
    """Adds people to the conversation until it has MANY, as copies of a member."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        for table, changes in (
            (
                "accounts_user",
                {
                    "id": "md5('person' || n)::uuid",
                    "name": "'Member ' || lpad(n::text, 5, '0')",
                    "email": "NULL",
                },
            ),
            (
                "conversations_participant",
                {
                    "id": "md5('period' || n)::uuid",
                    "user_id": "md5('person' || n)::uuid",
                    "role": "'member'",
                },
            ),
        ):
            names = [
                row[0]
                for row in connection.execute(
                    "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
                    " AND is_generated = 'NEVER' ORDER BY ordinal_position",
                    [table],
                )
            ]
            key = "id" if table == "accounts_user" else "user_id"
            more = "" if key == "id" else " AND conversation_id = %(conversation)s"
            columns, values = ", ".join(names), ", ".join(changes.get(n, n) for n in names)
            connection.execute(
                f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table},"
                f" generate_series(1, %(more)s) n WHERE {key} = %(like)s{more}",
                {"like": like, "conversation": conversation, "more": MANY - 2},
            )
        connection.execute(
            "UPDATE conversations_conversation SET member_count = %s, member_rev = member_rev + 1,"
            " last_rev = last_rev + 1 WHERE id = %s",
            [MANY, conversation],
        )


def test_a_very_large_conversation_says_how_many_pages_on_and_finds(
    make_person: Callable[[str], Person],
    open_window: Callable[..., Window],
    server: ServerProcess,
) -> None:
    ann, ben = make_person("Ann"), make_person("Zoe Zimmer")
    group = ann.begin("Everybody", ben)
    fill(server.database_url, group, ben.id)
    window = open_window(ann)
    window.open(group)
    page = window.page
    page.get_by_role("button", name="Details of").click()
    people = page.get_by_role("region", name="People")
    rows = people.get_by_role("listitem")

    expect(people.get_by_role("heading", name="15,755 people")).to_be_visible()
    expect(rows.first).to_contain_text("Ann")
    seen = rows.locator("span[dir]").all_text_contents()
    for _ in range(3):
        people.get_by_role("button", name="Show more of").click()
        expect(rows.nth(len(seen))).to_be_visible()
        more = rows.locator("span[dir]").all_text_contents()
        assert more[: len(seen)] == seen  # nothing moves
        seen = more
    assert len(seen) == len(set(seen)) > 100
    people.get_by_role("searchbox", name="Find people here").fill("Zimmer")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("Zoe Zimmer")
