"""Whom a text calls."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.mentions import MAX_PEOPLE, mentioned_in

ANN = UUID("01900000-0000-7000-8000-00000000000a")
BOB = UUID("01900000-0000-7000-8000-00000000000b")


@pytest.mark.parametrize(
    ("text", "people", "everybody"),
    [
        ("", set(), False),
        ("hello ann", set(), False),
        (f"hello <@{ANN}>", {ANN}, False),
        (f"<@{ANN}><@{BOB}> and <@{ANN}> again", {ANN, BOB}, False),
        (f"<@{str(ANN).upper()}>", {ANN}, False),
        (f"@{ANN} <{BOB}> <@{ANN}", set(), False),
        ("<@ann> <@> <@123>", set(), False),
        ("@all please", set(), True),
        ("please, @all!", set(), True),
        (f"(@all) <@{BOB}>", {BOB}, True),
        ("ann@all.org, @allison, me@all, x/@all", set(), False),
    ],
)
def test_people_and_everybody(text: str, people: set[UUID], everybody: bool) -> None:
    assert mentioned_in(text) == (people, everybody)


@pytest.mark.parametrize(
    "text",
    [
        f"`<@{ANN}>` and `@all`",
        f"```\n<@{ANN}>\n@all\n```",
        f"before ``` <@{ANN}>\n@all```",
        f"a `b` `<@{ANN}>`",
    ],
)
def test_what_stands_in_code_calls_nobody(text: str) -> None:
    assert mentioned_in(text) == (set(), False)


@pytest.mark.parametrize(
    "text", [f"`code` <@{ANN}> `code`", f"```x``` <@{ANN}>", f"it's ` <@{ANN}>", f"`a\n<@{ANN}>`"]
)
def test_what_stands_beside_code_calls(text: str) -> None:
    assert mentioned_in(text) == ({ANN}, False)


def test_of_too_many_people_the_first_count() -> None:
    people = [uuid4() for _ in range(MAX_PEOPLE + 5)]

    called, _ = mentioned_in(" ".join(f"<@{person}>" for person in people))

    assert called == set(people[:MAX_PEOPLE])


@given(st.text(alphabet="@al`<>\n abc", max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    people, _ = mentioned_in(text)
    assert people == set()
