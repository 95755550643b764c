"""Who is in a conversation, with which role, and who is shut out, over REST."""

from typing import Annotated, Any
from uuid import UUID

from django.urls import URLPattern
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import Field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.core.api.bodies import Body
from chatproject.core.api.fields import DISTINCT, Id, OneOf, many, stripped
from chatproject.core.api.pages import forward_page, uuid_cursor
from chatproject.core.api.params import (
    CURSOR,
    ApiRequest,
    choice_param,
    flag_param,
    limit_param,
    limit_parameter,
    search_parameter,
    text_param,
)
from chatproject.core.api.views import ApiView, asker_of, read_body, route
from chatproject.core.db.readings import Steps, read
from conversations.models import Participant
from conversations.participants import get_participant, list_bans, list_participants
from conversations.wire import ban_json, participant_json
from messaging.api.conversation_bodies import MAX_MEMBERS
from messaging.membership.bans import ban_person, lift_ban
from messaging.membership.members import add_people, remove_person
from messaging.membership.roles import change_role

Role = Participant.Role
MAX_REASON = 500
MAX_PARTICIPANTS = 1000  # of one page


class ParticipantAnswer(serializers.Serializer[Any]):
    userId = serializers.UUIDField()
    name = serializers.CharField()
    isBot = serializers.BooleanField()
    role = serializers.ChoiceField(Role.choices)
    joinedAt = serializers.DateTimeField()


class ParticipantList(serializers.Serializer[Any]):
    results = ParticipantAnswer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class AddBody(Body):
    memberIds: Annotated[list[Id], many(MAX_MEMBERS, min_length=1), DISTINCT]


class RoleBody(Body):
    role: Annotated[str, OneOf(Role.values)] = Field(
        description="`owner` hands the ownership over."
    )


class BanBody(Body):
    userId: Id
    reason: Annotated[str, stripped(MAX_REASON)] | None = None


class BanAnswer(serializers.Serializer[Any]):
    userId = serializers.UUIDField()
    name = serializers.CharField()
    bannedById = serializers.UUIDField()
    reason = serializers.CharField()
    createdAt = serializers.DateTimeField()


class BanList(serializers.Serializer[Any]):
    results = BanAnswer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class ParticipantsView(ApiView):
    @extend_schema(
        operation_id="participants_list",
        parameters=[
            search_parameter("A part of the name."),
            OpenApiParameter("role", enum=Role.values),
            CURSOR,
            limit_parameter(maximum=MAX_PARTICIPANTS),
        ],
        responses=ParticipantList,
        summary="Who is in",
    )
    def get(self, request: Request, id: UUID) -> Response:
        return Response(read(read_participants(request, id)))

    @extend_schema(request=AddBody, responses=ParticipantList, summary="Add people")
    def post(self, request: Request, id: UUID) -> Response:
        body = read_body(request, AddBody)
        periods = add_people(conversation_id=id, by=asker_of(request), user_ids=body.memberIds)
        results = [participant_json(period) for period in periods]
        return Response({"results": results, "next": None, "previous": None})


def read_participants(request: ApiRequest, id: UUID) -> Steps[dict[str, Any]]:
    limit = limit_param(request, maximum=MAX_PARTICIPANTS)
    found = yield from list_participants.steps(
        conversation_id=id,
        viewer_id=asker_of(request),
        name_part=text_param(request, "q"),
        role=choice_param(request, "role", Role.values),
        after=uuid_cursor(request),
        limit=limit + 1,
    )
    rows, links = forward_page(found, limit, lambda row: [row["userId"]])
    return {"results": rows, **links}


class ParticipantView(ApiView):
    @extend_schema(responses=ParticipantAnswer, summary="One who is in")
    def get(self, request: Request, id: UUID, user_id: UUID) -> Response:
        return Response(
            get_participant(conversation_id=id, viewer_id=asker_of(request), user_id=user_id)
        )

    @extend_schema(request=RoleBody, responses=ParticipantAnswer, summary="Give a role")
    def patch(self, request: Request, id: UUID, user_id: UUID) -> Response:
        body = read_body(request, RoleBody)
        period = change_role(
            conversation_id=id, by=asker_of(request), user_id=user_id, role=body.role
        )
        return Response(participant_json(period))

    @extend_schema(
        parameters=[OpenApiParameter("ban", bool, description="True: and shut them out.")],
        responses={204: None},
        summary="Remove somebody, or leave",
    )
    def delete(self, request: Request, id: UUID, user_id: UUID) -> Response:
        let_out = ban_person if flag_param(request, "ban") else remove_person
        let_out(conversation_id=id, by=asker_of(request), user_id=user_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class BansView(ApiView):
    @extend_schema(
        operation_id="bans_list",
        parameters=[CURSOR, limit_parameter()],
        responses=BanList,
        summary="Who is shut out",
    )
    def get(self, request: Request, id: UUID) -> Response:
        limit = limit_param(request)
        found = list_bans(
            conversation_id=id,
            viewer_id=asker_of(request),
            after=uuid_cursor(request),
            limit=limit + 1,
        )
        rows, links = forward_page(found, limit, lambda row: [row["userId"]])
        return Response({"results": rows, **links})

    @extend_schema(request=BanBody, responses=BanAnswer, summary="Shut somebody out")
    def post(self, request: Request, id: UUID) -> Response:
        body = read_body(request, BanBody)
        ban = ban_person(
            conversation_id=id,
            by=asker_of(request),
            user_id=body.userId,
            reason=body.reason or "",
        )
        return Response(ban_json(ban))


class BanView(ApiView):
    @extend_schema(responses={204: None}, summary="Let somebody in again")
    def delete(self, request: Request, id: UUID, user_id: UUID) -> Response:
        lift_ban(conversation_id=id, by=asker_of(request), user_id=user_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


PARTICIPANT_ROUTES: list[URLPattern] = [
    route("conversations/<uuid:id>/participants", ParticipantsView.as_view(), "participants"),
    route(
        "conversations/<uuid:id>/participants/<uuid:user_id>",
        ParticipantView.as_view(),
        "participant",
    ),
    route("conversations/<uuid:id>/bans", BansView.as_view(), "bans"),
    route("conversations/<uuid:id>/bans/<uuid:user_id>", BanView.as_view(), "ban"),
]
