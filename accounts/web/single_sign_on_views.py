"""Log-in by single sign-on, and the provider's word that somebody has logged out there."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from accounts.auth.relying_party import relying_party_of
from accounts.auth.sign_ins import ProviderSession
from accounts.second_factor.steps import ask_for_second_factor
from accounts.single_sign_on import authorization
from accounts.single_sign_on.back_channel import end_by_logout_token
from accounts.single_sign_on.errors import ProviderRefused, SingleSignOnOff
from accounts.single_sign_on.identities import identity_of
from accounts.web.log_in_steps import keep_step, log_in_browser
from chatproject.core.errors import Refusal, Unavailable

_NAME = "single_sign_on"
BODY_LIMIT = 64 * 1024


@never_cache
@require_GET
def begin_page(request: HttpRequest) -> HttpResponseBase:
    """Leads to the provider; the session keeps what its answer is checked with."""
    try:
        asked, address = authorization.begin(_redirect_uri(request))
    except Refusal as refusal:
        return _begin_again(request, refusal)
    request.session[_NAME] = {**asked._asdict(), "next": _safe_next(request)}
    return redirect(address)


@never_cache
@require_GET
def answer_page(request: HttpRequest) -> HttpResponseBase:
    """Where the provider sends people back to."""
    kept: dict[str, str] | None = request.session.pop(_NAME, None)
    try:
        if kept is None:
            raise ProviderRefused
        asked = authorization.Request(*(kept[name] for name in authorization.Request._fields))
        person = authorization.complete(asked, request.GET.dict(), _redirect_uri(request))
        identity = identity_of(person)
    except Refusal as refusal:
        return _begin_again(request, refusal)
    return _let_in(request, identity, ProviderSession(identity.pk, person.session), kept["next"])


def _let_in(
    request: HttpRequest, identity: Any, provider_session: ProviderSession, to: str
) -> HttpResponseBase:
    """At once; where OIDC_MFA says so, after the person's second factor."""
    if settings.OIDC_MFA == "own" and identity.user.has_second_factor:
        keep_step(request, ask_for_second_factor(identity.user).step_token, provider_session)
        query = urlencode({"next": to})
        return redirect(f"{reverse('second-factor-log-in')}?{query}")
    log_in_browser(request, identity.user, provider_session)
    return redirect(to)


@csrf_exempt
@require_POST
def back_channel_logout(request: HttpRequest) -> HttpResponse:
    """The provider's own call, which its signature proves."""
    try:
        end_by_logout_token(request.POST.get("logout_token", ""))
    except Unavailable as refusal:
        return JsonResponse({"error": refusal.code}, status=refusal.status)
    except SingleSignOnOff as refusal:
        return JsonResponse({"error": refusal.code}, status=refusal.status)
    except Refusal as refusal:
        answer = {"error": "invalid_request", "error_description": refusal.detail}
        return _unstored(JsonResponse(answer, status=400))
    return _unstored(HttpResponse(status=200))


def _unstored(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "no-store"
    return answer


def _begin_again(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    messages.error(request, refusal.detail)
    return redirect("login")


def _redirect_uri(request: HttpRequest) -> str:
    return relying_party_of(request).origin + reverse("single-sign-on-answer")


def _safe_next(request: HttpRequest) -> str:
    to = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        to, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return to if is_ours else resolve_url(settings.LOGIN_REDIRECT_URL)
