"""Every path of the product; each app writes its own part of /v1/ with `core.api.routes.route`."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from chatproject.core import pages
from chatproject.core.api.routes import route

handler400 = "chatproject.core.pages.bad_request"
handler403 = "chatproject.core.pages.permission_denied"
handler404 = "chatproject.core.pages.not_found"
handler500 = "chatproject.core.pages.server_error"

API_PARTS = ("accounts.api.urls", "conversations.api.urls", "messaging.api.urls")

urlpatterns = [
    path("", pages.index, name="index"),
    path("", include("accounts.urls")),
    path("admin/", admin.site.urls),
    route("v1/schema", SpectacularAPIView.as_view(), "schema"),
    route("v1/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), "docs"),
]
for part in API_PARTS:
    if find_spec(part.split(".")[0] + ".api") and find_spec(part):
        urlpatterns.append(path("v1/", include(part)))
