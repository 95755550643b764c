"""Slash commands: /v1/conversations/{id}/commands, and what programs answer later."""

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from drf_spectacular.utils import extend_schema
from pydantic import ConfigDict, Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.core.api.bodies import Body
from chatproject.core.api.fields import Id, stripped
from chatproject.core.api.views import ApiView, asker_of, read_body, route
from chatproject.core.outbound.client import MAX_URL
from messaging.api.webhooks import payload_of, text_answer
from messaging.integrations.models import SlashCommand
from messaging.integrations.payloads import PayloadRefused
from messaging.integrations.slash_commands import (
    call_command,
    create_command,
    end_command,
    list_commands,
    respond,
)
from messaging.text import MAX_LENGTH

NAME_PATTERN = r"^/?[A-Za-z0-9][A-Za-z0-9_\-]{0,31}$"


class CommandBody(Body):
    """The address of a program, or a bot."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"required": ["botId"], "properties": {"botId": {"type": "string"}}},
            "then": {"properties": {"url": {"type": "null"}}},
            "else": {"required": ["url"], "properties": {"url": {"type": "string"}}},
        }
    )

    name: Annotated[
        str,
        stripped(33),
        Field(json_schema_extra={"pattern": "^/?[A-Za-z0-9][A-Za-z0-9_\\-]{0,31}$"}),
    ] = Field(description="As `deploy`, without the slash.")
    url: Annotated[str, stripped(MAX_URL), Field(json_schema_extra={"format": "uri"})] | None = (
        Field(default=None, description="Of the program that is called.")
    )
    botId: Id | None = Field(
        default=None, description="Instead of it, the bot whose app on Socket Mode is told."
    )
    description: Annotated[str, stripped(200)] | None = None


class CallBody(Body):
    name: Annotated[str, stripped(33)]
    text: Annotated[str, stripped(MAX_LENGTH)] = ""


class CommandAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField()


class NewCommandAnswer(CommandAnswer):
    secret = serializers.CharField(help_text="By which calls are signed. Shown this once.")


class CommandList(serializers.Serializer[Any]):
    results = CommandAnswer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class CommandsView(ApiView):
    @extend_schema(operation_id="listCommands", responses=CommandList)
    def get(self, request: Request, id: UUID) -> Response:
        """The slash commands of a conversation, for everybody in it."""
        found = list_commands(conversation_id=id, by=asker_of(request))
        results = [_command_json(each) for each in found]
        return Response({"results": results, "next": None, "previous": None})

    @extend_schema(
        operation_id="createCommand", request=CommandBody, responses={201: NewCommandAnswer}
    )
    def post(self, request: Request, id: UUID) -> Response:
        """Make a slash command, which calls a program; for the conversation's admins."""
        body = read_body(request, CommandBody)
        command = create_command(
            conversation_id=id,
            by=asker_of(request),
            name=body.name,
            url=body.url or "",
            bot_id=body.botId,
            description=body.description or "",
        )
        return Response({**_command_json(command), "secret": command.secret}, status=201)


class CommandView(ApiView):
    @extend_schema(operation_id="endCommand", responses={204: None})
    def delete(self, request: Request, id: UUID, command_id: UUID) -> Response:
        """End a slash command."""
        end_command(conversation_id=id, by=asker_of(request), command_id=command_id)
        return Response(status=204)


class CallsView(ApiView):
    @extend_schema(operation_id="callCommand", request=CallBody, responses={204: None})
    def post(self, request: Request, id: UUID) -> Response:
        """Call a slash command. What it answers comes as a message, or as `message.ephemeral`."""
        body = read_body(request, CallBody)
        call_command(conversation_id=id, user_id=asker_of(request), name=body.name, text=body.text)
        return Response(status=204)


def _command_json(command: SlashCommand) -> dict[str, Any]:
    return {
        "id": str(command.pk),
        "name": command.name,
        "description": command.description,
    }


@csrf_exempt
@require_POST
def receive_response(request: HttpRequest, ticket: str) -> HttpResponse:
    """What a program posts to its `response_url`."""
    try:
        respond(ticket, payload_of(request))
    except PayloadRefused as refused:
        return text_answer(refused.code, refused.status)
    return text_answer("ok")


_COMMANDS = "conversations/<uuid:id>/commands"

SLASH_COMMAND_ROUTES: list[URLPattern] = [
    route(_COMMANDS, CommandsView.as_view(), "commands"),
    route(f"{_COMMANDS}/calls", CallsView.as_view(), "command-calls"),
    route(f"{_COMMANDS}/<uuid:command_id>", CommandView.as_view(), "command"),
]
# Beside /v1/, under /hooks/.
RESPONSE_ROUTES: list[URLPattern] = [
    route("respond/<str:ticket>", receive_response, "slash-response")
]
