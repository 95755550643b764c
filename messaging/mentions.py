"""Finds the mentions in a message: `<@id>` for a person, `@all` for everybody."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from messaging.markup import parse, walk

MAX_PEOPLE = 50


def mentioned_in(body: str) -> tuple[frozenset[UUID], bool]:
    """The ids that the body mentions, and whether it mentions everybody.

    These are the mentions that are shown as such. Only the first MAX_PEOPLE count, so that one
    message cannot notify a whole town. The caller checks whether these people exist and are in the
    conversation.
    """
    if "<@" not in body and "@all" not in body:
        return frozenset(), False
    nodes = list(walk(parse(body)))
    people = dict.fromkeys(node["userId"] for node in nodes if node["type"] == "mention")
    everybody = any(node["type"] == "all" for node in nodes)
    return frozenset(map(UUID, list(people)[:MAX_PEOPLE])), everybody


def called_by(body: str, *, is_forwarded: bool) -> tuple[frozenset[UUID], bool]:
    """Those whom a message with this body calls, as `mentioned_in` has them.

    A forwarded message shows the mentions of its origin and calls nobody: whom they meant was
    called there.
    """
    return (frozenset(), False) if is_forwarded else mentioned_in(body)


def is_forwarded(meta: Mapping[str, Any] | None) -> bool:
    """Whether a message with this `meta` came from another one."""
    return bool(meta and meta.get("forwarded"))
