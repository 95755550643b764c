"""Messages for later over REST: writing, listing, changing, cancelling and sending them at once."""

from typing import Any
from uuid import UUID

from django.urls import URLPattern
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from attachments.shapes import AttachmentAnswer
from chatproject.core.api import cursors
from chatproject.core.api.pages import forward_page
from chatproject.core.api.params import (
    CURSOR,
    IDEMPOTENCY_KEY,
    idempotency_key,
    limit_param,
    limit_parameter,
)
from chatproject.core.api.views import ApiView, asker_of, read_body, route
from messaging.actions.scheduled import (
    ScheduledChanges,
    cancel_scheduled,
    change_scheduled,
    schedule_message,
)
from messaging.api.shapes import OwnMessageAnswer
from messaging.bodies import ScheduledBody, ScheduledChangeBody
from messaging.models import ScheduledMessage
from messaging.reads.scheduled import (
    ScheduledPosition,
    get_scheduled,
    list_scheduled,
    scheduled_json,
)
from messaging.sending.scheduled_sends import send_now


class RefusalShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()


class ScheduledAnswer(serializers.Serializer[Any]):
    """A message that waits for its time; only its author is shown it."""

    id = serializers.UUIDField(help_text="Becomes the `clientId` of the message.")
    conversationId = serializers.UUIDField()
    content = serializers.CharField()
    replyToSeq = serializers.IntegerField(allow_null=True)
    threadSeq = serializers.IntegerField(allow_null=True)
    alsoToConversation = serializers.BooleanField()
    attachments = AttachmentAnswer(many=True)
    sendAt = serializers.DateTimeField()
    state = serializers.ChoiceField(
        ScheduledMessage.State.choices,
        help_text="`refused` stays in the list until it is changed or deleted.",
    )
    refusal = RefusalShape(allow_null=True, help_text="Why it was not sent at its time.")
    createdAt = serializers.DateTimeField()


class ScheduledList(serializers.Serializer[Any]):
    results = ScheduledAnswer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class AllScheduledView(ApiView):
    @extend_schema(
        operation_id="scheduled_list_all",
        parameters=[CURSOR, limit_parameter()],
        responses=ScheduledList,
        summary="One's scheduled messages in all conversations, the next one first",
    )
    def get(self, request: Request) -> Response:
        return Response(_page(request, None))


class ScheduledView(ApiView):
    @extend_schema(
        operation_id="scheduled_list",
        parameters=[CURSOR, limit_parameter()],
        responses=ScheduledList,
        summary="One's scheduled messages in a conversation, the next one first",
    )
    def get(self, request: Request, id: UUID) -> Response:
        return Response(_page(request, id))

    @extend_schema(
        parameters=[IDEMPOTENCY_KEY],
        request=ScheduledBody,
        responses={201: ScheduledAnswer},
        summary="Write a message that is sent later",
    )
    def post(self, request: Request, id: UUID) -> Response:
        body = read_body(request, ScheduledBody)
        draft = body.draft(
            conversation_id=id,
            sender_id=asker_of(request),
            idempotency_key=idempotency_key(request),
        )
        scheduled = schedule_message(draft, send_at=body.sendAt)
        return Response(scheduled_json(scheduled), status=status.HTTP_201_CREATED)


class OneScheduledView(ApiView):
    @extend_schema(responses=ScheduledAnswer, summary="One scheduled message of one's own")
    def get(self, request: Request, id: UUID, scheduled_id: UUID) -> Response:
        return Response(
            get_scheduled(
                conversation_id=id, author_id=asker_of(request), scheduled_id=scheduled_id
            )
        )

    @extend_schema(
        request=ScheduledChangeBody,
        responses=ScheduledAnswer,
        summary="Change its text, files or time; a refused one waits again",
    )
    def patch(self, request: Request, id: UUID, scheduled_id: UUID) -> Response:
        body = read_body(request, ScheduledChangeBody)
        scheduled = change_scheduled(
            conversation_id=id,
            author_id=asker_of(request),
            scheduled_id=scheduled_id,
            changes=ScheduledChanges(body.content, body.sendAt, body.attachmentIds),
        )
        return Response(scheduled_json(scheduled))

    @extend_schema(responses={204: None}, summary="Cancel a scheduled message")
    def delete(self, request: Request, id: UUID, scheduled_id: UUID) -> Response:
        cancel_scheduled(conversation_id=id, author_id=asker_of(request), scheduled_id=scheduled_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class SendNowView(ApiView):
    @extend_schema(
        request=None, responses=OwnMessageAnswer, summary="Send a scheduled message at once"
    )
    def post(self, request: Request, id: UUID, scheduled_id: UUID) -> Response:
        return Response(
            send_now(conversation_id=id, author_id=asker_of(request), scheduled_id=scheduled_id)
        )


def _page(request: Request, conversation_id: UUID | None) -> dict[str, Any]:
    limit = limit_param(request)
    key = cursors.cursor_param(request, (str, str))
    after = key and ScheduledPosition(cursors.moment_in(key[0]), cursors.uuid_in(key[1]))
    found = list_scheduled(
        author_id=asker_of(request),
        conversation_id=conversation_id,
        after=after or None,
        limit=limit + 1,
    )
    rows, links = forward_page(found, limit, lambda row: [row["sendAt"], row["id"]])
    return {"results": rows, **links}


_SCHEDULED = "conversations/<uuid:id>/scheduled"

SCHEDULED_ROUTES: list[URLPattern] = [
    route("scheduled", AllScheduledView.as_view(), "scheduled"),
    route(_SCHEDULED, ScheduledView.as_view(), "conversation-scheduled"),
    route(f"{_SCHEDULED}/<uuid:scheduled_id>", OneScheduledView.as_view(), "scheduled-message"),
    route(
        f"{_SCHEDULED}/<uuid:scheduled_id>/send-now", SendNowView.as_view(), "scheduled-send-now"
    ),
]
