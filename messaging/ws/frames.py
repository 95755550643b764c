"""The frames that a client may send: name, shape, where each runs, and its action.

A frame is a JSON object with a `type`, and a `ref` of the client's choice that the answer repeats.
To add one, write its shape and its action here, under `@frame`, and describe it in
`docs/asyncapi.yaml`; `tests/messaging/test_asyncapi.py` compares both.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from accounts.auth.scopes import Scope
from chatproject.core.api.bodies import Body
from chatproject.core.api.fields import DISTINCT, Id, OneOf, ReportedAs, Seq, many
from chatproject.core.errors import InvalidInput
from chatproject.realtime.presence.presence import MAX_WATCHED
from chatproject.realtime.presence.store import Status, state_json
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.reactions import add_reaction, remove_reaction
from messaging.actions.receipts import Advance
from messaging.actions.threads import mark_thread_read
from messaging.bodies import EditBody, MessageBody, PointerBody, ReactionBody, SyncBody
from messaging.models import Receipt
from messaging.reads import sync as reads
from messaging.sending.drafts import Draft
from messaging.ws.session import Session

Answer = dict[str, Any]
Action = Callable[..., Any]


class UnknownFrame(InvalidInput):
    code = "unknown_frame"
    title = "Unknown frame"

    def __init__(self) -> None:
        super().__init__("There is no frame of this type.")


class Runs(Enum):
    """Where a frame's action runs, and so how it is called."""

    HANDSHAKE = "before there is a session: the consumer reads it"
    EVENT_LOOP = "async (session, shape) → answer"
    DATABASE_THREAD = "(user_id, shape) → answer, in a thread with a database connection"
    DATABASE_THREAD_ALONE = "likewise, but one at a time per person, since it reads much"
    WRITER = "(user_id, shape) → draft, which the writer stores and answers"


@dataclass(frozen=True, slots=True)
class FrameType:
    name: str
    shape: type[Body]
    runs: Runs
    answer: str  # the type of the frame that answers it
    action: Action
    scope: Scope | None  # which an API token needs, besides that of the socket

    def json_schema(self) -> dict[str, Any]:
        """The schema of the whole frame, with `type` and `ref`."""
        schema = self.shape.json_schema()
        own = {"type": {"const": self.name}}
        if self.runs is not Runs.HANDSHAKE:
            own["ref"] = {}
        schema["properties"] = own | schema.get("properties", {})
        schema["required"] = ["type", *schema.get("required", ())]
        return schema


FRAMES: dict[str, FrameType] = {}  # by name


def frame(
    name: str,
    shape: type[Body],
    runs: Runs,
    *,
    answer: str = "ack",
    scope: Scope | None = None,
) -> Callable[[Action], Action]:
    """Registers the action of a frame."""

    def register(action: Action) -> Action:
        FRAMES[name] = FrameType(name, shape, runs, answer, action, scope)
        return action

    return register


# -- shapes


class AuthFrame(Body):
    """The first frame of a client that sent no header, cookie or ticket."""

    token: Annotated[str, Field(strict=True)]


class ConversationFrame(Body):
    conversationId: Annotated[Id, ReportedAs("invalid", "It must be an id.")]


class MessageFrame(ConversationFrame):
    seq: Seq

    def place(self, user_id: UUID) -> dict[str, Any]:
        """The arguments by which an action finds the message."""
        return {"conversation_id": self.conversationId, "seq": self.seq, "user_id": user_id}


class SendFrame(ConversationFrame, MessageBody):
    pass


class EditFrame(MessageFrame, EditBody):
    pass


class ReactionFrame(MessageFrame, ReactionBody):
    pass


class ThreadReadFrame(ConversationFrame, PointerBody):
    threadSeq: Seq


class StatusFrame(Body):
    status: Annotated[str, OneOf((Status.ONLINE, Status.AWAY))]


class WatchFrame(Body):
    userIds: Annotated[list[Id], many(MAX_WATCHED), DISTINCT]


class PingFrame(Body):
    pass


# -- messages


@frame("auth", AuthFrame, Runs.HANDSHAKE, answer="hello")
def _auth(body: AuthFrame) -> str:
    return body.token


@frame("message.send", SendFrame, Runs.WRITER, scope=Scope.MESSAGES_WRITE)
def _send(user_id: UUID, body: SendFrame) -> Draft:
    return body.draft(conversation_id=body.conversationId, sender_id=user_id)


