"""The directory of public conversations over REST: previews, sorts, pages, refusals."""

from typing import Any

import pytest

from accounts.models import User
from chatproject.core.api.cursors import encode
from conversations.models import Ban, Conversation
from messaging.actions.delete import delete_message
from messaging.actions.hides import hide_message
from tests.cast import api, make_conversation, make_person, say

Cast = tuple[User, User]
LATE = "2026-01-01T00:00:00Z"
ID = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_person("Olga"), make_person("Otto")


def ask(user: User, **query: Any) -> Any:
    return api(user).get("/v1/conversations", {"kind": "public", **query})


def rows(user: User, **query: Any) -> list[dict[str, Any]]:
    answer = ask(user, **query)
    assert answer.status_code == 200, answer.content
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def begin(owner: User, title: str = "Rowing") -> Conversation:
    return make_conversation(owner, kind="public", title=title)


def test_a_row_tells_the_last_words_without_markup(cast: Cast) -> None:
    owner, seeker = cast
    room = begin(owner)
    last = say(room, owner, f"**Boats** for <@{seeker.pk}>\n\n" + "long " * 100)
    say(begin(owner, "Silence"), owner, "gone")

    (row,) = [row for row in rows(seeker) if row["name"] == "Rowing"]

    assert row["preview"]["text"].startswith("Boats for @Otto long")
    assert len(row["preview"]["text"]) <= 160
    assert row["preview"]["senderName"] == "Olga"
    assert row["preview"]["seq"] == last["seq"]
    assert row["lastMessageAt"] == row["preview"]["createdAt"]


def test_what_is_deleted_or_hidden_or_told_by_the_system_is_no_preview(cast: Cast) -> None:
    owner, seeker = cast
    room = begin(owner)
    place = {"conversation_id": room.pk}
    first, second, third = (say(room, owner, text) for text in ("first", "second", "third"))
    delete_message(**place, seq=third["seq"], user_id=owner.pk)
    hide_message(**place, seq=second["seq"], user_id=seeker.pk)

    assert rows(seeker)[0]["preview"]["seq"] == first["seq"]
    assert rows(owner)[0]["preview"]["seq"] == second["seq"]
    assert rows(seeker)[0]["preview"]["text"] == "first"


def test_where_nobody_has_written_there_is_no_preview(cast: Cast) -> None:
    owner, seeker = cast
    begin(owner)
    assert rows(seeker)[0]["preview"] is None


def test_who_is_banned_is_told_nothing(cast: Cast) -> None:
    owner, seeker = cast
    room = begin(owner)
    say(room, owner, "words")
    Ban.objects.create(conversation=room, user=seeker, banned_by=owner)
    assert rows(seeker) == []


@pytest.mark.parametrize("sort", ["name", "people", "activity"])
def test_every_sort_pages_on_by_its_cursor(cast: Cast, sort: str) -> None:
    owner, seeker = cast
    for number in range(5):
        room = begin(owner, f"Room {number}")
        if number % 2:
            say(room, owner, "words")
    whole = [row["id"] for row in rows(seeker, sort=sort)]

    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = ask(seeker, sort=sort, limit=2, **cursor).json()
        found += [row["id"] for row in page["results"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}

    assert found == whole
    assert len(whole) == 5


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("people", ["name", "Rowing", ID]),
        ("people", ["people", 2**31, ID]),
        ("people", ["people", -1, ID]),
        ("activity", ["activity", "yesterday", ID]),
        ("activity", ["name", LATE, ID]),
        ("name", ["name", "Rowing", "no id"]),
        ("name", ["Rowing", ID]),
    ],
)
def test_a_foreign_cursor_is_refused(cast: Cast, sort: str, key: list[Any]) -> None:
    answer = ask(cast[1], sort=sort, cursor=encode(key))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "cursor"


def test_an_unknown_sort_is_refused(cast: Cast) -> None:
    answer = ask(cast[1], sort="size")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "unknown_choice"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"sort": "size"}, "sort"),
        ({"q": "x" * 201}, "q"),
        ({"kind": "public", "archived": "perhaps"}, "archived"),
        ({"kind": "public", "left": "perhaps"}, "left"),
    ],
)
def test_a_wrong_parameter_of_the_other_list_is_refused(
    cast: Cast, query: dict[str, str], field: str
) -> None:
    answer = api(cast[1]).get("/v1/conversations", query)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field
