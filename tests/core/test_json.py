"""What is read as JSON from outside, and what is refused."""

import pytest

from chatproject.core.api.json import MAX_DEPTH, MalformedJson, dump, parse_object


def nested(depth: int, core: str = "") -> str:
    """An object of so many levels, itself counted."""
    return '{"a":' + "[" * (depth - 1) + core + "]" * (depth - 1) + "}"


def test_what_is_read_can_be_written_again() -> None:
    text = nested(MAX_DEPTH)
    assert dump(parse_object(text)).decode() == text


@pytest.mark.parametrize("core", ["", '"\\u0000"', "1" * 19])
@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 300, 1000])
def test_what_is_nested_too_deeply_is_refused(depth: int, core: str) -> None:
    with pytest.raises(MalformedJson):
        parse_object(nested(depth, core))


def test_objects_count_as_levels_too() -> None:
    with pytest.raises(MalformedJson):
        parse_object('{"a":' * (MAX_DEPTH + 1) + "1" + "}" * (MAX_DEPTH + 1))


def test_brackets_side_by_side_and_in_a_text_are_no_levels() -> None:
    value = {"text": "[" * 8000, "list": [[]] * 1000}
    assert parse_object(dump(value)) == value