@frame("message.edit", EditFrame, Runs.DATABASE_THREAD, scope=Scope.MESSAGES_WRITE)
def _edit(user_id: UUID, body: EditFrame) -> Answer:
    return {"message": edit_message(body=body.content, **body.place(user_id))}


@frame("message.delete", MessageFrame, Runs.DATABASE_THREAD, scope=Scope.MESSAGES_WRITE)
def _delete(user_id: UUID, body: MessageFrame) -> Answer:
    return {"message": delete_message(**body.place(user_id))}


@frame("reaction.add", ReactionFrame, Runs.DATABASE_THREAD, scope=Scope.REACTIONS_WRITE)
def _add_reaction(user_id: UUID, body: ReactionFrame) -> Answer:
    return {"message": add_reaction(emoji=body.emoji, **body.place(user_id))}


@frame("reaction.remove", ReactionFrame, Runs.DATABASE_THREAD, scope=Scope.REACTIONS_WRITE)
def _remove_reaction(user_id: UUID, body: ReactionFrame) -> Answer:
    return {"message": remove_reaction(emoji=body.emoji, **body.place(user_id))}


# -- pointers, which are moved together for all sockets


@frame("receipt.read", MessageFrame, Runs.EVENT_LOOP)
async def _read(session: Session, body: MessageFrame) -> Answer:
    return await _advance(session, body, Receipt.Kind.READ)


@frame("receipt.delivered", MessageFrame, Runs.EVENT_LOOP)
async def _delivered(session: Session, body: MessageFrame) -> Answer:
    return await _advance(session, body, Receipt.Kind.DELIVERED)


@frame("thread.read", ThreadReadFrame, Runs.DATABASE_THREAD)
def _read_thread(user_id: UUID, body: ThreadReadFrame) -> Answer:
    state = mark_thread_read(
        conversation_id=body.conversationId,
        user_id=user_id,
        seq=body.threadSeq,
        up_to_seq=body.seq,
    )
    return {"thread": {"seq": body.threadSeq, **state}}


async def _advance(session: Session, body: MessageFrame, kind: Receipt.Kind) -> Answer:
    advance = Advance(session.user_id, body.conversationId, kind, body.seq)
    return await session.receipts.move(advance)


# -- what is on the screen, presence, typing


@frame("conversation.open", ConversationFrame, Runs.EVENT_LOOP)
async def _open(session: Session, body: ConversationFrame) -> Answer:
    rev = await session.open_conversation(body.conversationId)
    return {"conversationId": str(body.conversationId), "rev": rev}


@frame("conversation.close", ConversationFrame, Runs.EVENT_LOOP)
async def _close(session: Session, body: ConversationFrame) -> Answer:
    await session.typing.close(body.conversationId)
    return {"conversationId": str(body.conversationId)}


@frame("typing.start", ConversationFrame, Runs.EVENT_LOOP, scope=Scope.MESSAGES_WRITE)
async def _start_typing(session: Session, body: ConversationFrame) -> Answer:
    await session.typing.start(body.conversationId)
    return {"conversationId": str(body.conversationId)}


@frame("presence.set", StatusFrame, Runs.EVENT_LOOP)
async def _set_presence(session: Session, body: StatusFrame) -> Answer:
    session.presence.set(Status(body.status))
    return {"status": body.status}


@frame("presence.watch", WatchFrame, Runs.EVENT_LOOP, scope=Scope.PEOPLE_READ)
async def _watch_presence(session: Session, body: WatchFrame) -> Answer:
    states = await session.presence.watch(body.userIds)
    return {"people": [state_json(user_id, states[user_id]) for user_id in body.userIds]}


# -- the connection


@frame("sync", SyncBody, Runs.DATABASE_THREAD_ALONE, answer="sync")
def _sync(user_id: UUID, body: SyncBody) -> Answer:
    return reads.sync(user_id, body.conversations)


@frame("ping", PingFrame, Runs.EVENT_LOOP, answer="pong")
async def _ping(_session: Session, _body: PingFrame) -> Answer:
    return {}


def type_of(data: Mapping[str, Any]) -> FrameType:
    """The type of a frame within a session. Raises UnknownFrame."""
    name = data.get("type")
    found = FRAMES.get(name) if isinstance(name, str) else None
    if found is None or found.runs is Runs.HANDSHAKE:
        raise UnknownFrame
    return found
