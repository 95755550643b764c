"""Pages for log-in, registration and log-out; they work without JavaScript."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth import login
from django.contrib.auth import views as auth
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic.edit import FormView

from accounts.auth.client_address import client_of
from accounts.people.registration_policy import registration_policy
from accounts.web.forms import LogInForm, RegistrationForm


class _RateLimitedFormView(auth.RedirectURLMixin, FormView):  # type: ignore[type-arg]
    """Redirects to `next`; answers 429 when the form hit the rate limit."""

    def get_redirect_url(self) -> str:  # type: ignore[override]
        """A page of this site other than these forms; else empty."""
        url: str = super().get_redirect_url()
        entrances = map(reverse, ("login", "register", "logout"))
        return "" if urlsplit(url).path in entrances else url

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        if form.refusal is not None:
            response.status_code = form.refusal.status
            for name, value in form.refusal.headers.items():
                response[name] = value
        return response


class LogInView(_RateLimitedFormView, auth.LoginView):
    template_name = "registration/login.html"
    authentication_form = LogInForm
    redirect_authenticated_user = True


@method_decorator(
    [sensitive_post_parameters("password"), csrf_protect, never_cache], name="dispatch"
)
class RegisterView(_RateLimitedFormView):
    """Registers a person and logs them in."""

    template_name = "registration/register.html"
    form_class = RegistrationForm
    next_page = "index"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return redirect(self.get_success_url())
        if request.method == "GET" and (closed := self._closed_because(request)):
            page = {"reason": closed, "next": self.get_redirect_url()}
            return render(request, "registration/closed.html", page)
        return super().dispatch(request, *args, **kwargs)

    def _closed_because(self, request: HttpRequest) -> str:
        """Why nobody could register here by this form; empty where somebody can."""
        kind = registration_policy().kind
        if kind == "closed":
            return _("Nobody can open an account here by themselves. Ask who runs this chat.")
        if kind == "invite" and not request.GET.get("invite"):
            return _("An account here needs an invitation. Open its link to register.")
        return ""

    def get_initial(self) -> dict[str, Any]:
        return {"invite_token": self.request.GET.get("invite", "")}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(next=self.get_redirect_url(), **kwargs)

    def form_valid(self, form: BaseForm) -> HttpResponse:
        assert isinstance(form, RegistrationForm)
        person = form.register(client_of(self.request))
        if form.is_held:
            return render(self.request, "registration/look_into_mail.html")
        if person is None:
            return self.form_invalid(form)
        login(self.request, person)
        return redirect(self.get_success_url())


class LogOutView(auth.LogoutView):
    """Accepts POST only, so that no link or image can log anybody out."""
