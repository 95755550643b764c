"""Buttons under messages of bots: pressing one, and what the app answers later."""

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.core.api.bodies import Body
from chatproject.core.api.fields import stripped
from chatproject.core.api.views import ApiView, asker_of, read_body, route
from messaging.api.webhooks import payload_of, text_answer
from messaging.integrations.buttons import press_button, respond_to_press
from messaging.integrations.payloads import PayloadRefused


class PressBody(Body):
    buttonId: Annotated[str, stripped(100)] = Field(
        description="The `id` of one of the `buttons` in the message's `meta`."
    )


class PressView(ApiView):
    @extend_schema(operation_id="pressButton", request=PressBody, responses={204: None})
    def post(self, request: Request, id: UUID, seq: int) -> Response:
        """Press a button under a bot's message. What the bot makes of it comes as its messages."""
        body = read_body(request, PressBody)
        press_button(
            conversation_id=id, user_id=asker_of(request), seq=seq, button_id=body.buttonId
        )
        return Response(status=204)


@csrf_exempt
@require_POST
def receive_response(request: HttpRequest, ticket: str) -> HttpResponse:
    """What an app posts to the `response_url` of a press."""
    try:
        respond_to_press(ticket, payload_of(request))
    except PayloadRefused as refused:
        return text_answer(refused.code, refused.status)
    return text_answer("ok")


BUTTON_ROUTES: list[URLPattern] = [
    route(
        "conversations/<uuid:id>/messages/<int:seq>/actions", PressView.as_view(), "message-actions"
    ),
]
# Beside /v1/, under /hooks/.
BUTTON_RESPONSE_ROUTES: list[URLPattern] = [
    route("respond/button/<str:ticket>", receive_response, "button-response"),
]
