"""Messages that one keeps for later, over REST: /v1/saved."""

from typing import Any
from uuid import UUID

from django.urls import URLPattern
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.core.api import cursors
from chatproject.core.api.params import CURSOR, choice_param, limit_param, limit_parameter
from chatproject.core.api.views import ApiView, asker_of, read_body, route
from chatproject.core.times import rfc3339
from messaging.actions.saved import SavedChanges, change_saved, remove_saved, save_message
from messaging.api.shapes import MessageAnswer, PersonShape
from messaging.bodies import SaveBody, SavedChangeBody
from messaging.reads.saved import SavedPosition, list_saved

STATES = ("open", "done")


class SavedAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    conversationId = serializers.UUIDField()
    seq = serializers.IntegerField()
    savedAt = serializers.DateTimeField()
    remindAt = serializers.DateTimeField(allow_null=True)
    remindedAt = serializers.DateTimeField(
        allow_null=True, help_text="When the reminder came; such are on top of the list."
    )
    doneAt = serializers.DateTimeField(allow_null=True)
    message = MessageAnswer(allow_null=True, help_text="Null where one cannot see it any more.")


class SavedList(serializers.Serializer[Any]):
    results = SavedAnswer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    people = PersonShape(many=True, help_text="Those whom the messages name by id.")


class SavedView(ApiView):
    @extend_schema(
        parameters=[
            OpenApiParameter("state", enum=STATES, description="`open` when absent."),
            CURSOR,
            limit_parameter(),
        ],
        responses=SavedList,
        summary="One's saved messages: reminders that came first, then the last saved",
    )
    def get(self, request: Request) -> Response:
        key = cursors.cursor_param(request, (str, str))
        after = key and SavedPosition(cursors.moment_in(key[0]), cursors.uuid_in(key[1]))
        page = list_saved(
            user_id=asker_of(request),
            is_done=choice_param(request, "state", STATES) == "done",
            after=after or None,
            limit=limit_param(request),
        )
        end = page.end and cursors.encode([rfc3339(page.end.on_top_at), str(page.end.id)])
        return Response(
            {"results": page.results, "next": end, "previous": None, "people": page.people}
        )

    @extend_schema(
        request=SaveBody,
        responses={200: SavedAnswer, 201: SavedAnswer},
        summary="Save a message for later; 200 for one that is saved already",
    )
    def post(self, request: Request) -> Response:
        body = read_body(request, SaveBody)
        saved, is_new = save_message(
            conversation_id=body.conversationId,
            user_id=asker_of(request),
            seq=body.seq,
            remind_at=body.remindAt,
        )
        return Response(saved, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)


class OneSavedView(ApiView):
    @extend_schema(
        request=SavedChangeBody,
        responses=SavedAnswer,
        summary="Mark it as done or open, or change its reminder; null takes it off",
    )
    def patch(self, request: Request, saved_id: UUID) -> Response:
        body = read_body(request, SavedChangeBody)
        changes = SavedChanges(body.done, "remindAt" in body.model_fields_set, body.remindAt)
        return Response(change_saved(user_id=asker_of(request), saved_id=saved_id, changes=changes))

    @extend_schema(responses={204: None}, summary="Save it no longer")
    def delete(self, request: Request, saved_id: UUID) -> Response:
        remove_saved(user_id=asker_of(request), saved_id=saved_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


SAVED_ROUTES: list[URLPattern] = [
    route("saved", SavedView.as_view(), "saved"),
    route("saved/<uuid:saved_id>", OneSavedView.as_view(), "saved-message"),
]
