"""Changes of a message, and receipts, over REST."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.core.api import cursors
from chatproject.core.api.params import CURSOR, ApiRequest
from chatproject.core.api.views import ApiView, asker_of, read_body, route
from chatproject.core.times import rfc3339
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.hides import hide_message, unhide_message
from messaging.actions.pins import pin_message, unpin_message
from messaging.actions.reactions import add_reaction, remove_reaction
from messaging.actions.receipts import Advance, mark_all_read, move_pointer
from messaging.api.shapes import MessageAnswer, MessageList
from messaging.bodies import EditBody, PointerBody, ReactionBody
from messaging.models import Receipt
from messaging.reads.pins import BEFORE_ALL, PinPosition, list_pins


class PointersAnswer(serializers.Serializer[Any]):
    conversationId = serializers.UUIDField()
    lastReadSeq = serializers.IntegerField()
    lastDeliveredSeq = serializers.IntegerField()
    unreadMark = serializers.BooleanField()
    stateRev = serializers.IntegerField()


class ChangeMessageView(ApiView):
    @extend_schema(request=EditBody, responses=MessageAnswer, summary="Edit one's own message")
    def patch(self, request: Request, id: UUID, seq: int) -> Response:
        body = read_body(request, EditBody)
        return Response(
            edit_message(conversation_id=id, user_id=asker_of(request), seq=seq, body=body.content)
        )

    @extend_schema(responses=MessageAnswer, summary="Delete a message for everyone")
    def delete(self, request: Request, id: UUID, seq: int) -> Response:
        return Response(delete_message(conversation_id=id, user_id=asker_of(request), seq=seq))


class AddReactionView(ApiView):
    @extend_schema(request=ReactionBody, responses=MessageAnswer, summary="React to a message")
    def post(self, request: Request, id: UUID, seq: int) -> Response:
        body = read_body(request, ReactionBody)
        return Response(
            add_reaction(conversation_id=id, user_id=asker_of(request), seq=seq, emoji=body.emoji)
        )


class RemoveReactionView(ApiView):
    @extend_schema(
        parameters=[
            OpenApiParameter("emoji", {"type": "string", "format": "emoji"}, OpenApiParameter.PATH)
        ],
        responses=MessageAnswer,
        summary="Take back one's own reaction",
    )
    def delete(self, request: Request, id: UUID, seq: int, emoji: str) -> Response:
        return Response(
            remove_reaction(conversation_id=id, user_id=asker_of(request), seq=seq, emoji=emoji)
        )


class PinView(ApiView):
    @extend_schema(request=None, responses=MessageAnswer, summary="Pin a message")
    def post(self, request: Request, id: UUID, seq: int) -> Response:
        return Response(pin_message(conversation_id=id, user_id=asker_of(request), seq=seq))

    @extend_schema(responses=MessageAnswer, summary="Unpin a message")
    def delete(self, request: Request, id: UUID, seq: int) -> Response:
        return Response(unpin_message(conversation_id=id, user_id=asker_of(request), seq=seq))


class PinsView(ApiView):
    @extend_schema(
        parameters=[CURSOR],
        responses=MessageList,
        summary="The pinned messages, the last pinned first; `next` is a cursor here",
    )
    def get(self, request: Request, id: UUID) -> Response:
        answer, end = list_pins(
            conversation_id=id, viewer_id=asker_of(request), after=_pin_cursor(request)
        )
        following = end and cursors.encode([rfc3339(end.pinned_at), end.seq])
        return Response({**answer, "next": following})


def _pin_cursor(request: Request) -> PinPosition:
    parts = cursors.cursor_param(request, (str, int))
    return BEFORE_ALL if parts is None else PinPosition(cursors.moment_in(parts[0]), parts[1])


class HideView(ApiView):
    @extend_schema(request=None, responses={204: None}, summary="Hide a message from oneself")
    def post(self, request: Request, id: UUID, seq: int) -> Response:
        hide_message(conversation_id=id, user_id=asker_of(request), seq=seq)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses={204: None}, summary="Show a hidden message again")
    def delete(self, request: Request, id: UUID, seq: int) -> Response:
        unhide_message(conversation_id=id, user_id=asker_of(request), seq=seq)
        return Response(status=status.HTTP_204_NO_CONTENT)


class _PointerView(ApiView):
    kind: ClassVar[str]

    @extend_schema(request=PointerBody, responses=PointersAnswer)
    def post(self, request: Request, id: UUID) -> Response:
        return Response(move_pointer(read_advance(request, id, type(self).kind)))


def read_advance(request: ApiRequest, id: UUID, kind: str) -> Advance:
    return Advance(asker_of(request), id, kind, read_body(request, PointerBody).seq)


class ReadView(_PointerView):
    """Everything up to `seq` is read, and so delivered; a pointer never moves back."""

    kind = Receipt.Kind.READ


class AllReadAnswer(serializers.Serializer[Any]):
    conversations = serializers.IntegerField(help_text="In how many something changed.")


class AllReadView(ApiView):
    @extend_schema(
        request=None, responses=AllReadAnswer, summary="Mark everything in all conversations read"
    )
    def post(self, request: Request) -> Response:
        return Response({"conversations": mark_all_read(user_id=asker_of(request))})


class DeliveredView(_PointerView):
    """Everything up to `seq` has reached a device of one's own."""

    kind = Receipt.Kind.DELIVERED


_MESSAGE = "conversations/<uuid:id>/messages/<int:seq>"

MESSAGE_ACTION_ROUTES: list[URLPattern] = [
    route(f"{_MESSAGE}/reactions", AddReactionView.as_view(), "message-reactions"),
    route(f"{_MESSAGE}/reactions/<str:emoji>", RemoveReactionView.as_view(), "message-reaction"),
    route(f"{_MESSAGE}/pin", PinView.as_view(), "message-pin"),
    route("conversations/<uuid:id>/pins", PinsView.as_view(), "conversation-pins"),
    route(f"{_MESSAGE}/hide", HideView.as_view(), "message-hide"),
    route("conversations/read-all", AllReadView.as_view(), "read-all"),
    route("conversations/<uuid:id>/read", ReadView.as_view(), "conversation-read"),
    route("conversations/<uuid:id>/delivered", DeliveredView.as_view(), "conversation-delivered"),
]
