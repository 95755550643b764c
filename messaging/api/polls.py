"""Polls over REST: starting one, voting, and ending the vote."""

from uuid import UUID

from django.urls import URLPattern
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.core.api.params import IDEMPOTENCY_KEY, idempotency_key
from chatproject.core.api.views import ApiView, asker_of, read_body, route
from messaging.actions.polls import close_poll, send_poll, vote
from messaging.api.shapes import MessageAnswer, OwnMessageAnswer
from messaging.poll_bodies import PollBody, VoteBody


class PollsView(ApiView):
    @extend_schema(
        parameters=[IDEMPOTENCY_KEY],
        request=PollBody,
        responses={201: OwnMessageAnswer},
        summary="Send a message with a poll",
    )
    def post(self, request: Request, id: UUID) -> Response:
        body = read_body(request, PollBody)
        draft = body.draft(
            conversation_id=id,
            sender_id=asker_of(request),
            idempotency_key=idempotency_key(request),
        )
        return Response(send_poll(draft, body.poll()), status=status.HTTP_201_CREATED)


class VoteView(ApiView):
    @extend_schema(
        request=VoteBody,
        responses=OwnMessageAnswer,
        summary="Vote in a poll, or take one's vote back",
    )
    def put(self, request: Request, id: UUID, seq: int) -> Response:
        body = read_body(request, VoteBody)
        return Response(
            vote(conversation_id=id, user_id=asker_of(request), seq=seq, choices=body.choices)
        )


class ClosePollView(ApiView):
    @extend_schema(request=None, responses=MessageAnswer, summary="End the vote of a poll")
    def post(self, request: Request, id: UUID, seq: int) -> Response:
        return Response(close_poll(conversation_id=id, user_id=asker_of(request), seq=seq))


_MESSAGE = "conversations/<uuid:id>/messages/<int:seq>"

POLL_ROUTES: list[URLPattern] = [
    route("conversations/<uuid:id>/polls", PollsView.as_view(), "conversation-polls"),
    route(f"{_MESSAGE}/vote", VoteView.as_view(), "message-vote"),
    route(f"{_MESSAGE}/close-poll", ClosePollView.as_view(), "message-close-poll"),
]
