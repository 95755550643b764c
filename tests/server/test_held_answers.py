"""What is noted of answers that clients hold is bounded, and each person's apart."""

from uuid import uuid4

import pytest

from chatproject.server import held_answers
from chatproject.server.held_answers import AnswerKey, Held, HeldAnswers


def test_those_that_were_asked_for_the_longest_ago_go_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(held_answers, "HELD_ANSWERS", 3)
    held, person = HeldAnswers(), uuid4()
    asked = [AnswerKey(person, "/v1/x", str(number).encode()) for number in range(5)]
    for each in asked[:3]:
        held.put(each, Held("a", each))
    assert held.get(asked[0]) == Held("a", asked[0])
    held.put(asked[3], Held("b", 1))
    assert [held.get(each) is not None for each in asked] == [True, False, True, True, False]
    held.put(asked[3], Held("c", 2))
    assert held.get(asked[3]) == Held("c", 2)


def test_nobody_is_told_what_another_holds() -> None:
    held, one, other = HeldAnswers(), uuid4(), uuid4()
    held.put(AnswerKey(one, "/v1/x", b""), Held("a", 1))
    assert held.get(AnswerKey(other, "/v1/x", b"")) is None
    assert held.get(AnswerKey(one, "/v1/x", b"limit=1")) is None
    assert held.get(AnswerKey(one, "/v1/y", b"")) is None
