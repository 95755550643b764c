"""Forwarding a message, and asking where a forwarded one came from, over REST."""

from typing import Any
from uuid import UUID, uuid4

from django.urls import URLPattern
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.core.api.params import IDEMPOTENCY_KEY, idempotency_key
from chatproject.core.api.views import ApiView, asker_of, read_body, route
from chatproject.core.ids import client_id_from_key
from messaging.actions.forward import forward_message
from messaging.api.shapes import OneMessageAnswer, OwnMessageAnswer
from messaging.bodies import ForwardBody
from messaging.reads.origin import get_origin


class TargetRefusal(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()


class ForwardedShape(serializers.Serializer[Any]):
    conversationId = serializers.UUIDField()
    message = OwnMessageAnswer(allow_null=True)
    refusal = TargetRefusal(allow_null=True, help_text="Why it was not sent there.")


class ForwardAnswer(serializers.Serializer[Any]):
    results = ForwardedShape(many=True, help_text="One for each conversation, in order.")


class ForwardView(ApiView):
    @extend_schema(
        parameters=[IDEMPOTENCY_KEY],
        request=ForwardBody,
        responses=ForwardAnswer,
        summary="Forward a message, with its files, to conversations where one may post",
    )
    def post(self, request: Request, id: UUID, seq: int) -> Response:
        body = read_body(request, ForwardBody)
        key = idempotency_key(request)
        results = forward_message(
            conversation_id=id,
            user_id=asker_of(request),
            seq=seq,
            targets=body.conversationIds,
            client_id=body.clientId or (client_id_from_key(key) if key else uuid4()),
        )
        return Response({"results": [each.as_json() for each in results]})


class OriginView(ApiView):
    @extend_schema(
        responses=OneMessageAnswer,
        summary="The message that a forwarded one came from, for who may see it",
    )
    def get(self, request: Request, id: UUID, seq: int) -> Response:
        return Response(get_origin(conversation_id=id, viewer_id=asker_of(request), seq=seq))


_MESSAGE = "conversations/<uuid:id>/messages/<int:seq>"

FORWARD_ROUTES: list[URLPattern] = [
    route(f"{_MESSAGE}/forward", ForwardView.as_view(), "message-forward"),
    route(f"{_MESSAGE}/origin", OriginView.as_view(), "message-origin"),
]
