"""Admin pages of people, sign-ins, contacts and blocks. They never show a password's hash."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.audit.admin import AuditedAdmin
from accounts.auth.api_tokens import NEVER
from accounts.auth.sign_ins import end_all_sign_ins, end_sign_in
from accounts.email_addresses import normalize_email
from accounts.errors import PersonNotFound, SignInNotFound
from accounts.models import (
    ApiToken,
    Attempt,
    Block,
    Bot,
    Contact,
    Invite,
    LastSeen,
    Mute,
    SignIn,
    SiteSettings,
    SocketTicket,
    Suspension,
    User,
)
from accounts.people.accounts import close_account
from accounts.people.names import name_errors
from chatproject.core.admin.lists import NewestPaginator, ReadOnlyAdmin
from chatproject.core.admin.times import short_time
from chatproject.environment.registration import is_registration


class _PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    """Validates names and normalizes emails."""

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if wrong := name_errors(name):
            raise ValidationError([error["detail"] for error in wrong])
        return name

    def clean_email(self) -> str | None:
        email = self.cleaned_data["email"]
        return normalize_email(email) if email else None


class PersonForm(_PersonForm):
    class Meta:
        model = User
        fields = "__all__"  # noqa: DJ007 (the admin's fieldsets choose)


class SiteSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = SiteSettings
        fields = ("registration",)

    def clean_registration(self) -> str:
        said: str = self.cleaned_data["registration"].strip().lower()
        if said and not is_registration(said):
            raise ValidationError(_("Say open, invite, closed, or domain:example.org."))
        return said


class NewPersonForm(_PersonForm, AdminUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("email", "name")


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]
    """Sets a new password or makes it unusable; ends all sign-ins."""

    @transaction.atomic
    def save(self, commit: bool = True) -> Any:
        end_all_sign_ins(user_id=self.user.pk)
        return super().save(commit=commit)


@admin.register(User)
class UserAdmin(AuditedAdmin, DjangoUserAdmin):  # type: ignore[type-arg]
    form = PersonForm
    add_form = NewPersonForm
    change_password_form = PasswordForm
    paginator = NewestPaginator
    show_full_result_count = False
    filter_horizontal = ()  # its script writes HTML, which Trusted Types forbid
    ordering = ("-id",)
    list_display = ("name", "email", "is_active", "is_bot", "is_staff", "created_at")
    list_filter = ("is_active", "is_bot", "is_staff", "groups")
    search_fields = ("name", "email")
    readonly_fields = (
        "id",
        "password_link",
        "email_verified_at",
        "email_bounced_at",
        "last_login",
        "created_at",
        "deactivated_at",
        "origin",
    )
    fieldsets = (
        (None, {"fields": ("id", "name", "email", "password_link", "about", "is_bot")}),
        (
            _("Rights"),
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        (_("Mail"), {"fields": ("email_verified_at", "email_bounced_at")}),
        (_("History"), {"fields": ("created_at", "last_login", "deactivated_at", "origin")}),
    )
    add_fieldsets = (
        (
            None,
            {"fields": ("email", "name", "usable_password", "password1", "password2")},
        ),
    )

    @admin.display(description=_("Password"))
    def password_link(self, person: User) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>',
            reverse("admin:auth_user_password_change", args=[person.pk]),
            _("Set another"),
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody can delete people: their name stands beside their messages."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only administrators can change staff."""
        is_staff = obj is not None and (obj.is_staff or obj.is_superuser)
        if is_staff and not request.user.is_superuser:
            return False
        return bool(super().has_change_permission(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only administrators change rights: who can grant one could grant themselves all."""
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else (*fields, *self.fieldsets[1][1]["fields"])

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if change and "email" in form.changed_data:
            obj.email_verified_at = obj.email_bounced_at = None  # of the former address
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            if change and not obj.is_active:
                end_all_sign_ins(user_id=obj.pk)
            if change and obj.is_active:
                Suspension.objects.filter(user=obj, lifted_at=None).update(lifted_at=Now())


@admin.register(SignIn)
class SignInAdmin(ReadOnlyAdmin):
    list_display = ("user", "kind", "address", "user_agent", "last_used_at", "ended_at")
    list_select_related = ("user",)
    list_filter = ("kind",)
    ordering = ("-id",)
    search_fields = ("user__email", "user__name", "address")
    exclude = ("refresh_jti",)
    actions = ("end",)

    @admin.action(description=_("End the chosen sign-ins"), permissions=["end"])
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


@admin.register(Contact)
class ContactAdmin(ReadOnlyAdmin):
    list_display = ("owner", "person", "nickname", "created_at")
    list_select_related = ("owner", "person")
    search_fields = ("owner__name", "owner__email", "person__name", "nickname")
    ordering = ("-id",)


@admin.register(Block)
class BlockAdmin(ReadOnlyAdmin):
    list_display = ("blocker", "blocked", "created_at")
    list_select_related = ("blocker", "blocked")
    search_fields = ("blocker__name", "blocker__email", "blocked__name", "blocked__email")
    ordering = ("-id",)


@admin.register(LastSeen)
class LastSeenAdmin(ReadOnlyAdmin):
    list_display = ("user", "at")
    list_select_related = ("user",)
    ordering = ("-at",)
    search_fields = ("user__name", "user__email")


@admin.register(Suspension)
class SuspensionAdmin(ReadOnlyAdmin):
    list_display = ("user", "by", "reason", "created_at", "ends_at", "lifted_at")
    list_select_related = ("user", "by")
    search_fields = ("user__email", "user__name")
    ordering = ("-id",)


@admin.register(Mute)
class MuteAdmin(ReadOnlyAdmin):
    list_display = ("user", "by", "reason", "created_at", "ends_at")
    list_select_related = ("user", "by")
    search_fields = ("user__email", "user__name")
    ordering = ("-created_at",)


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

    @admin.action(description=_("Revoke the chosen tokens"), permissions=["revoke"])
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

    @admin.action(description=_("Close the chosen bots for good"), permissions=["close"])
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


@admin.register(Invite)
class InviteAdmin(ReadOnlyAdmin):
    """Without tokens: by one anybody comes in."""

    list_display = ("created_at", "created_by", "conversation_id", "uses", "max_uses", "expires_at")
    list_select_related = ("created_by",)
    exclude = ("token",)
    paginator = NewestPaginator
    ordering = ("-id",)


@admin.register(SiteSettings)
class SiteSettingsAdmin(AuditedAdmin):
    """The one row of settings that have precedence over the environment."""

    form = SiteSettingsForm

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is no list of one row: its page, or the one that makes it."""
        row = SiteSettings.objects.first()
        if row is None and not self.has_add_permission(request):
            return super().changelist_view(request, extra_context)
        place = "add" if row is None else "change"
        return redirect(f"admin:accounts_sitesettings_{place}", *([] if row is None else [row.pk]))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not SiteSettings.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: SiteSettings | None = None) -> bool:
        return False
