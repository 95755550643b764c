"""The one view of Slack's API: who calls, which method, and every refusal in Slack's codes."""

import logging
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt

from accounts.auth.api_tokens import require_scope
from accounts.auth.authentication import authenticate_token
from accounts.auth.token_rates import take_request
from accounts.errors import ConversationNotInToken, NotForTokens, ScopeMissing
from chatproject.core.api.json import dump, parse_object
from chatproject.core.api.problems import as_refusal
from chatproject.core.errors import InvalidInput, RateLimited, Refusal, Unauthenticated
from messaging.api.slack import (
    chat,
    conversations,
    files,
    finding,
    people,
    reactions,
    socket_mode,
)
from messaging.api.slack.method import METHODS, Answer, Call, SlackError

# They register methods.
__all__ = ["chat", "conversations", "finding", "people", "reactions", "socket_mode"]

log = logging.getLogger(__name__)

# Our codes in Slack's words, where another is not the same.
CODES: Mapping[str, str] = {
    "conversation_not_found": "channel_not_found",
    "conversation_not_in_token": "channel_not_found",
    "not_a_participant": "not_in_channel",
    "conversation_locked": "is_archived",
    "posting_right_missing": "restricted_action",
    "muted": "restricted_action",
    "blocked": "restricted_action",
    "word_refused": "restricted_action",
    "admin_right_missing": "not_authorized",
    "owner_right_missing": "not_authorized",
    "direct_is_fixed": "method_not_supported_for_channel_type",
    "join_not_allowed": "method_not_supported_for_channel_type",
    "person_not_found": "user_not_found",
    "unknown_person": "user_not_found",
    "participant_not_found": "user_not_in_channel",
    "banned": "user_is_restricted",
    "message_deleted": "message_not_found",
    "reply_target_not_found": "thread_not_found",
    "attachment_not_found": "file_not_found",
    "too_many_reactions": "too_many_reactions",
    "too_many_pins": "pin_limit_reached",
    "not_the_sender": "cant_update_message",
    "system_message": "cant_update_message",
    "search_unavailable": "fatal_error",
}


@csrf_exempt
def call(request: HttpRequest, name: str) -> HttpResponse:
    """Answers 200 with `ok`, true or false; 429 with Retry-After for who calls too often."""
    try:
        answer: Answer = {"ok": True, **_carry_out(request, name)}
    except SlackError as error:
        answer = {"ok": False, "error": error.code, **error.fields}
    except Exception as error:
        refusal = as_refusal(error)
        if refusal is None:
            raise
        if isinstance(refusal, RateLimited):
            return _json({"ok": False, "error": "ratelimited"}, 429, refusal.headers)
        answer = {"ok": False, **_error_of(refusal, name)}
    return _json(answer)


def _carry_out(request: HttpRequest, name: str) -> Answer:
    arguments = _arguments(request)
    caller = _authenticated(request, arguments)
    method = METHODS.get(name)
    if method is None:
        raise SlackError("unknown_method", req_method=name)
    if caller.sign_in.scopes is not None:
        take_request(caller.sign_in.pk)
        require_scope(caller.sign_in, method.scope)
        if caller.sign_in.only_in and not method.names_channel and name != "auth.test":
            raise ConversationNotInToken
    return method.run(caller)


def _authenticated(request: HttpRequest, arguments: Mapping[str, Any]) -> Call:
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    token = token.strip() if scheme.lower() == "bearer" else str(arguments.get("token", ""))
    if not token:
        raise SlackError("not_authed")
    user, sign_in = authenticate_token(token)
    return Call(user, sign_in, arguments)


def _arguments(request: HttpRequest) -> dict[str, Any]:
    """Of the query and the body, which is JSON or a form."""
    given: dict[str, Any] = request.GET.dict()
    if request.method != "POST":
        return given
    try:
        if (request.content_type or "").endswith("json"):
            return given | (parse_object(request.body) if request.body else {})
        return given | request.POST.dict()
    except RequestDataTooBig:
        raise SlackError("request_too_large") from None
    except InvalidInput:
        raise SlackError("invalid_json") from None


def _error_of(refusal: Refusal, name: str) -> Answer:
    match refusal:
        case ScopeMissing():
            return {"error": "missing_scope", "needed": refusal.needed}
        case NotForTokens():
            return {"error": "not_allowed_token_type"}
        case Unauthenticated():
            is_over = refusal.code in ("signed_out", "token_expired")
            return {"error": "token_expired" if is_over else "invalid_auth"}
    codes = [error["code"] for error in refusal.errors]
    code = next((CODES[each] for each in (*codes, refusal.code) if each in CODES), None)
    if code is None:
        code = "invalid_arguments" if refusal.status == 400 else refusal.code
    if name == "chat.delete" and code == "cant_update_message":
        code = "cant_delete_message"
    return {"error": code, "response_metadata": {"messages": [refusal.detail]}}


def _json(
    answer: Answer, status: int = 200, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    response = HttpResponse(dump(answer), status=status, content_type="application/json")
    response["Cache-Control"] = "no-store"
    for header, value in (headers or {}).items():
        response[header] = value
    return response


SLACK_ROUTES: list[URLPattern] = [
    path(files.UPLOAD_PATH.removeprefix("/api/"), files.receive, name="slack-upload"),
    path("<str:name>", call, name="slack-method"),
]
