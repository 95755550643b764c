"""One's own view of a conversation over REST: mute, pin, archive, notify, unread, clear."""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar
from uuid import UUID

from django.urls import URLPattern
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.core.api.bodies import Body
from chatproject.core.api.fields import MAX_SEQ, WHOLE, Moment, OneOf
from chatproject.core.api.views import ApiView, asker_of, read_body, route
from conversations import own_state
from conversations.models import Participant


class OwnStateAnswer(serializers.Serializer[Any]):
    mutedUntil = serializers.DateTimeField(allow_null=True)
    notify = serializers.ChoiceField(Participant.Notify.choices)
    pinnedAt = serializers.DateTimeField(allow_null=True)
    archivedAt = serializers.DateTimeField(allow_null=True)
    unreadMark = serializers.BooleanField()
    clearedSeq = serializers.IntegerField()
    stateRev = serializers.IntegerField()


class MuteBody(Body):
    until: Moment | None = Field(
        default=None, description="In the future. Null or absent: for ever."
    )


class NotifyBody(Body):
    notify: Annotated[str, OneOf(Participant.Notify.values)]


class ClearBody(Body):
    seq: Annotated[int, Field(strict=True, ge=0, le=MAX_SEQ), WHOLE] | None = Field(
        default=None,
        description="Up to this message; what comes after it is shown again. Null or absent: all.",
    )


class MuteView(ApiView):
    @extend_schema(
        request=MuteBody, responses=OwnStateAnswer, summary="Mute, until then or for ever"
    )
    def post(self, request: Request, id: UUID) -> Response:
        body = read_body(request, MuteBody)
        return Response(
            own_state.mute_conversation(
                conversation_id=id, user_id=asker_of(request), until=body.until
            )
        )

    @extend_schema(responses=OwnStateAnswer, summary="Unmute")
    def delete(self, request: Request, id: UUID) -> Response:
        return Response(
            own_state.unmute_conversation(conversation_id=id, user_id=asker_of(request))
        )


class NotifyView(ApiView):
    @extend_schema(request=NotifyBody, responses=OwnStateAnswer, summary="Choose what notifies")
    def patch(self, request: Request, id: UUID) -> Response:
        body = read_body(request, NotifyBody)
        return Response(
            own_state.set_notify(conversation_id=id, user_id=asker_of(request), notify=body.notify)
        )


class ClearView(ApiView):
    @extend_schema(
        request=ClearBody,
        responses=OwnStateAnswer,
        summary="Empty a direct conversation for oneself",
    )
    def post(self, request: Request, id: UUID) -> Response:
        body = read_body(request, ClearBody)
        return Response(
            own_state.clear_conversation(
                conversation_id=id, user_id=asker_of(request), seq=body.seq
            )
        )


class _SwitchView(ApiView):
    """POST switches something of one's own on, DELETE off."""

    on: ClassVar[Callable[..., dict[str, Any]]]
    off: ClassVar[Callable[..., dict[str, Any]]]

    @extend_schema(request=None, responses=OwnStateAnswer)
    def post(self, request: Request, id: UUID) -> Response:
        return Response(type(self).on(conversation_id=id, user_id=asker_of(request)))

    @extend_schema(responses=OwnStateAnswer)
    def delete(self, request: Request, id: UUID) -> Response:
        return Response(type(self).off(conversation_id=id, user_id=asker_of(request)))


class PinView(_SwitchView):
    """Whether the conversation stands at the top of one's inbox."""

    on = own_state.pin_conversation
    off = own_state.unpin_conversation


class ArchiveView(_SwitchView):
    """Whether the conversation is put away from one's inbox."""

    on = own_state.archive_conversation
    off = own_state.unarchive_conversation


class UnreadView(_SwitchView):
    """A mark to come back to the conversation; reading in it takes it off."""

    on = own_state.mark_unread
    off = own_state.unmark_unread


OWN_STATE_ROUTES: list[URLPattern] = [
    route("conversations/<uuid:id>/mute", MuteView.as_view(), "conversation-mute"),
    route("conversations/<uuid:id>/notify", NotifyView.as_view(), "conversation-notify"),
    route("conversations/<uuid:id>/pin", PinView.as_view(), "conversation-pin"),
    route("conversations/<uuid:id>/archive", ArchiveView.as_view(), "conversation-archive"),
    route("conversations/<uuid:id>/unread", UnreadView.as_view(), "conversation-unread"),
    route("conversations/<uuid:id>/clear", ClearView.as_view(), "conversation-clear"),
]
