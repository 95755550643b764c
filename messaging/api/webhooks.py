"""Incoming webhooks: /v1/conversations/{id}/hooks for admins, /hooks/{token} for programs."""

from typing import Annotated, Any
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.people.names import MAX_LENGTH
from chatproject.core.api.bodies import Body
from chatproject.core.api.fields import Flag, stripped
from chatproject.core.api.json import parse_object
from chatproject.core.api.views import ApiView, asker_of, read_body, route
from chatproject.core.errors import InvalidInput, RateLimited
from chatproject.core.times import rfc3339, rfc3339_or_none
from messaging.integrations.incoming_webhooks import (
    create_webhook,
    end_webhook,
    find_webhook,
    list_webhooks,
    post_to_webhook,
)
from messaging.integrations.models import IncomingWebhook
from messaging.integrations.payloads import PayloadRefused

FORMATS = {"markdown": True, "slack": False}


class WebhookBody(Body):
    name: Annotated[str, stripped(MAX_LENGTH)]
    anyConversation: Flag | None = Field(
        default=None,
        description="Whether a payload's `channel` may name another conversation of which the "
        "maker is an admin.",
    )


class WebhookAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    anyConversation = serializers.BooleanField()
    createdAt = serializers.DateTimeField()
    lastUsedAt = serializers.DateTimeField(allow_null=True)


class NewWebhookAnswer(WebhookAnswer):
    url = serializers.URLField(help_text="The secret address. It is shown this once.")


class WebhookList(serializers.Serializer[Any]):
    results = WebhookAnswer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class WebhooksView(ApiView):
    @extend_schema(operation_id="listWebhooks", responses=WebhookList)
    def get(self, request: Request, id: UUID) -> Response:
        """The conversation's incoming webhooks, for its admins; never their addresses."""
        found = list_webhooks(conversation_id=id, by=asker_of(request))
        results = [_webhook_json(each) for each in found]
        return Response({"results": results, "next": None, "previous": None})

    @extend_schema(
        operation_id="createWebhook", request=WebhookBody, responses={201: NewWebhookAnswer}
    )
    def post(self, request: Request, id: UUID) -> Response:
        """Make an address by which a program posts here, as Slack's and Mattermost's do."""
        body = read_body(request, WebhookBody)
        webhook, url = create_webhook(
            conversation_id=id,
            by=asker_of(request),
            name=body.name,
            chooses_conversation=bool(body.anyConversation),
        )
        return Response({**_webhook_json(webhook), "url": url}, status=201)


class WebhookView(ApiView):
    @extend_schema(operation_id="endWebhook", responses={204: None})
    def delete(self, request: Request, id: UUID, webhook_id: UUID) -> Response:
        """End a webhook: its address answers nobody any more."""
        end_webhook(conversation_id=id, by=asker_of(request), webhook_id=webhook_id)
        return Response(status=204)


def _webhook_json(webhook: IncomingWebhook) -> dict[str, Any]:
    return {
        "id": str(webhook.pk),
        "name": webhook.account.name,
        "anyConversation": webhook.chooses_conversation,
        "createdAt": rfc3339(webhook.created_at),
        "lastUsedAt": rfc3339_or_none(webhook.last_used_at),
    }


@csrf_exempt
@require_POST
def receive(request: HttpRequest, token: str) -> HttpResponse:
    """Takes what Slack's and Mattermost's incoming webhooks take, and answers as Slack does."""
    try:
        webhook = find_webhook(token)
        is_markdown = FORMATS.get(request.GET.get("format", ""))
        post_to_webhook(webhook, payload_of(request), is_markdown=is_markdown)
    except PayloadRefused as refused:
        return text_answer(refused.code, refused.status)
    except RateLimited as refusal:
        answer = text_answer("rate_limited", refusal.status)
        answer["Retry-After"] = str(refusal.retry_after)
        return answer
    return text_answer("ok")


def payload_of(request: HttpRequest) -> dict[str, Any]:
    """JSON, or a form with JSON in its field `payload`. Raises PayloadRefused."""
    try:
        raw = request.body
        is_json = (request.content_type or "").endswith("json") or raw.lstrip().startswith(b"{")
        return parse_object(raw if is_json else request.POST.get("payload", ""))
    except RequestDataTooBig:
        raise PayloadRefused("payload_too_large", 413) from None
    except (InvalidInput, ValueError):
        raise PayloadRefused("invalid_payload") from None


def text_answer(text: str, status: int = 200) -> HttpResponse:
    answer = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    answer["Cache-Control"] = "no-store"
    return answer


_WEBHOOKS = "conversations/<uuid:id>/hooks"

WEBHOOK_ROUTES: list[URLPattern] = [
    route(_WEBHOOKS, WebhooksView.as_view(), "webhooks"),
    route(f"{_WEBHOOKS}/<uuid:webhook_id>", WebhookView.as_view(), "webhook"),
]
# Beside /v1/.
RECEIVING_ROUTES: list[URLPattern] = [route("<str:token>", receive, "receive-webhook")]
