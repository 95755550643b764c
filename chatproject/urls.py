"""Every path of the product; each app writes its own part of /v1/ with `core.api.routes.route`."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from chatproject.core import service_worker
from chatproject.core.api.routes import route

handler400 = "chatproject.core.pages.bad_request"
handler403 = "chatproject.core.pages.permission_denied"
handler404 = "chatproject.core.pages.not_found"
handler500 = "chatproject.core.pages.server_error"

urlpatterns = [
    path("", include("messaging.pages.urls")),
    path("", include("accounts.urls")),
    path("sw.js", service_worker.script, name="service-worker"),
    path("manifest.webmanifest", service_worker.manifest, name="manifest"),
    path("favicon.ico", service_worker.favicon),
    path("language", set_language, name="set-language"),
    path("admin/", admin.site.urls),
    route("v1/schema", SpectacularAPIView.as_view(), "schema"),
    route("v1/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), "docs"),
    path("v1/", include("accounts.api.urls")),
    path("v1/", include("conversations.api.urls")),
    path("v1/", include("attachments.api.urls")),
    path("v1/", include("messaging.api.urls")),
]
