"""Renders the shell of the chat; the scripts in static/chat/js do the rest."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache

from accounts.models import User
from chatproject.core.api.fields import MAX_SEQ
from chatproject.core.web.embedded_json import embedded_json
from chatproject.core.web.es_modules import module_urls
from chatproject.core.web.pages import welcome
from chatproject.core.web.script_translations import script_texts
from messaging.web.first_view import first_view

ENTRY = "chat/js/main.js"


@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """The inbox, or a welcome page for people who are not signed in."""
    return _chat(request) if request.user.is_authenticated else welcome(request)


@never_cache
@login_required
def conversation(
    request: HttpRequest, conversation_id: UUID, seq: int | None = None
) -> HttpResponse:
    """One conversation, at the message `seq` if the link names one; 404 if it is not visible."""
    return _chat(request, conversation_id, None if seq is None else min(seq, MAX_SEQ))


@never_cache
@login_required
def thread(
    request: HttpRequest, conversation_id: UUID, root: int, seq: int | None = None
) -> HttpResponse:
    """The conversation at its end; the scripts open the thread beside it."""
    return _chat(request, conversation_id)


@never_cache
@login_required
def threads(request: HttpRequest) -> HttpResponse:
    """The inbox; the scripts show the list of threads."""
    return _chat(request)


def _chat(
    request: HttpRequest, conversation_id: UUID | None = None, seq: int | None = None
) -> HttpResponse:
    assert isinstance(request.user, User)
    view = first_view(person=request.user, conversation_id=conversation_id, seq=seq)
    context = {
        "first_view": embedded_json(view | _page_settings(request), "first-view"),
        "module_urls": module_urls(ENTRY),
    }
    return render(request, "chat.html", context, status=404 if view["notFound"] else 200)


def _page_settings(request: HttpRequest) -> dict[str, Any]:
    """What the scripts need beside the data: language, texts, URLs and the CSRF token."""
    language = get_language() or "en"
    return {
        "language": language,
        "texts": script_texts(language),
        "urls": {
            "login": reverse("login"),
            "logout": reverse("logout"),
            "settings": reverse("settings"),
            "password": reverse("password"),
            "sw": reverse("service-worker"),
            "icon": static("chat/icon.svg"),
        },
        "csrfToken": get_token(request),
    }
