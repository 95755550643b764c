"""Serves what makes the chat installable: service worker, manifest, icon."""

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control

from chatproject.core.errors import NotFound
from chatproject.core.web.branding import logo_url
from chatproject.core.web.es_modules import module_graph, source_of

SCRIPT = "chat/js/sw.js"
ENTRY = "chat/js/main.js"
PLACE = "self.__PRECACHE"
FONT = "chat/vendor/inter/inter-latin-wght-normal.woff2"
STYLES = tuple(
    f"chat/css/{name}.css" for name in ("tokens", "base", "chat", "inbox", "timeline", "composer")
)
SHELL = (*STYLES, "chat/icon.svg", FONT)
LOOKS = ("chat/css/accents.css", "chat/css/compact.css", "chat/css/forms.css")
# The background of both themes' pages, as in tokens.css.
LIGHT, ACCENT = "#f4f5f9", "#4254d6"


@cache_control(no_cache=True)
def script(request: HttpRequest) -> HttpResponse:
    """The service worker, with the list of files that it caches for offline use.

    It is at the root, since a worker controls only what is below its own URL. It changes with every
    hashed name in it, by which a browser notices a new version.
    """
    text = source_of(SCRIPT)
    if text is None:
        raise NotFound
    kept = [static(name) for name in (*SHELL, *LOOKS, *module_graph(ENTRY, and_later=True))]
    return HttpResponse(text.replace(PLACE, json.dumps(kept)), content_type="text/javascript")


@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> HttpResponse:
    sizes = (("192x192", "chat/icon-192.png", "any"), ("512x512", "chat/icon-512.png", "any"))
    icons = [*sizes, ("512x512", "chat/icon-maskable-512.png", "maskable")]
    described = {
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_NAME,
        "description": _("Messages that arrive, even over a bad connection."),
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": LIGHT,
        "theme_color": ACCENT,
        "icons": [
            {"src": logo_url(), "sizes": "any"},
            *(
                {"src": static(name), "sizes": size, "type": "image/png", "purpose": purpose}
                for size, name, purpose in icons
            ),
        ],
    }
    return HttpResponse(json.dumps(described), content_type="application/manifest+json")


def favicon(request: HttpRequest) -> HttpResponseBase:
    """For clients that request it without reading a page."""
    return redirect(static("chat/icon-192.png"))
