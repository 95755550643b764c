"""Drafts over REST: what one has begun to write, on whatever device."""

from typing import Any
from uuid import UUID

from django.urls import URLPattern
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.core.api.params import int_param
from chatproject.core.api.views import ApiView, asker_of, read_body, route
from messaging.actions.saved_drafts import delete_draft, drafts_of, get_draft, save_draft
from messaging.api.history import SEQ_SCHEMA
from messaging.bodies import SavedDraftBody

THREAD = OpenApiParameter(
    "threadSeq", SEQ_SCHEMA, description="The draft in the thread under this message."
)


class DraftShape(serializers.Serializer[Any]):
    conversationId = serializers.UUIDField()
    threadSeq = serializers.IntegerField(allow_null=True, help_text="In this thread.")
    content = serializers.CharField()
    replyToSeq = serializers.IntegerField(allow_null=True)
    changedAt = serializers.DateTimeField()


class DraftAnswer(serializers.Serializer[Any]):
    draft = DraftShape(allow_null=True, help_text="Null without one.")


class DraftList(serializers.Serializer[Any]):
    results = DraftShape(many=True, help_text="The last written first, 200 at most.")


class DraftView(ApiView):
    @extend_schema(parameters=[THREAD], responses=DraftAnswer, summary="One's draft")
    def get(self, request: Request, id: UUID) -> Response:
        found = get_draft(
            conversation_id=id, user_id=asker_of(request), thread_seq=_thread(request)
        )
        return Response({"draft": found})

    @extend_schema(
        request=SavedDraftBody,
        responses=DraftAnswer,
        summary="Save what one has begun to write, over the former draft",
    )
    def put(self, request: Request, id: UUID) -> Response:
        body = read_body(request, SavedDraftBody)
        saved = save_draft(
            conversation_id=id,
            user_id=asker_of(request),
            content=body.content,
            reply_to_seq=body.replyToSeq,
            thread_seq=body.threadSeq,
        )
        return Response({"draft": saved})

    @extend_schema(parameters=[THREAD], responses={204: None}, summary="Delete one's draft")
    def delete(self, request: Request, id: UUID) -> Response:
        delete_draft(conversation_id=id, user_id=asker_of(request), thread_seq=_thread(request))
        return Response(status=204)


class DraftsView(ApiView):
    @extend_schema(
        operation_id="drafts_list", responses=DraftList, summary="One's drafts in all conversations"
    )
    def get(self, request: Request) -> Response:
        return Response({"results": drafts_of(asker_of(request))})


def _thread(request: Request) -> int | None:
    return int_param(request, "threadSeq")


SAVED_DRAFT_ROUTES: list[URLPattern] = [
    route("conversations/<uuid:id>/draft", DraftView.as_view(), "conversation-draft"),
    route("drafts", DraftsView.as_view(), "drafts"),
]
