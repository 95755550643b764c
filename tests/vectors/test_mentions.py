"""The server counts mentions as the vectors say."""

from typing import Any
from uuid import UUID

import pytest

from messaging.mentions import called_by, is_forwarded, mentioned_in
from tests.vectors import load


@pytest.mark.parametrize("case", load("mentions"), ids=lambda case: case["name"])
def test_mentions(case: dict[str, Any]) -> None:
    people, everybody = called_by(case["content"], is_forwarded=is_forwarded(case.get("meta")))
    assert people == set(map(UUID, case["people"]))
    assert everybody == case["everybody"]


@pytest.mark.parametrize("case", load("mentions"), ids=lambda case: case["name"])
def test_mentions_that_are_shown(case: dict[str, Any]) -> None:
    shown = case.get("shown", case)
    people, everybody = mentioned_in(case["content"])
    assert people == set(map(UUID, shown["people"]))
    assert everybody == shown["everybody"]
