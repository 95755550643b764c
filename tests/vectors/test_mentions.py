"""The server counts mentions as the vectors say."""

from typing import Any
from uuid import UUID

import pytest

from messaging.mentions import mentioned_in
from tests.vectors import load


@pytest.mark.parametrize("case", load("mentions"), ids=lambda case: case["name"])
def test_mentions(case: dict[str, Any]) -> None:
    people, everybody = mentioned_in(case["content"])
    assert people == set(map(UUID, case["people"]))
    assert everybody == case["everybody"]
