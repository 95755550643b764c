"""Python and SQL fold names as the vectors say, and each other's."""

from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.people.names import name_errors
from chatproject.core.text_folding import fold
from tests.vectors import load


def fold_in_sql(text: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT fold_name(%s)", [text])
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize("case", load("folding"), ids=lambda case: case["name"])
def test_python(case: dict[str, Any]) -> None:
    assert fold(case["text"]) == case["folded"]


@pytest.mark.django_db
@pytest.mark.parametrize("case", load("folding"), ids=lambda case: case["name"])
def test_sql(case: dict[str, Any]) -> None:
    assert fold_in_sql(case["text"]) == case["folded"]


@pytest.mark.parametrize("case", load("folding"), ids=lambda case: case["name"])
def test_folding_again_changes_nothing(case: dict[str, Any]) -> None:
    assert fold(case["folded"]) == case["folded"]


# The scripts whose letters both sides know; newer versions of Unicode are not of one mind.
LETTERS = st.characters(max_codepoint=0x33FF, exclude_categories=("C", "M", "Z"))


class Alike(TestCase):
    @settings(max_examples=300)
    @given(
        st.text(
            st.one_of(LETTERS, st.sampled_from(" '-\u0301\u0308\u0327\u3099")),
            min_size=1,
            max_size=12,
        )
    )
    def test_python_and_sql(self, name: str) -> None:
        if not name_errors(name):
            assert fold_in_sql(name) == fold(name)
