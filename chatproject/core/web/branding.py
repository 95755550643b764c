"""The installation's logo, from the file that SITE_LOGO names."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control

ICON = "chat/icon.svg"
TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp"}
# An SVG that is opened by itself must run nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def logo_url() -> str:
    """The address of the logo: another one for another picture; ours where none is set."""
    if settings.SITE_LOGO is None:
        return static(ICON)
    return f"{reverse('logo')}?{_digest(settings.SITE_LOGO)}"


@cache_control(max_age=7 * 24 * 3600, public=True)
def logo(request: HttpRequest) -> HttpResponse:
    path: Path | None = settings.SITE_LOGO
    if path is None or not path.is_file():
        raise Http404
    answer = HttpResponse(path.read_bytes(), content_type=TYPES[path.suffix.lower()])
    answer["Content-Security-Policy"] = POLICY
    return answer


@lru_cache(maxsize=4)
def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else ""
