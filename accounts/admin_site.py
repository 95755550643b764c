"""The admin site, whose log-in asks for the second factor like that of the chat."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache

from accounts.web.forms import StaffLogInForm
from accounts.web.views import LogInView


class AdminSite(admin.AdminSite):
    login_form = StaffLogInForm

    @method_decorator(never_cache)
    def login(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        if request.method == "GET" and self.has_permission(request):
            return redirect("admin:index")
        request.current_app = self.name
        context = {
            **self.each_context(request),
            "title": gettext("Log in"),
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": "",
            **(extra_context or {}),
        }
        view = LogInView.as_view(
            template_name="admin/login.html",
            authentication_form=self.login_form,
            extra_context=context,
            next_page=reverse("admin:index"),
            redirect_authenticated_user=False,
        )
        return view(request)
