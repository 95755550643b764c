"""Whether people are there: /v1/presence."""

from typing import Any

from django.urls import URLPattern
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.core.api.params import uuids_param, uuids_parameter
from chatproject.core.api.views import ApiView, asker_of, route
from chatproject.core.errors import InvalidInput
from chatproject.realtime.presence.presence import MAX_WATCHED
from chatproject.realtime.presence.store import Status
from conversations.presence import presence_of


class PresenceShape(serializers.Serializer[Any]):
    userId = serializers.UUIDField()
    status = serializers.ChoiceField(
        [(status.value, status.name) for status in Status],
        help_text="`unknown` to who may not know.",
    )
    lastSeenAt = serializers.DateTimeField(allow_null=True, help_text="Of somebody offline.")


class PresenceList(serializers.Serializer[Any]):
    results = PresenceShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class PresenceView(ApiView):
    @extend_schema(
        operation_id="presence",
        parameters=[uuids_parameter("userIds", maximum=MAX_WATCHED, required=True)],
        responses=PresenceList,
        summary="Who of these people is online, away or offline, and seen last when",
    )
    def get(self, request: Request) -> Response:
        ids = list(dict.fromkeys(uuids_param(request, "userIds", maximum=MAX_WATCHED)))
        if not ids:
            raise InvalidInput.of("userIds", "At least one id is needed.", "required")
        people = presence_of(viewer_id=asker_of(request), user_ids=ids)
        return Response({"results": people, "next": None, "previous": None})


PRESENCE_ROUTES: list[URLPattern] = [route("presence", PresenceView.as_view(), "presence")]
