"""The card of a person, as one sees it: /v1/users/{id}/profile."""

from typing import Any
from uuid import UUID

from django.urls import URLPattern
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.core.api.views import ApiView, asker_of, route
from conversations.api.presence import PresenceShape
from conversations.models import Conversation
from conversations.profiles import profile_of


class ShownStatusShape(serializers.Serializer[Any]):
    emoji = serializers.CharField()
    text = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True)


class ShownPersonShape(serializers.Serializer[Any]):
    """As `GET /v1/users/{id}` answers."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    about = serializers.CharField()
    avatarUrl = serializers.CharField(allow_null=True)
    isBot = serializers.BooleanField()
    isActive = serializers.BooleanField()
    status = ShownStatusShape(allow_null=True)


class OwnContactShape(serializers.Serializer[Any]):
    nickname = serializers.CharField()
    number = serializers.CharField()


class CommonConversationShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(Conversation.Kind.choices)
    name = serializers.CharField()
    pictureUrl = serializers.CharField(allow_null=True)


class InCommonShape(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    conversations = CommonConversationShape(many=True)


class ProfileShape(serializers.Serializer[Any]):
    person = ShownPersonShape()
    contact = OwnContactShape(allow_null=True, help_text="Null: not among one's contacts.")
    isBlocked = serializers.BooleanField(help_text="By oneself.")
    timeZone = serializers.CharField(
        allow_null=True, help_text="Null where unknown, or not for one to know."
    )
    presence = PresenceShape()
    inCommon = InCommonShape(help_text="Conversations that both are in: how many, the first 20.")


class ProfileView(ApiView):
    @extend_schema(
        operation_id="getProfile",
        responses=ProfileShape,
        summary="A person's card: who they are, and how one stands to them",
    )
    def get(self, request: Request, id: UUID) -> Response:
        return Response(profile_of(person_id=id, viewer_id=asker_of(request)))


PROFILE_ROUTES: list[URLPattern] = [
    route("users/<uuid:id>/profile", ProfileView.as_view(), "profile"),
]
