"""Every path of the product; each app writes its own part of /v1/ with `core.api.routes.route`."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from chatproject.core import pages
from chatproject.core.api.routes import route

handler400 = "chatproject.core.pages.bad_request"
handler403 = "chatproject.core.pages.permission_denied"
handler404 = "chatproject.core.pages.not_found"
handler500 = "chatproject.core.pages.server_error"

urlpatterns = [
    path("", pages.index, name="index"),
    path("", include("accounts.urls")),
    path("admin/", admin.site.urls),
    route("v1/schema", SpectacularAPIView.as_view(), "schema"),
    route("v1/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), "docs"),
    path("v1/", include("accounts.api.urls")),
    path("v1/", include("conversations.api.urls")),
    path("v1/", include("attachments.api.urls")),
    path("v1/", include("messaging.api.urls")),
]
