"""The bodies of requests that create or change a conversation."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import ConfigDict, Discriminator, Field, Tag

from chatproject.core.api.bodies import Body, OneBodyOf
from chatproject.core.api.fields import (
    DISTINCT,
    Id,
    Omissible,
    OneOf,
    Only,
    ReportedAs,
    many,
    stripped,
)
from chatproject.core.errors import InvalidInput
from chatproject.core.ids import client_id_from_key
from conversations.models import Conversation
from messaging.bodies import VISIBLE
from messaging.membership.create_conversation import Plan

Kind, History = Conversation.Kind, Conversation.History

MAX_TITLE = 200
MAX_TOPIC = 1000
MAX_MEMBERS = 1000  # named in one call

Title = Annotated[str, stripped(MAX_TITLE, pattern=VISIBLE)]
Topic = Annotated[str, stripped(MAX_TOPIC)]
HistoryChoice = Annotated[str, OneOf(History.values)]
Members = Annotated[list[Id], many(MAX_MEMBERS), DISTINCT]

CONTRADICTION = ReportedAs("contradiction", "It does not fit the kind.")
NOT_A_FLAG = ReportedAs("not_a_flag", "It must be true or false.")


class _BeginBody(Body):
    topic: Topic | None = None
    history: HistoryChoice | None = None
    clientId: Id | None = Field(
        default=None, description="Makes a retry safe, as the header Idempotency-Key does."
    )


class _GroupBody(_BeginBody):
    name: Title
    kind: str | None
    memberIds: Members | None = Field(default=None, description="The others.")

    def plan(self, *, creator_id: UUID, idempotency_key: str | None) -> Plan:
        client_id = self.clientId
        if client_id is None and idempotency_key:
            client_id = client_id_from_key(idempotency_key)
        return Plan(
            creator_id=creator_id,
            kind=self.kind or Kind.GROUP,
            title=self.name,
            topic=self.topic or "",
            history=self.history,
            member_ids=self.memberIds or (),
            client_id=client_id,
        )


class _DirectBody(_BeginBody):
    memberIds: Members = Field(
        description="The other person; nobody, or oneself alone, for notes to oneself."
    )

    def other_id(self, user_id: UUID) -> UUID:
        """The other person, or oneself. Raises InvalidInput for more than one."""
        others = [each for each in self.memberIds if each != user_id]
        if len(others) > 1:
            detail = "A direct conversation is with exactly one other person."
            raise InvalidInput.of("memberIds", detail, "too_many")
        return others[0] if others else user_id


class BeginGroup(_GroupBody):
    """A group, by `isGroup`: its members are named, if only by an empty list."""

    isGroup: Annotated[bool, Only(True), NOT_A_FLAG]
    kind: None = None
    memberIds: Members = Field(description="The others.")


class BeginGroupOfKind(_GroupBody):
    """A group, public or broadcast conversation, by `kind`: one may begin alone."""

    kind: Annotated[str, OneOf((Kind.GROUP, Kind.PUBLIC, Kind.BROADCAST))]
    isGroup: Annotated[bool, Only(True), CONTRADICTION] | None = None


class BeginDirect(_DirectBody):
    """A direct conversation, by `isGroup`."""

    isGroup: Annotated[bool, Only(False)]
    kind: None = None


class BeginDirectOfKind(_DirectBody):
    """A direct conversation, by `kind`."""

    kind: Annotated[str, OneOf((Kind.DIRECT,))]
    isGroup: Annotated[bool, Only(False), CONTRADICTION] | None = None


def _chosen(data: Mapping[str, Any]) -> str | None:
    kind, is_group = data.get("kind"), data.get("isGroup")
    if kind is not None:
        return "direct of kind" if kind == Kind.DIRECT else "group of kind"
    if is_group is not None:
        return "direct" if is_group is False else "group"
    return None


class BeginBody(OneBodyOf):
    """A conversation to begin: what kind of it is said by `isGroup` or by `kind`."""

    undecided: ClassVar = "isGroup"
    root: Annotated[
        Annotated[BeginGroup, Tag("group")]
        | Annotated[BeginGroupOfKind, Tag("group of kind")]
        | Annotated[BeginDirect, Tag("direct")]
        | Annotated[BeginDirectOfKind, Tag("direct of kind")],
        Discriminator(_chosen),
    ]


class ChangeBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "if": {
                "not": {
                    "anyOf": [
                        {"required": ["name"]},
                        {"required": ["topic"]},
                        {"required": ["kind"]},
                    ]
                }
            },
            "then": {"required": ["history"]},
        }
    )

    name: Omissible[Title] = None
    topic: Omissible[Topic] = None
    kind: Omissible[Annotated[str, OneOf(Kind.values)]] = Field(
        default=None, description="`public` or `broadcast` elevates a group, for good."
    )
    history: Omissible[HistoryChoice] = None

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        body = super().read(data)
        if not body.given():
            raise InvalidInput("One of name, topic, kind and history is needed.")
        return body

    def changes(self) -> dict[str, Any]:
        """As arguments of `change_conversation`."""
        given = self.given()
        if "name" in given:
            given["title"] = given.pop("name")
        return given
