"""What was missed in many conversations, over REST."""

from typing import Any

from django.urls import URLPattern
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.core.api.params import ApiRequest
from chatproject.core.api.views import ApiView, asker_of, read_body, route
from chatproject.core.db.readings import Steps, read
from messaging.api.shapes import OwnMessageAnswer, PersonShape, ThreadOfReply
from messaging.bodies import SyncBody
from messaging.reads.sync import sync


class NewsShape(serializers.Serializer[Any]):
    results = OwnMessageAnswer(many=True, required=False)
    threads = ThreadOfReply(many=True, required=False, help_text="Those of replies among them.")
    throughRev = serializers.IntegerField(required=False, help_text="Ask for what comes after it.")
    memberRev = serializers.IntegerField(required=False)
    more = serializers.BooleanField(required=False, help_text="True: ask once more.")
    reset = serializers.BooleanField(
        required=False, help_text="True: the gap is too long; load the conversation anew."
    )
    gone = serializers.BooleanField(required=False, help_text="True: it is not for the asker.")


class SyncAnswer(serializers.Serializer[Any]):
    conversations = serializers.DictField(child=NewsShape(), help_text="By id, of those with news.")
    joined = serializers.ListField(
        child=serializers.UUIDField(), help_text="Those that one is in and did not ask about."
    )
    people = PersonShape(many=True)


class SyncView(ApiView):
    @extend_schema(request=SyncBody, responses=SyncAnswer, summary="What was missed")
    def post(self, request: Request) -> Response:
        return Response(read(read_news(request)))


def read_news(request: ApiRequest) -> Steps[dict[str, Any]]:
    return sync.steps(asker_of(request), read_body(request, SyncBody).conversations)


SYNC_ROUTES: list[URLPattern] = [route("sync", SyncView.as_view(), "sync")]
