"""Outgoing webhooks: /v1/conversations/{id}/outgoing-hooks, for the conversation's admins."""

from typing import Annotated, Any
from uuid import UUID

from django.urls import URLPattern
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.people.names import MAX_LENGTH
from chatproject.core.api.bodies import Body
from chatproject.core.api.fields import OneOf, stripped
from chatproject.core.api.params import limit_param, limit_parameter
from chatproject.core.api.views import ApiView, asker_of, read_body, route
from chatproject.core.outbound.client import MAX_URL
from chatproject.core.times import rfc3339, rfc3339_or_none
from messaging.integrations.models import Delivery, OutgoingWebhook
from messaging.integrations.outgoing_webhooks import (
    EVENTS,
    MAX_WORD,
    MAX_WORDS,
    create_outgoing_webhook,
    end_outgoing_webhook,
    list_deliveries,
    list_outgoing_webhooks,
    redeliver,
    switch_on,
)


class OutgoingWebhookBody(Body):
    name: Annotated[str, stripped(MAX_LENGTH)]
    url: Annotated[str, stripped(MAX_URL), Field(json_schema_extra={"format": "uri"})]
    events: Annotated[
        list[Annotated[str, OneOf(EVENTS)]], Field(min_length=1, max_length=len(EVENTS))
    ] = Field(default=["message.created"])
    words: Annotated[list[Annotated[str, stripped(MAX_WORD)]], Field(max_length=MAX_WORDS)] = Field(
        default=[], description="Only messages with one of them are told; all without."
    )


class OutgoingWebhookAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.ChoiceField(EVENTS))
    words = serializers.ListField(child=serializers.CharField())
    createdAt = serializers.DateTimeField()
    switchedOffAt = serializers.DateTimeField(
        allow_null=True, help_text="When it was found dead: nothing is delivered any more."
    )


class NewOutgoingWebhookAnswer(OutgoingWebhookAnswer):
    secret = serializers.CharField(help_text="By which deliveries are signed. Shown this once.")


class OutgoingWebhookList(serializers.Serializer[Any]):
    results = OutgoingWebhookAnswer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class DeliveryAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    event = serializers.ChoiceField(EVENTS)
    seq = serializers.IntegerField()
    state = serializers.ChoiceField(Delivery.State.choices)
    attempts = serializers.IntegerField()
    status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField()
    createdAt = serializers.DateTimeField()
    doneAt = serializers.DateTimeField(allow_null=True)


class DeliveryList(serializers.Serializer[Any]):
    results = DeliveryAnswer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


def _all(results: list[dict[str, Any]]) -> Response:
    return Response({"results": results, "next": None, "previous": None})


class OutgoingWebhooksView(ApiView):
    @extend_schema(operation_id="listOutgoingWebhooks", responses=OutgoingWebhookList)
    def get(self, request: Request, id: UUID) -> Response:
        """The conversation's outgoing webhooks, for its admins; never their secrets."""
        found = list_outgoing_webhooks(conversation_id=id, by=asker_of(request))
        return _all([_webhook_json(each) for each in found])

    @extend_schema(
        operation_id="createOutgoingWebhook",
        request=OutgoingWebhookBody,
        responses={201: NewOutgoingWebhookAnswer},
    )
    def post(self, request: Request, id: UUID) -> Response:
        """Tell a program of what happens here from now on. What bots write is not told."""
        body = read_body(request, OutgoingWebhookBody)
        webhook = create_outgoing_webhook(
            conversation_id=id,
            by=asker_of(request),
            name=body.name,
            url=body.url,
            events=body.events,
            words=body.words,
        )
        return Response({**_webhook_json(webhook), "secret": webhook.secret}, status=201)


class OutgoingWebhookView(ApiView):
    @extend_schema(operation_id="endOutgoingWebhook", responses={204: None})
    def delete(self, request: Request, id: UUID, webhook_id: UUID) -> Response:
        """End a webhook, and delete the log of its deliveries."""
        end_outgoing_webhook(conversation_id=id, by=asker_of(request), webhook_id=webhook_id)
        return Response(status=204)


class SwitchOnView(ApiView):
    @extend_schema(
        operation_id="switchOnOutgoingWebhook", request=None, responses=OutgoingWebhookAnswer
    )
    def post(self, request: Request, id: UUID, webhook_id: UUID) -> Response:
        """Tell it again from now on, after it was switched off."""
        webhook = switch_on(conversation_id=id, by=asker_of(request), webhook_id=webhook_id)
        return Response(_webhook_json(webhook))


class DeliveriesView(ApiView):
    @extend_schema(
        operation_id="listDeliveries", parameters=[limit_parameter()], responses=DeliveryList
    )
    def get(self, request: Request, id: UUID, webhook_id: UUID) -> Response:
        """What was delivered in the last week, and how it fared; the newest first."""
        found = list_deliveries(
            conversation_id=id,
            by=asker_of(request),
            webhook_id=webhook_id,
            limit=limit_param(request),
        )
        return _all([_delivery_json(each) for each in found])


class RedeliverView(ApiView):
    @extend_schema(operation_id="redeliver", request=None, responses={202: DeliveryAnswer})
    def post(self, request: Request, id: UUID, webhook_id: UUID, delivery_id: UUID) -> Response:
        """Deliver an event once more."""
        delivery = redeliver(
            conversation_id=id,
            by=asker_of(request),
            webhook_id=webhook_id,
            delivery_id=delivery_id,
        )
        return Response(_delivery_json(delivery), status=202)


def _webhook_json(webhook: OutgoingWebhook) -> dict[str, Any]:
    return {
        "id": str(webhook.pk),
        "name": webhook.account.name,
        "url": webhook.url,
        "events": webhook.events,
        "words": webhook.words,
        "createdAt": rfc3339(webhook.created_at),
        "switchedOffAt": rfc3339_or_none(webhook.switched_off_at),
    }


def _delivery_json(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": str(delivery.pk),
        "event": delivery.event,
        "seq": delivery.seq,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "status": delivery.status,
        "error": delivery.error,
        "createdAt": rfc3339(delivery.created_at),
        "doneAt": rfc3339_or_none(delivery.done_at),
    }


_WEBHOOKS = "conversations/<uuid:id>/outgoing-hooks"
_ONE = f"{_WEBHOOKS}/<uuid:webhook_id>"

OUTGOING_WEBHOOK_ROUTES: list[URLPattern] = [
    route(_WEBHOOKS, OutgoingWebhooksView.as_view(), "outgoing-webhooks"),
    route(_ONE, OutgoingWebhookView.as_view(), "outgoing-webhook"),
    route(f"{_ONE}/switch-on", SwitchOnView.as_view(), "outgoing-webhook-switch-on"),
    route(f"{_ONE}/deliveries", DeliveriesView.as_view(), "deliveries"),
    route(f"{_ONE}/deliveries/<uuid:delivery_id>/redeliver", RedeliverView.as_view(), "redeliver"),
]
