"""The bodies about messages, shared by REST requests and WebSocket frames."""

import re
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from chatproject.core.api.bodies import Body
from chatproject.core.api.fields import (
    DISTINCT,
    MAX_SEQ,
    WHOLE,
    Flag,
    Id,
    Moment,
    ReportedAs,
    Seq,
    many,
)
from chatproject.core.ids import client_id_from_key
from messaging import emojis
from messaging.reads.sync import MAX_CONVERSATIONS
from messaging.sending.drafts import MAX_ATTACHMENTS, Draft, body_errors
from messaging.text import MAX_LENGTH, VISIBLE_PATTERN, has_visible_character

# `VISIBLE_PATTERN` as JSON Schema takes it, which names no character by eight digits.
VISIBLE = re.sub(r"\\U([0-9a-f]{8})", lambda found: chr(int(found[1], 16)), VISIBLE_PATTERN)

MAX_TARGETS = 20  # of one forwarding

Content = Annotated[
    str,
    Field(
        strict=True,
        max_length=MAX_LENGTH,
        json_schema_extra={"pattern": f"^$|{VISIBLE}"},
    ),
]
Emoji = Annotated[
    str,
    Field(strict=True, max_length=emojis.MAX_LENGTH),
    ReportedAs("not_an_emoji", "One emoji or one :shortcode: is needed."),
    WithJsonSchema(
        {
            "type": "string",
            "format": "emoji",
            "maxLength": emojis.MAX_LENGTH,
            "description": "One emoji, or a `:shortcode:`.",
        }
    ),
]
Rev = Annotated[
    int, Field(strict=True, ge=0, le=MAX_SEQ), WHOLE, ReportedAs("not_a_rev", "It must be a rev.")
]


def _refuse_doubles(ids: list[UUID]) -> list[UUID]:
    if len(set(ids)) != len(ids):
        raise PydanticCustomError("invalid", "An id stands in it twice.")
    return ids


AttachmentIds = Annotated[
    list[Id],
    Field(max_length=MAX_ATTACHMENTS, fail_fast=True, json_schema_extra={"uniqueItems": True}),
    ReportedAs("invalid", f"It must be a list of at most {MAX_ATTACHMENTS} ids."),
    AfterValidator(_refuse_doubles),
]


# What is also in the conversation is a reply in a thread.
ALSO_NEEDS_THREAD: JsonDict = {
    "dependentSchemas": {
        "alsoToConversation": {
            "anyOf": [
                {"properties": {"alsoToConversation": {"enum": [False, None]}}},
                {"required": ["threadSeq"], "properties": {"threadSeq": {"type": "integer"}}},
            ]
        }
    }
}


class MessageBody(Body):
    """A message to be sent."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {
                "required": ["attachmentIds"],
                "properties": {"attachmentIds": {"type": "array", "minItems": 1}},
            },
            "else": {
                "required": ["content"],
                "properties": {"content": {"type": "string", "pattern": VISIBLE}},
            },
            **ALSO_NEEDS_THREAD,
        }
    )

    # Read before the content, which may be left out beside them.
    attachmentIds: AttachmentIds | None = None
    content: Content | None = Field(
        default=None, validate_default=True, description="Needed unless there are attachments."
    )
    clientId: Annotated[Id, ReportedAs("invalid", "It must be a UUID.")] | None = Field(
        default=None, description="Makes a retry safe, as the header Idempotency-Key does."
    )
    replyToSeq: Seq | None = None
    threadSeq: Seq | None = Field(
        default=None, description="The root of the thread that it is a reply in."
    )
    alsoToConversation: Annotated[bool, Field(strict=True)] | None = Field(
        default=None, description="The reply is in the conversation's timeline too."
    )

    @field_validator("content")
    @classmethod
    def _check_content(cls, content: str | None, info: ValidationInfo) -> str:
        # Nearly every one; its type and length have been checked.
        if content is not None and has_visible_character(content) and "\0" not in content:
            return content
        has_attachments = bool(info.data.get("attachmentIds"))
        if content is None and has_attachments:
            return ""
        for wrong in body_errors(content, may_be_empty=has_attachments):
            raise PydanticCustomError(wrong["code"], wrong["detail"])
        return str(content)

    @field_validator("alsoToConversation")
    @classmethod
    def _check_also(cls, also: bool | None, info: ValidationInfo) -> bool | None:
        if also and info.data.get("threadSeq") is None:
            raise PydanticCustomError("needs_thread", "It is for replies in a thread.")
        return also

    def draft(
        self, *, conversation_id: UUID, sender_id: UUID, idempotency_key: str | None = None
    ) -> Draft:
        """Without a `clientId` or a key a fresh id is chosen, so that the server's own replay after
        a lost connection is safe too.
        """
        client_id = self.clientId
        if client_id is None:
            client_id = client_id_from_key(idempotency_key) if idempotency_key else uuid4()
        return Draft(
            conversation_id,
            sender_id,
            client_id,
            self.content or "",
            self.replyToSeq,
            tuple(self.attachmentIds) if self.attachmentIds else (),
            thread_seq=self.threadSeq,
            also_to_conversation=bool(self.alsoToConversation),
        )


class SavedDraftBody(Body):
    content: Annotated[str, Field(strict=True, max_length=MAX_LENGTH)] = Field(
        description="What was written so far."
    )
    replyToSeq: Seq | None = None
    threadSeq: Seq | None = Field(default=None, description="In the thread under this message.")

    @field_validator("content")
    @classmethod
    def _check_content(cls, content: str) -> str:
        for wrong in body_errors(content, may_be_empty=True):
            if wrong["code"] != "blank":
                raise PydanticCustomError(wrong["code"], wrong["detail"])
        return content


class ScheduledBody(MessageBody):
    """A message to be sent later."""

    sendAt: Moment = Field(description="In the future, and within a year.")


class ScheduledChangeBody(Body):
    """What is left out stays."""

    content: Content | None = Field(default=None, description="Empty only beside attachments.")
    sendAt: Moment | None = Field(default=None, description="In the future, and within a year.")
    attachmentIds: AttachmentIds | None = None


class SaveBody(Body):
    """A message to come back to."""

    conversationId: Id
    seq: Seq
    remindAt: Moment | None = Field(default=None, description="In the future, within a year.")


class SavedChangeBody(Body):
    """What is left out stays."""

    done: Flag | None = None
    remindAt: Moment | None = Field(
        default=None, description="In the future, within a year; null takes the reminder off."
    )


class ForwardBody(Body):
    """Where a message is to be sent on to."""

    conversationIds: Annotated[list[Id], many(MAX_TARGETS, 1), DISTINCT]
    clientId: Annotated[Id, ReportedAs("invalid", "It must be a UUID.")] | None = Field(
        default=None, description="Makes a retry safe, as the header Idempotency-Key does."
    )


class EditBody(Body):
    content: Content = Field(description="The new text; empty only beside attachments.")


class ReactionBody(Body):
    emoji: Emoji


class PictureBody(Body):
    attachmentId: Id = Field(description="An own upload that is a picture.")


class PointerBody(Body):
    seq: Seq = Field(description="Everything up to here; beyond the last message means up to that.")


class SyncBody(Body):
    conversations: Annotated[
        dict[Id, Rev],
        Field(max_length=MAX_CONVERSATIONS),
        ReportedAs("not_an_object", "An object of id → rev is needed.", absence=True),
    ] = Field(description="The rev up to which the client knows each conversation, by id.")
