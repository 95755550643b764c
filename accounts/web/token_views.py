"""The settings page of personal access tokens; it works without JavaScript."""

from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.auth.api_tokens import NEVER, create_api_token, revoke_api_token, tokens_of
from accounts.auth.scopes import LABELS, Scope
from accounts.errors import TokenNotFound
from accounts.models import ApiToken, User
from accounts.web.token_forms import TokenForm


@never_cache
@login_required
def tokens_page(request: HttpRequest) -> HttpResponse:
    """Lists one's tokens and makes new ones. A secret is shown in the answer to its form alone."""
    user = request.user
    assert isinstance(user, User)
    form, new = TokenForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        new = form.make(partial(create_api_token, user=user, made_by=user))
        form = TokenForm() if new is not None else form
    listed = [token_row(token) for token in tokens_of(user.pk)]
    return render(request, "accounts/tokens.html", {"form": form, "new": new, "tokens": listed})


@require_POST
@login_required
def revoke(request: HttpRequest, token_id: UUID) -> HttpResponseBase:
    assert isinstance(request.user, User)
    with suppress(TokenNotFound):  # by another tab
        revoke_api_token(user_id=request.user.pk, token_id=token_id)
    return redirect("tokens")


def token_row(token: ApiToken) -> dict[str, Any]:
    """What a page shows of a token."""
    sign_in = token.sign_in
    is_used = sign_in.last_used_at > sign_in.created_at
    return {
        "id": token.pk,
        "name": token.name,
        "scopes": [LABELS[Scope(scope)] for scope in token.scopes],
        "last_used_at": sign_in.last_used_at if is_used else None,
        "expires_at": None if sign_in.expires_at == NEVER else sign_in.expires_at,
    }
