"""Finding public conversations: by a part of the title, page by page, and not when banned."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from conversations.models import Ban, Conversation
from conversations.public import PublicSort, find_public
from tests.cast import make_conversation, make_person


@pytest.fixture
def cast(db: None) -> tuple[User, User]:
    return make_person("Olga"), make_person("Otto")


def found(user: User, **query: Any) -> list[dict[str, Any]]:
    return find_public(user_id=user.pk, **{"limit": 50, **query}).rows


def titles(user: User, **query: Any) -> list[str]:
    return [row["name"] for row in found(user, **query)]


def test_only_public_ones_are_found_in_order_of_title(cast: tuple[User, User]) -> None:
    owner, seeker = cast
    for kind, title in [
        ("public", "Rowing"),
        ("public", "Climbing"),
        ("group", "Secret club"),
        ("broadcast", "News"),
    ]:
        make_conversation(owner, kind=kind, title=title)

    assert titles(seeker) == ["Climbing", "Rowing"]


@pytest.mark.parametrize("part", ["row", "ROW", "wing", "i", "%", "_", "Öl", "öL"])
def test_a_part_of_the_title_is_enough(cast: tuple[User, User], part: str) -> None:
    owner, seeker = cast
    names = ["Rowing", "100% fun", "snake_case", "Ölmalerei"]
    for name in names:
        make_conversation(owner, kind="public", title=name)

    found_titles = titles(seeker, title_part=part)

    assert found_titles == sorted(name for name in names if part.lower() in name.lower())
    assert found_titles


def test_it_tells_how_many_are_in_and_whether_one_is(cast: tuple[User, User]) -> None:
    owner, seeker = cast
    there = make_conversation(owner, kind="public", title="Rowing")

    (for_owner,) = found(owner)
    (for_seeker,) = found(seeker)

    assert (for_owner["joined"], for_seeker["joined"]) == (True, False)
    assert (for_seeker["id"], for_seeker["memberCount"]) == (str(there.pk), 1)


def test_who_is_banned_does_not_find_it(cast: tuple[User, User]) -> None:
    owner, seeker = cast
    there = make_conversation(owner, kind="public", title="Rowing")
    Ban.objects.create(conversation=there, user=seeker, banned_by=owner)

    assert titles(seeker) == []
    assert titles(owner) == ["Rowing"]


@pytest.mark.parametrize("sort", PublicSort)
def test_pages_joined_are_the_whole_also_among_equals(
    cast: tuple[User, User], sort: PublicSort
) -> None:
    owner, seeker = cast
    now = timezone.now()
    for number, name in enumerate(["B", "A", "B", "C", "B", "A", "B"]):
        made = make_conversation(owner, kind="public", title=name)
        at = None if number < 2 else now - timedelta(hours=number // 2)
        Conversation.objects.filter(pk=made.pk).update(
            member_count=1 + number % 3, last_message_at=at
        )
    whole = [row["id"] for row in found(seeker, sort=sort)]

    pages: list[str] = []
    after = None
    while True:
        page = find_public(user_id=seeker.pk, sort=sort, limit=2, after=after)
        pages += [row["id"] for row in page.rows]
        after = page.end
        if after is None:
            break

    assert pages == whole
    assert len(set(pages)) == 7


def test_sorts_begin_with_the_most_people_and_the_newest_message(cast: tuple[User, User]) -> None:
    owner, seeker = cast
    now = timezone.now()
    for title, count, hours in (("A", 2, 3), ("B", 9, 5), ("C", 4, 1)):
        made = make_conversation(owner, kind="public", title=title)
        Conversation.objects.filter(pk=made.pk).update(
            member_count=count, last_message_at=now - timedelta(hours=hours)
        )

    assert titles(seeker) == ["A", "B", "C"]
    assert titles(seeker, sort=PublicSort.PEOPLE) == ["B", "C", "A"]
    assert titles(seeker, sort=PublicSort.ACTIVITY) == ["C", "A", "B"]


def test_titles_are_folded(cast: tuple[User, User]) -> None:
    owner, seeker = cast
    for title in ("Café Łódź", "Straßen"):
        Conversation.objects.create(kind="public", title=title, created_by=owner)

    assert titles(seeker, title_part="cafe lodz") == ["Café Łódź"]
    assert titles(seeker, title_part="STRASSE") == ["Straßen"]


def test_indexes_serve_the_list_and_the_search(
    cast: tuple[User, User], django_assert_num_queries: Any
) -> None:
    owner, seeker = cast
    Conversation.objects.bulk_create(
        Conversation(kind="public", title=f"Title {n:05}", created_by=owner) for n in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE conversations_conversation")

    with django_assert_num_queries(2) as queries:
        assert len(titles(seeker, limit=20)) == 20
    assert "public_by_title" in plan_of(queries.captured_queries[0]["sql"])
    with django_assert_num_queries(2) as queries:
        assert titles(seeker, title_part="tle 02999") == ["Title 02999"]
    assert "public_by_folded_title" in plan_of(queries.captured_queries[0]["sql"])


def plan_of(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(row[0] for row in cursor.fetchall())
