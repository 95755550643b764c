"""What a client says about polls."""

from typing import Annotated
from uuid import UUID, uuid4

from pydantic import AfterValidator, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from chatproject.core.api.bodies import Body
from chatproject.core.api.fields import WHOLE, Flag, Id, Moment, ReportedAs, Seq
from chatproject.core.ids import client_id_from_key
from messaging.bodies import ALSO_NEEDS_THREAD, VISIBLE
from messaging.polls import MAX_CHOICE, MAX_CHOICES, MAX_QUESTION, MIN_CHOICES, Poll
from messaging.sending.drafts import Draft
from messaging.text import has_visible_character


def _visible(text: str) -> str:
    if not has_visible_character(text) or "\0" in text:
        raise PydanticCustomError("blank", "A visible character is needed.")
    return text.strip()


def _distinct(choices: list[str]) -> list[str]:
    if len(set(choices)) != len(choices):
        raise PydanticCustomError("invalid", "A choice stands in it twice.")
    return choices


Choice = Annotated[
    str,
    Field(strict=True, max_length=MAX_CHOICE, json_schema_extra={"pattern": VISIBLE}),
    AfterValidator(_visible),
]
Place = Annotated[int, Field(strict=True, ge=0, le=MAX_CHOICES - 1), WHOLE]


class PollBody(Body):
    """A question, and what can be voted for."""

    model_config = ConfigDict(json_schema_extra=ALSO_NEEDS_THREAD)

    question: Annotated[
        str,
        Field(strict=True, max_length=MAX_QUESTION, json_schema_extra={"pattern": VISIBLE}),
        AfterValidator(_visible),
    ] = Field(description="Becomes the text of the message.")
    choices: Annotated[
        list[Choice],
        Field(
            min_length=MIN_CHOICES, max_length=MAX_CHOICES, json_schema_extra={"uniqueItems": True}
        ),
        AfterValidator(_distinct),
    ]
    several: Flag = Field(default=False, description="Whether one may vote for more than one.")
    anonymous: Flag = Field(default=False, description="Whether nobody is told who voted for what.")
    closesAt: Moment | None = Field(default=None, description="When the vote ends; in the future.")
    clientId: Annotated[Id, ReportedAs("invalid", "It must be a UUID.")] | None = Field(
        default=None, description="Makes a retry safe, as the header Idempotency-Key does."
    )
    threadSeq: Seq | None = Field(default=None, description="In the thread under this message.")
    alsoToConversation: Flag = Field(
        default=False, description="In a thread: in the conversation's timeline too."
    )

    @field_validator("alsoToConversation")
    @classmethod
    def _check_also(cls, also: bool, info: object) -> bool:
        if also and getattr(info, "data", {}).get("threadSeq") is None:
            raise PydanticCustomError("needs_thread", "It is for replies in a thread.")
        return also

    def poll(self) -> Poll:
        return Poll(self.choices, self.several, self.anonymous, self.closesAt)

    def draft(
        self, *, conversation_id: UUID, sender_id: UUID, idempotency_key: str | None
    ) -> Draft:
        client_id = self.clientId
        if client_id is None:
            client_id = client_id_from_key(idempotency_key) if idempotency_key else uuid4()
        return Draft(
            conversation_id,
            sender_id,
            client_id,
            self.question,
            thread_seq=self.threadSeq,
            also_to_conversation=self.alsoToConversation,
        )


class VoteBody(Body):
    choices: Annotated[list[Place], Field(max_length=MAX_CHOICES)] = Field(
        description="All that one votes for, by its place from 0 on; empty takes the vote back."
    )
