"""Pages for log-in, registration and log-out; they work without JavaScript."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth import views as auth
from django.contrib.auth.forms import AuthenticationForm
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
from accounts.auth.log_in import person_of_passkey
from accounts.auth.relying_party import relying_party_of
from accounts.errors import AccountSuspended, EmailUnverified, InvalidCredentials
from accounts.models import User
from accounts.people.registration_policy import registration_policy
from accounts.second_factor.errors import InvalidStep, WrongPasskey
from accounts.second_factor.steps import ask_for_second_factor
from accounts.web.forms import CodeForm, LogInForm, RegistrationForm
from accounts.web.log_in_steps import (
    forget_step,
    keep_step,
    kept_provider_session,
    kept_step,
    log_in_browser,
    posted_credential,
)
from chatproject.core.errors import Refusal

ENTRANCES = ("login", "second-factor-log-in", "passkey-log-in", "register", "logout")


class _RateLimitedFormView(auth.RedirectURLMixin, FormView):  # type: ignore[type-arg]
    """Redirects to `next`; answers 429 when the form hit the rate limit."""

    def get_redirect_url(self) -> str:  # type: ignore[override]
        """A page of this site other than these forms; else empty."""
        url: str = super().get_redirect_url()
        return "" if urlsplit(url).path in map(reverse, ENTRANCES) else url

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        if form.refusal is not None:
            response.status_code = form.refusal.status
            for name, value in form.refusal.headers.items():
                response[name] = value
        return response


class LogInView(_RateLimitedFormView, auth.LoginView):
    """Asks for email and password; who has a second factor is asked for that on another page."""

    template_name = "registration/login.html"
    authentication_form = LogInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        name = settings.OIDC_NAME if settings.OIDC_ISSUER else ""
        return super().get_context_data(single_sign_on=name, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        if not user.has_second_factor:
            return super().form_valid(form)
        keep_step(self.request, ask_for_second_factor(user).step_token)
        query = urlencode({"next": self.get_success_url()})
        return redirect(f"{reverse('second-factor-log-in')}?{query}")


@method_decorator([sensitive_post_parameters("code"), csrf_protect, never_cache], name="dispatch")
class SecondFactorLogInView(_RateLimitedFormView):
    """The second half of a log-in. The step token waits in the session of the browser."""

    template_name = "registration/second_factor.html"
    form_class = CodeForm
    next_page = "index"
    needs_step = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.needs_step and kept_step(request) is None:
            is_in = request.user.is_authenticated
            return redirect(self.get_success_url() if is_in else "login")
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        step_token = kept_step(self.request) if self.needs_step else ""
        return super().get_context_data(
            next=self.get_redirect_url(), step_token=step_token, **kwargs
        )

    def form_valid(self, form: BaseForm) -> HttpResponse:
        assert isinstance(form, CodeForm)
        try:
            user = form.complete(kept_step(self.request) or "", client_of(self.request))
        except InvalidStep as refusal:
            return self.begin_again(refusal)
        if user is None:
            return self.form_invalid(form)
        return self.let_in(user)

    def begin_again(self, refusal: Refusal) -> HttpResponse:
        forget_step(self.request)
        messages.error(self.request, refusal.detail)
        return redirect("login")

    def let_in(self, user: User) -> HttpResponse:
        provider_session = kept_provider_session(self.request)
        forget_step(self.request)
        log_in_browser(self.request, user, provider_session)
        return redirect(self.get_success_url())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "credential" not in request.POST:
            return super().post(request, *args, **kwargs)
        try:
            user = person_of_passkey(
                step_token=kept_step(request) or request.POST.get("step_token", ""),
                credential=posted_credential(request),
                party=relying_party_of(request),
                client=client_of(request),
            )
        except WrongPasskey as refusal:
            messages.error(request, refusal.detail)
            return redirect(request.get_full_path())
        except (InvalidStep, InvalidCredentials, AccountSuspended, EmailUnverified) as refusal:
            return self.begin_again(refusal)
        return self.let_in(user)


class PasskeyLogInView(SecondFactorLogInView):
    """A log-in by a passkey alone; its page needs a script, like the passkey itself."""

    template_name = "registration/passkey.html"
    needs_step = False


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
            return _("You cannot create an account here yourself. Ask whoever runs this chat.")
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
