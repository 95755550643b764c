"""Reports to the moderators over REST, and their state."""

from typing import Annotated, Any
from uuid import UUID

from django.urls import URLPattern
from drf_spectacular.utils import extend_schema
from pydantic import ConfigDict, Field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.core.api.bodies import Body
from chatproject.core.api.fields import Id, OneOf, Seq, stripped
from chatproject.core.api.pages import forward_page, uuid_cursor
from chatproject.core.api.params import CURSOR, limit_param, limit_parameter
from chatproject.core.api.views import ApiView, asker_of, read_body, route
from chatproject.core.times import rfc3339
from messaging.moderation.actions.reports import Complaint, file_report, own_report
from messaging.moderation.models import MAX_COMMENT, Report

# A word filter's is not for people to give.
REASONS = [choice for choice in Report.Reason.choices if choice[0] != Report.Reason.WORD]


class ReportBody(Body):
    """A message (`conversationId` and `seq`), a conversation (without `seq`) or a person."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {
                "required": ["conversationId"],
                "properties": {"conversationId": {"type": "string"}},
            },
            "else": {"required": ["userId"], "properties": {"userId": {"type": "string"}}},
        }
    )

    conversationId: Id | None = None
    seq: Seq | None = None
    userId: Id | None = Field(
        default=None, description="A person; the sender of a message follows from the message."
    )
    reason: Annotated[str, OneOf(name for name, _ in REASONS)]
    comment: Annotated[str, stripped(MAX_COMMENT)] | None = None


class ReportAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    conversationId = serializers.UUIDField(allow_null=True)
    seq = serializers.IntegerField(allow_null=True)
    userId = serializers.UUIDField(allow_null=True)
    reason = serializers.ChoiceField(REASONS)
    comment = serializers.CharField()
    state = serializers.ChoiceField(Report.State.choices)
    createdAt = serializers.DateTimeField()


class ReportList(serializers.Serializer[Any]):
    results = ReportAnswer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class ReportsView(ApiView):
    @extend_schema(
        operation_id="reports_list",
        parameters=[CURSOR, limit_parameter()],
        responses=ReportList,
        summary="One's own reports, the newest first",
    )
    def get(self, request: Request) -> Response:
        limit = limit_param(request)
        own = Report.objects.filter(reporter=asker_of(request)).order_by("-id")
        own = own.defer("snapshot")  # up to a megabyte each
        after = uuid_cursor(request)
        if after is not None:
            own = own.filter(pk__lt=after)
        rows, links = forward_page(list(own[: limit + 1]), limit, lambda each: [str(each.pk)])
        return Response({"results": [_json(each) for each in rows], **links})

    @extend_schema(
        request=ReportBody,
        responses={200: ReportAnswer, 201: ReportAnswer},
        summary="Report a message, a conversation or a person",
    )
    def post(self, request: Request) -> Response:
        report, is_new = file_report(_complaint(request))
        return Response(
            _json(report), status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        )


class ReportView(ApiView):
    @extend_schema(responses=ReportAnswer, summary="One of one's own reports")
    def get(self, request: Request, id: UUID) -> Response:
        return Response(_json(own_report(reporter_id=asker_of(request), report_id=id)))


def _complaint(request: Request) -> Complaint:
    body = read_body(request, ReportBody)
    return Complaint(
        reporter_id=asker_of(request),
        reason=body.reason,
        comment=body.comment or "",
        conversation_id=body.conversationId,
        seq=body.seq,
        user_id=body.userId,
    )


def _json(report: Report) -> dict[str, Any]:
    conversation, person = report.conversation_id, report.person_id
    return {
        "id": str(report.pk),
        "conversationId": conversation and str(conversation),
        "seq": report.seq,
        "userId": person and str(person),
        "reason": report.reason,
        "comment": report.comment,
        "state": report.state,
        "createdAt": rfc3339(report.created_at),
    }


REPORT_ROUTES: list[URLPattern] = [
    route("reports", ReportsView.as_view(), "reports"),
    route("reports/<uuid:id>", ReportView.as_view(), "report"),
]
