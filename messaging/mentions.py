"""Finds the mentions in a message: `<@id>` for a person, `@all` for everybody."""

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
