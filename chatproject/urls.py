"""Every path of the product; each app declares its part of /v1/ with `core.api.views.route`."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularSwaggerSplitView

from chatproject.core.api.schema_view import SchemaView
from chatproject.core.api.views import route
from chatproject.core.web import branding, pages, service_worker
from messaging.api.buttons import BUTTON_RESPONSE_ROUTES
from messaging.api.slack.edge import SLACK_ROUTES
from messaging.api.slash_commands import RESPONSE_ROUTES
from messaging.api.webhooks import RECEIVING_ROUTES

handler400 = "chatproject.core.web.pages.bad_request"
handler403 = "chatproject.core.web.pages.permission_denied"
handler404 = "chatproject.core.web.pages.not_found"
handler500 = "chatproject.core.web.pages.server_error"

urlpatterns = [
    path("", include("messaging.web.urls")),
    path("", include("accounts.web.urls")),
    path("sw.js", service_worker.script, name="service-worker"),
    path("manifest.webmanifest", service_worker.manifest, name="manifest"),
    path("offline", pages.offline, name="offline"),
    path("logo", branding.logo, name="logo"),
    path("favicon.ico", service_worker.favicon),
    path("language", set_language, name="set-language"),
    path("admin/", admin.site.urls),
    route("v1/schema", SchemaView.as_view(), "schema"),
    route("v1/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), "docs"),
    path("v1/", include("accounts.api.urls")),
    path("v1/", include("conversations.api.urls")),
    path("v1/", include("attachments.api.urls")),
    path("v1/", include("messaging.api.urls")),
    path("hooks/", include([*BUTTON_RESPONSE_ROUTES, *RESPONSE_ROUTES, *RECEIVING_ROUTES])),
    path("api/", include(SLACK_ROUTES)),
]
