"""Pages for a forgotten password; they work without JavaScript."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from accounts.auth.client_address import client_of
from accounts.web.answers import answer_form
from accounts.web.password_reset_forms import NewPasswordForm, PasswordResetForm


@never_cache
@csrf_protect
def request_page(request: HttpRequest) -> HttpResponse:
    """Asks for the email, and says the same whether it is somebody's."""
    form = PasswordResetForm(request.POST or None)
    sent = (
        request.method == "POST"
        and form.is_valid()
        and form.send(client_of(request), get_language() or "")
    )
    return answer_form(request, "registration/password_reset.html", form, sent=sent)


@sensitive_post_parameters("password")
@never_cache
@csrf_protect
def confirm_page(request: HttpRequest) -> HttpResponseBase:
    """Where the link of the mail leads. Mail programs may look at it; only the form uses it up."""
    form = NewPasswordForm(request.POST or None, initial={"token": request.GET.get("token", "")})
    if request.method == "POST" and form.is_valid() and form.reset(client_of(request)):
        messages.success(request, _("Your new password is set. Log in with it."))
        return redirect("login")
    return answer_form(request, "registration/password_reset_confirm.html", form)
