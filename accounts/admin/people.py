"""Admin pages of people: accounts (without password hashes), contacts, blocks, suspensions and
mutes.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.audit.admin import AuditedAdmin
from accounts.auth.sign_ins import end_all_sign_ins
from accounts.email_addresses import normalize_email
from accounts.models import (
    Block,
    Contact,
    LastSeen,
    Mute,
    Suspension,
    User,
)
from accounts.people.names import name_errors
from chatproject.core.admin.lists import NewestPaginator, ReadOnlyAdmin


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


class NewPersonForm(_PersonForm, AdminUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("email", "name")


LINK = "password_link"


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

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without the link to another password for who may not set one."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [
            (title, {**options, "fields": [name for name in options["fields"] if name != LINK]})
            for title, options in fieldsets
        ]

    @admin.display(description=_("Password"))
    def password_link(self, person: User) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>',
            reverse("admin:auth_user_password_change", args=[person.pk]),
            _("Set a new one"),
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


@admin.register(LastSeen)
class LastSeenAdmin(ReadOnlyAdmin):
    list_display = ("user", "at")
    list_select_related = ("user",)
    ordering = ("-at",)
    search_fields = ("user__name", "user__email")


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
