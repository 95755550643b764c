"""Invites over REST: links by which people come to the installation, and to a conversation."""

from typing import Annotated, Any, cast
from uuid import UUID

from django.urls import URLPattern, reverse
from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import Field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.email_addresses import MAX_LENGTH as MAX_EMAIL_LENGTH
from accounts.mail.mails import absolute_url
from accounts.models import Invite, InviteUse, User
from accounts.people.invites import (
    MAX_TOKEN_LENGTH,
    MAX_USES,
    came_by,
    invite_to_site,
    site_invites_of,
)
from chatproject.core.api.bodies import Body
from chatproject.core.api.fields import WHOLE, Id, Moment, OneOf, stripped
from chatproject.core.api.params import uuid_param
from chatproject.core.api.views import ApiView, asker_of, read_body, route
from chatproject.core.errors import InvalidInput
from chatproject.core.times import rfc3339, rfc3339_or_none
from messaging.membership.invites import (
    accept_invite,
    invite_to_conversation,
    invites_to,
    revoke,
)


class InviteBody(Body):
    conversationId: Id | None = Field(default=None, description="Without it to the installation.")
    role: Annotated[str, OneOf(Invite.Role.values)] = "member"
    email: Annotated[str, stripped(MAX_EMAIL_LENGTH)] | None = Field(
        default=None, description="To which the link is sent; it works once then."
    )
    expiresAt: Moment | None = Field(default=None, description="A week from now without it.")
    maxUses: Annotated[int, Field(strict=True, ge=1, le=MAX_USES), WHOLE] | None = None


class AcceptBody(Body):
    token: Annotated[str, stripped(MAX_TOKEN_LENGTH)]


class InviterAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class InviteUseAnswer(serializers.Serializer[Any]):
    userId = serializers.UUIDField()
    name = serializers.CharField()
    at = serializers.DateTimeField()


class InviteAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    token = serializers.CharField()
    url = serializers.URLField()
    qrUrl = serializers.URLField(help_text="The link as a QR code, in SVG.")
    conversationId = serializers.UUIDField(allow_null=True)
    role = serializers.ChoiceField(Invite.Role.choices)
    email = serializers.EmailField(allow_null=True)
    createdBy = InviterAnswer()
    createdAt = serializers.DateTimeField()
    expiresAt = serializers.DateTimeField(allow_null=True)
    revokedAt = serializers.DateTimeField(allow_null=True)
    maxUses = serializers.IntegerField(allow_null=True)
    uses = serializers.IntegerField()
    usedBy = InviteUseAnswer(many=True)


class InviteList(serializers.Serializer[Any]):
    results = InviteAnswer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class AcceptedAnswer(serializers.Serializer[Any]):
    conversationId = serializers.UUIDField(allow_null=True)


class InvitesView(ApiView):
    @extend_schema(
        operation_id="invites_list",
        parameters=[OpenApiParameter("conversationId", UUID)],
        responses=InviteList,
        summary="Invites to a conversation, or to the installation",
    )
    def get(self, request: Request) -> Response:
        conversation_id = uuid_param(request, "conversationId")
        if conversation_id is None:
            invites = site_invites_of(_person(request))
        else:
            invites = invites_to(conversation_id=conversation_id, viewer_id=asker_of(request))
        uses = came_by(invites)
        results = [invite_json(invite, uses[invite.pk]) for invite in invites]
        return Response({"results": results, "next": None, "previous": None})

    @extend_schema(request=InviteBody, responses={201: InviteAnswer}, summary="Invite people")
    def post(self, request: Request) -> Response:
        body = read_body(request, InviteBody)
        given: Any = {
            "by": _person(request),
            "email": body.email or "",
            "expires_at": body.expiresAt,
            "max_uses": body.maxUses,
            "language": get_language() or "",
        }
        if body.conversationId is None:
            if body.role != Invite.Role.MEMBER:
                detail = "Only an invite to a conversation can make somebody its admin."
                raise InvalidInput.of("role", detail, "needs_conversation")
            invite = invite_to_site(**given)
        else:
            invite = invite_to_conversation(
                conversation_id=body.conversationId, role=body.role, **given
            )
        return Response(invite_json(invite, []), status=201)


class InviteView(ApiView):
    @extend_schema(operation_id="invites_revoke", responses={204: None}, summary="Revoke an invite")
    def delete(self, request: Request, id: UUID) -> Response:
        revoke(invite_id=id, by=_person(request))
        return Response(status=204)


class AcceptView(ApiView):
    @extend_schema(request=AcceptBody, responses=AcceptedAnswer, summary="Come in by an invite")
    def post(self, request: Request) -> Response:
        token = read_body(request, AcceptBody).token
        conversation_id = accept_invite(token=token, user_id=asker_of(request))
        return Response({"conversationId": conversation_id and str(conversation_id)})


def invite_json(invite: Invite, uses: list[InviteUse]) -> dict[str, Any]:
    return {
        "id": str(invite.pk),
        "token": invite.token,
        "url": absolute_url(reverse("invite", args=[invite.token])),
        "qrUrl": absolute_url(reverse("invite-qr", args=[invite.token])),
        "conversationId": invite.conversation_id and str(invite.conversation_id),
        "role": invite.role,
        "email": invite.email or None,
        "createdBy": {"id": str(invite.created_by_id), "name": invite.created_by.name},
        "createdAt": rfc3339(invite.created_at),
        "expiresAt": rfc3339_or_none(invite.expires_at),
        "revokedAt": rfc3339_or_none(invite.revoked_at),
        "maxUses": invite.max_uses,
        "uses": invite.uses,
        "usedBy": [
            {"userId": str(use.user_id), "name": use.user.name, "at": rfc3339(use.at)}
            for use in uses
        ],
    }


def _person(request: Request) -> User:
    return cast("User", request.user)


INVITE_ROUTES: list[URLPattern] = [
    route("invites", InvitesView.as_view(), "api-invites"),
    route("invites/accept", AcceptView.as_view(), "api-accept-invite"),
    route("invites/<uuid:id>", InviteView.as_view(), "api-invite"),
]
