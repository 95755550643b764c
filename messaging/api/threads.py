"""Threads over REST: the replies under a message, following, how far one has read, one's own."""

from uuid import UUID

from django.urls import URLPattern
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.core.api import cursors
from chatproject.core.api.params import CURSOR, flag_param, limit_param, limit_parameter
from chatproject.core.api.views import ApiView, asker_of, read_body, route
from chatproject.core.times import rfc3339
from messaging.actions.threads import follow_thread, mark_thread_read, unfollow_thread
from messaging.api.history import PAGE_PARAMETERS, anchor_param
from messaging.api.shapes import FollowedThreadList, OwnThreadState, ThreadPage
from messaging.bodies import PointerBody
from messaging.reads.threads.followed import Key, list_threads
from messaging.reads.threads.replies import thread_page


class ThreadView(ApiView):
    @extend_schema(
        operation_id="thread_list",
        parameters=PAGE_PARAMETERS,
        responses=ThreadPage,
        summary="A page of the replies in a thread, the last one when no place is given",
    )
    def get(self, request: Request, id: UUID, seq: int) -> Response:
        return Response(
            thread_page(
                conversation_id=id,
                viewer_id=asker_of(request),
                seq=seq,
                anchor=anchor_param(request),
                limit=limit_param(request),
            )
        )


class FollowingView(ApiView):
    @extend_schema(request=None, responses=OwnThreadState, summary="Follow a thread")
    def put(self, request: Request, id: UUID, seq: int) -> Response:
        return Response(follow_thread(conversation_id=id, user_id=asker_of(request), seq=seq))

    @extend_schema(responses={200: OwnThreadState}, summary="Follow a thread no longer")
    def delete(self, request: Request, id: UUID, seq: int) -> Response:
        return Response(unfollow_thread(conversation_id=id, user_id=asker_of(request), seq=seq))


class ThreadReadView(ApiView):
    @extend_schema(
        request=PointerBody,
        responses=OwnThreadState,
        summary="The replies up to `seq` are read; the pointer never moves back",
    )
    def post(self, request: Request, id: UUID, seq: int) -> Response:
        up_to_seq = read_body(request, PointerBody).seq
        return Response(
            mark_thread_read(
                conversation_id=id, user_id=asker_of(request), seq=seq, up_to_seq=up_to_seq
            )
        )


class ThreadsView(ApiView):
    @extend_schema(
        parameters=[
            limit_parameter(),
            CURSOR,
            OpenApiParameter("unread", bool, description="True: only those with unread replies."),
        ],
        responses=FollowedThreadList,
        summary="The threads that one follows, unread ones first",
    )
    def get(self, request: Request) -> Response:
        found = list_threads(
            user_id=asker_of(request),
            after=_key_param(request),
            limit=limit_param(request),
            only_unread=flag_param(request, "unread") or False,
        )
        return Response(
            {
                "results": found.threads,
                "next": None if found.key is None else _cursor(found.key),
                "previous": None,
                "unreadThreads": found.unread,
                "people": found.people,
            }
        )


def _cursor(key: Key) -> str:
    return cursors.encode([key.is_unread, rfc3339(key.at), str(key.conversation_id), key.seq])


def _key_param(request: Request) -> Key | None:
    parts = cursors.cursor_param(request, (bool, str, str, int))
    if parts is None:
        return None
    is_unread, at, conversation_id, seq = parts
    return Key(is_unread, cursors.moment_in(at), cursors.uuid_in(conversation_id), seq)


_THREAD = "conversations/<uuid:id>/messages/<int:seq>/thread"

THREAD_ROUTES: list[URLPattern] = [
    route(_THREAD, ThreadView.as_view(), "thread"),
    route(f"{_THREAD}/following", FollowingView.as_view(), "thread-following"),
    route(f"{_THREAD}/read", ThreadReadView.as_view(), "thread-read"),
    route("threads", ThreadsView.as_view(), "threads"),
]
