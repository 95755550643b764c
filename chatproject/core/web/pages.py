"""Pages that belong to no app: the welcome page, and error pages."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

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
    title = _("You may not open this page")
    detail = _("If you should be able to, ask whoever runs this server.")
    return _answer(request, Forbidden(), title=title, detail=detail)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    refusal = Forbidden("The page was open for too long. Load it again and retry.")
    title = _("This page was open too long")
    detail = _("Nothing was changed. Reload the page, and try again.")
    return _answer(request, refusal, title=title, detail=detail, again=_page_before(request))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    title = _("Page not found")
    detail = _("The address may be mistyped, or the page no longer exists.")
    return _answer(request, NotFound(), title=title, detail=detail)


def server_error(request: HttpRequest) -> HttpResponseBase:
    title = _("Something went wrong here")
    detail = _("It is not your fault, and the error was logged. Try again in a moment.")
    again = request.get_full_path() if request.method == "GET" else ""
    return _answer(request, problems.server_error(), title=title, detail=detail, again=again)


def offline(request: HttpRequest) -> HttpResponse:
    """What the service worker shows instead of a page that it has not kept, without a network."""
    return render(request, "errors/offline.html")


def _page_before(request: HttpRequest) -> str:
    """The page of ours with the form; empty where the browser does not tell."""
    page = request.headers.get("Referer", "")
    is_ours = page.startswith("http") and url_has_allowed_host_and_scheme(
        page, {request.get_host()}
    )
    return page if is_ours else ""


def _answer(
    request: HttpRequest, refusal: Refusal, *, title: str = "", detail: str = "", again: str = ""
) -> HttpResponseBase:
    """problem+json for programs; for people a page with a way on, `again` loads a page anew."""
    if request.path_info.split("/")[1] == API:
        return problems.problem_response(refusal)
    shown = {
        "status": refusal.status,
        "title": title or refusal.title,
        "detail": detail or refusal.detail,
        "again": again,
    }
    response = render(request, "errors/error.html", shown, status=refusal.status)
    response["Cache-Control"] = "no-store"
    return response
