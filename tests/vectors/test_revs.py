"""The Python client follows a log's revs as the vectors say."""

from collections.abc import Iterable
from typing import Any

import pytest

from chatproject.client.events import Event
from chatproject.client.revs import Revs
from tests.vectors import load


def frame(type: str, rev: int, seq: int | None) -> dict[str, Any]:
    fields = {"type": type, "conversationId": "c", "rev": rev}
    return fields if seq is None else fields | {"message": {"seq": seq, "rev": rev}}


def told(events: Iterable[Event]) -> list[list[Any]]:
    kinds = [(event.type.split(".")[0], event) for event in events]
    return [[kind if kind == "message" else event.type, event.rev] for kind, event in kinds]


def take(revs: Revs, step: dict[str, Any]) -> list[Event]:
    match step:
        case {"event": event}:
            return revs.take(frame(**event))
        case {"hint": rev}:
            return revs.take(frame("conversation.rev", rev, None))
        case {"head": rev}:
            return revs.head("c", rev)
        case {"reconnect": rev}:
            return revs.hello({"c": rev})
        case {"rewind": rev}:
            revs.rewind("c", rev)
            return []
        case {"answer": {"since": since, "throughRev": through, "more": more}}:
            changes = {"results": [], "throughRev": through, "more": more, "reset": False}
            return revs.answer("c", since, changes)
    raise AssertionError(step)


@pytest.mark.parametrize("case", load("revs"), ids=lambda case: case["name"])
def test_revs(case: dict[str, Any]) -> None:
    revs = Revs({"c": case["since"]})
    for step in case["steps"]:
        assert told(take(revs, step)) == step["out"], step
        assert revs.behind().get("c") == step["behind"], step
