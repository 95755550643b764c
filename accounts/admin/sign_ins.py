"""Admin pages of sign-ins, of programs that sign in by a token, and attempts, without secrets."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.auth.api_tokens import NEVER
from accounts.auth.sign_ins import end_sign_in
from accounts.errors import PersonNotFound, SignInNotFound
from accounts.models import (
    ApiToken,
    Attempt,
    Bot,
    SignIn,
    SocketTicket,
)
from accounts.people.accounts import close_account
from chatproject.core.admin.lists import ReadOnlyAdmin
from chatproject.core.admin.times import short_time


@admin.register(SignIn)
class SignInAdmin(ReadOnlyAdmin):
    list_display = ("user", "kind", "address", "user_agent", "last_used_at", "ended_at")
    list_select_related = ("user",)
    list_filter = ("kind",)
    ordering = ("-id",)
    search_fields = ("user__email", "user__name", "address")
    exclude = ("refresh_jti",)
    actions = ("end",)

    @admin.action(description=_("End the selected sign-ins"), permissions=["end"])
    def end(self, request: HttpRequest, chosen: QuerySet[SignIn]) -> None:
        ended = sum(map(_end, chosen))
        self.message_user(
            request,
            ngettext("{count} sign-in ended.", "{count} sign-ins ended.", ended).format(
                count=ended
            ),
            messages.SUCCESS,
        )

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_signin")


def _end(sign_in: SignIn) -> bool:
    try:
        end_sign_in(user_id=sign_in.user_id, sign_in_id=sign_in.pk)
    except SignInNotFound:
        return False
    return True


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    list_display = ("name", "account", "scopes", "made_by", "last_used_at", "expires_at", "is_live")
    list_select_related = ("sign_in__user", "made_by")
    search_fields = ("name", "sign_in__user__name", "made_by__name", "made_by__email")
    ordering = ("-pk",)
    exclude = ("digest",)
    actions = ("revoke",)

    @admin.display(description=_("Account"))
    def account(self, token: ApiToken) -> str:
        return str(token.sign_in.user)

    @admin.display(description=_("Last used"))
    def last_used_at(self, token: ApiToken) -> SafeString | None:
        return short_time(token.sign_in.last_used_at)

    @admin.display(description=_("Expires"))
    def expires_at(self, token: ApiToken) -> SafeString | None:
        return None if token.sign_in.expires_at == NEVER else short_time(token.sign_in.expires_at)

    @admin.display(description=_("Live"), boolean=True)
    def is_live(self, token: ApiToken) -> bool:
        return token.sign_in.ended_at is None and token.sign_in.expires_at > timezone.now()

    @admin.action(description=_("Revoke the selected tokens"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiToken]) -> None:
        ended = sum(_end(token.sign_in) for token in chosen.select_related("sign_in"))
        self.message_user(
            request,
            ngettext("{count} token revoked.", "{count} tokens revoked.", ended).format(
                count=ended
            ),
            messages.SUCCESS,
        )

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_signin")


@admin.register(Bot)
class BotAdmin(ReadOnlyAdmin):
    list_display = ("user", "made_by", "created_at", "is_open")
    list_select_related = ("user", "made_by")
    search_fields = ("user__name", "made_by__name", "made_by__email")
    ordering = ("-pk",)
    actions = ("close",)

    @admin.display(description=_("Open"), boolean=True)
    def is_open(self, bot: Bot) -> bool:
        return bot.user.is_active

    @admin.action(description=_("Close the selected bots permanently"), permissions=["close"])
    def close(self, request: HttpRequest, chosen: QuerySet[Bot]) -> None:
        closed = sum(_close(bot) for bot in chosen.select_related("user"))
        self.message_user(
            request,
            ngettext("{count} bot closed.", "{count} bots closed.", closed).format(count=closed),
            messages.SUCCESS,
        )

    def has_close_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_signin")


def _close(bot: Bot) -> bool:
    try:
        close_account(user=bot.user)
    except PersonNotFound:
        return False
    return True


class _KeptByHash(ReadOnlyAdmin):
    """Rows whose key is the hash of a secret; they have no page of their own."""

    list_display_links = None
    actions = None


@admin.register(Attempt)
class AttemptAdmin(_KeptByHash):
    list_display = ("count", "window_ends_at")
    ordering = ("-window_ends_at",)


@admin.register(SocketTicket)
class SocketTicketAdmin(_KeptByHash):
    list_display = ("sign_in", "expires_at")
    list_select_related = ("sign_in",)
    ordering = ("-expires_at",)
