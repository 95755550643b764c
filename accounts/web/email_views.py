"""Pages that confirm and change addresses; they work without JavaScript."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.auth.client_address import client_of
from accounts.auth.rate_limits import count_attempt
from accounts.errors import LinkNotValid
from accounts.people.email_changes import Confirmed, ask_to_verify, confirm_email
from accounts.people.mail_settings import unsubscribe
from accounts.people.registrations import confirm_registration
from accounts.web.answers import answer_form
from accounts.web.email_forms import EmailChangeForm
from accounts.web.settings_views import person_of
from chatproject.core.errors import RateLimited


@never_cache
@csrf_protect
def confirm_page(request: HttpRequest) -> HttpResponseBase:
    """Where the links of mails lead. Mail programs may look at it; only the button confirms."""
    token = request.POST.get("token", request.GET.get("token", ""))
    if request.method != "POST":
        return render(request, "registration/confirm_email.html", {"token": token})
    try:
        count_attempt(what="emailed-link", account="", address=client_of(request).address)
        if confirm_registration(token) is not None:
            messages.success(request, _("Your account is ready. Log in."))
            return redirect("login")
        confirmed = confirm_email(token)
    except RateLimited as refusal:
        context = {"token": token, "refusal": refusal.detail}
        return render(request, "registration/confirm_email.html", context, status=refusal.status)
    except LinkNotValid:
        context = {"refusal": _("This link is no longer valid. Ask for a new one.")}
        return render(request, "registration/confirm_email.html", context, status=400)
    return render(request, "registration/confirm_email.html", {"done": _said(confirmed)})


@sensitive_post_parameters("password")
@never_cache
@login_required
def change_page(request: HttpRequest) -> HttpResponseBase:
    form = EmailChangeForm(request.POST or None)
    user, client = person_of(request), client_of(request)
    is_sent = request.method == "POST" and form.is_valid()
    if is_sent and form.change(user, client, get_language() or ""):
        messages.success(request, _("Open the links in the mails to both addresses."))
        return redirect("settings")
    return answer_form(request, "accounts/email.html", form)


@require_POST
@login_required
def verify(request: HttpRequest) -> HttpResponseBase:
    """Has the link that confirms the address sent."""
    try:
        ask_to_verify(
            user=person_of(request), client=client_of(request), language=get_language() or ""
        )
    except RateLimited as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, _("A link is on its way to your address."))
    return redirect("settings")


@never_cache
@csrf_exempt  # a mail program posts without having loaded the page (RFC 8058)
def unsubscribe_page(request: HttpRequest) -> HttpResponseBase:
    """Ends digests, without a sign-in. Looking at it changes nothing."""
    context: dict[str, object] = {"token": request.GET.get("token", "")}
    if request.method == "POST":
        try:
            unsubscribe(request.GET.get("token", ""))
        except LinkNotValid as refusal:
            context = {"refusal": refusal.detail}
            return render(request, "registration/unsubscribe.html", context, status=refusal.status)
        context["is_done"] = True
    return render(request, "registration/unsubscribe.html", context)


def _said(confirmed: Confirmed) -> str:
    return {
        Confirmed.VERIFIED: _("Your address has been confirmed."),
        Confirmed.WAITING: _("Now open the link in the mail to the other address."),
        Confirmed.CHANGED: _("Your address has been changed."),
    }[confirmed]
