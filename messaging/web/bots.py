"""The settings page of the bots that one has made; it works without JavaScript."""

from contextlib import suppress
from functools import partial
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.errors import TokenNotFound
from accounts.models import User
from accounts.people import names
from accounts.web.token_forms import TokenForm
from accounts.web.token_views import token_row
from chatproject.core.errors import InvalidInput
from messaging.integrations.bots import (
    bots_of,
    close_bot,
    create_bot,
    create_bot_token,
    may_make_bots,
    own_bot,
    revoke_bot_token,
    tokens_of_bot,
)
from messaging.integrations.errors import BotNotFound, BotRightMissing, TooManyBots


class BotForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=names.MAX_LENGTH)

    def make(self, by: User) -> bool:
        try:
            create_bot(by=by, name=self.cleaned_data["name"])
        except InvalidInput as refusal:
            for error in refusal.errors:
                self.add_error(error["field"], error["detail"])
        except (BotRightMissing, TooManyBots) as refusal:
            self.add_error(None, refusal.detail)
        return not self.errors


@never_cache
@login_required
def bots_page(request: HttpRequest) -> HttpResponse:
    """The bots that one has made, and a form for another."""
    user = _person(request)
    form = BotForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and form.make(user):
        return redirect("settings-bots")
    listed = [bot.user for bot in bots_of(user.pk)]
    context = {"form": form, "bots": listed, "may_make": may_make_bots(user)}
    return render(request, "accounts/bots.html", context)


@never_cache
@login_required
def bot_page(request: HttpRequest, bot_id: UUID) -> HttpResponse:
    """The tokens of a bot. A secret is shown in the answer to its form alone."""
    user = _person(request)
    try:
        bot = own_bot(user, bot_id)
    except BotNotFound as error:
        raise Http404 from error
    form, new = TokenForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        new = form.make(partial(create_bot_token, by=user, bot_id=bot_id))
        form = TokenForm() if new is not None else form
    listed = [token_row(token) for token in tokens_of_bot(by=user, bot_id=bot_id)]
    context = {"bot": bot.user, "form": form, "new": new, "tokens": listed}
    return render(request, "accounts/bot.html", context)


@require_POST
@login_required
def revoke_token(request: HttpRequest, bot_id: UUID, token_id: UUID) -> HttpResponseBase:
    with suppress(BotNotFound, TokenNotFound):  # by another tab
        revoke_bot_token(by=_person(request), bot_id=bot_id, token_id=token_id)
    return redirect("settings-bot", bot_id)


@require_POST
@login_required
def close(request: HttpRequest, bot_id: UUID) -> HttpResponseBase:
    with suppress(BotNotFound):
        close_bot(by=_person(request), bot_id=bot_id)
    return redirect("settings-bots")


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
