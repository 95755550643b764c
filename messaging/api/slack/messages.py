"""Finding the message that a `ts` names, by the rule of who sees what."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from messaging.api.slack.method import SlackError
from messaging.api.slack.shapes import message_shape, moment_of, ts_of
from messaging.reads.history import PageAnchor, history_page

TICK = timedelta(microseconds=1)


class Found(NamedTuple):
    """A message as the person sees it, and the people in it by id."""

    message: dict[str, Any]
    people: Mapping[str, dict[str, Any]]

    @property
    def seq(self) -> int:
        return int(self.message["seq"])

    def shape(self) -> dict[str, Any]:
        return message_shape(self.message, self.people)


def find_message_at(
    conversation_id: UUID, viewer_id: UUID, ts: str, code: str = "message_not_found"
) -> Found:
    """Raises ConversationNotFound; SlackError with `code` where there is none."""
    moment = moment_of(ts, code)
    page = history_page(
        conversation_id=conversation_id,
        viewer_id=viewer_id,
        anchor=PageAnchor(after=moment - TICK),
        limit=1,
    )
    for message in page["results"]:
        if ts_of(message["createdAt"]) == ts_of(moment.isoformat()) and not message["deletedAt"]:
            return Found(message, people_of(page))
    raise SlackError(code)


def people_of(answer: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {person["id"]: person for person in answer["people"]}
