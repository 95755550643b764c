"""Bots and their tokens: /v1/bots."""

from typing import Annotated, Any, cast
from uuid import UUID

from django.urls import URLPattern
from drf_spectacular.utils import extend_schema
from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.auth.api_tokens import MAX_CONVERSATIONS, MAX_NAME_LENGTH
from accounts.auth.scopes import Scope
from accounts.models import Bot, User
from accounts.people.accounts import MAX_ABOUT_LENGTH
from accounts.people.names import MAX_LENGTH
from accounts.wire import api_token_json, new_token_json
from chatproject.core.api.bodies import Body
from chatproject.core.api.fields import DISTINCT, Id, Moment, OneOf, many, stripped
from chatproject.core.api.views import ApiView, read_body, route
from chatproject.core.times import rfc3339
from messaging.integrations.bots import (
    bots_of,
    close_bot,
    create_bot,
    create_bot_token,
    revoke_bot_token,
    tokens_of_bot,
)


class BotBody(Body):
    name: Annotated[str, stripped(MAX_LENGTH)]
    about: Annotated[str, stripped(MAX_ABOUT_LENGTH)] | None = None


class BotTokenBody(Body):
    name: Annotated[
        str,
        stripped(MAX_NAME_LENGTH),
        Field(json_schema_extra={"pattern": r"\S", "minLength": 1}),
    ]
    scopes: Annotated[
        list[Annotated[str, OneOf(Scope)]], Field(min_length=1, max_length=len(Scope))
    ]
    expiresAt: Moment | None = Field(default=None, description="It never expires without.")
    conversationIds: Annotated[list[Id], many(MAX_CONVERSATIONS), DISTINCT] | None = Field(
        default=None, description="The only conversations that it reaches; all without."
    )


class BotAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    about = serializers.CharField()
    createdAt = serializers.DateTimeField()


class BotList(serializers.Serializer[Any]):
    results = BotAnswer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class BotTokenAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(list(Scope)))
    conversationIds = serializers.ListField(
        child=serializers.UUIDField(), help_text="The only ones that it reaches; empty is all."
    )
    createdAt = serializers.DateTimeField()
    lastUsedAt = serializers.DateTimeField(allow_null=True)
    expiresAt = serializers.DateTimeField(allow_null=True)


class NewBotTokenAnswer(BotTokenAnswer):
    token = serializers.CharField(help_text="The secret. It is shown this once.")


class BotTokenList(serializers.Serializer[Any]):
    results = BotTokenAnswer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


def _maker(request: Request) -> User:
    return cast("User", request.user)


def _all(results: list[dict[str, Any]]) -> Response:
    return Response({"results": results, "next": None, "previous": None})


class BotsView(ApiView):
    @extend_schema(operation_id="listBots", responses=BotList)
    def get(self, request: Request) -> Response:
        """The bots that one has made."""
        return _all([_bot_json(bot) for bot in bots_of(_maker(request).pk)])

    @extend_schema(operation_id="createBot", request=BotBody, responses={201: BotAnswer})
    def post(self, request: Request) -> Response:
        """Make a bot. Who may is the setting BOT_MAKERS."""
        body = read_body(request, BotBody)
        bot = create_bot(by=_maker(request), name=body.name, about=body.about or "")
        return Response(_bot_json(bot), status=201)


class BotView(ApiView):
    @extend_schema(operation_id="closeBot", responses={204: None})
    def delete(self, request: Request, bot_id: UUID) -> Response:
        """Close a bot: its tokens end, and it leaves every conversation."""
        close_bot(by=_maker(request), bot_id=bot_id)
        return Response(status=204)


class BotTokensView(ApiView):
    @extend_schema(operation_id="listBotTokens", responses=BotTokenList)
    def get(self, request: Request, bot_id: UUID) -> Response:
        """The live tokens of a bot of one's own."""
        return _all(
            [api_token_json(each) for each in tokens_of_bot(by=_maker(request), bot_id=bot_id)]
        )

    @extend_schema(
        operation_id="createBotToken", request=BotTokenBody, responses={201: NewBotTokenAnswer}
    )
    def post(self, request: Request, bot_id: UUID) -> Response:
        """Make a token of the bot. Its secret is in this answer alone."""
        body = read_body(request, BotTokenBody)
        new = create_bot_token(
            by=_maker(request),
            bot_id=bot_id,
            name=body.name,
            scopes=body.scopes,
            expires_at=body.expiresAt,
            conversation_ids=body.conversationIds or (),
        )
        return Response(new_token_json(new), status=201)


class BotTokenView(ApiView):
    @extend_schema(operation_id="revokeBotToken", responses={204: None})
    def delete(self, request: Request, bot_id: UUID, token_id: UUID) -> Response:
        """Revoke a token of the bot, and close its sockets."""
        revoke_bot_token(by=_maker(request), bot_id=bot_id, token_id=token_id)
        return Response(status=204)


def _bot_json(bot: Bot) -> dict[str, Any]:
    return {
        "id": str(bot.pk),
        "name": bot.user.name,
        "about": bot.user.about,
        "createdAt": rfc3339(bot.created_at),
    }


_BOT = "bots/<uuid:bot_id>"

BOT_ROUTES: list[URLPattern] = [
    route("bots", BotsView.as_view(), "bots"),
    route(_BOT, BotView.as_view(), "bot"),
    route(f"{_BOT}/tokens", BotTokensView.as_view(), "bot-tokens"),
    route(f"{_BOT}/tokens/<uuid:token_id>", BotTokenView.as_view(), "bot-token"),
]
