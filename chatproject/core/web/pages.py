"""Pages that belong to no app: the welcome page, and error pages."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from chatproject.core.api import problems
from chatproject.core.errors import Forbidden, NotFound, Refusal

API = "v1"


def welcome(request: HttpRequest) -> HttpResponse:
    """The first page for people who are not signed in."""
    return render(request, "index.html", {"version": settings.VERSION})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    # Django's text about a suspicious request is for our log, not for the sender.
    known = isinstance(exception, RequestDataTooBig)
    refusal = problems.as_refusal(exception) if known else None
    return _answer(request, refusal or Refusal())


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return _answer(request, Forbidden())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    return _answer(request, Forbidden("The page was open for too long. Load it again and retry."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return _answer(request, NotFound())


def server_error(request: HttpRequest) -> HttpResponseBase:
    return _answer(request, problems.server_error())


def _answer(request: HttpRequest, refusal: Refusal) -> HttpResponseBase:
    """problem+json for programs, a plain page for people."""
    if request.path_info.split("/")[1] == API:
        return problems.problem_response(refusal)
    response = render(request, "errors/error.html", {"refusal": refusal}, status=refusal.status)
    response["Cache-Control"] = "no-store"
    return response
