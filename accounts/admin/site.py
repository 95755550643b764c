"""Admin pages of who comes in: settings of the site, and invites."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.audit.admin import AuditedAdmin
from accounts.models import (
    Invite,
    SiteSettings,
)
from chatproject.core.admin.lists import NewestPaginator, ReadOnlyAdmin
from chatproject.environment.registration import is_registration


class SiteSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = SiteSettings
        fields = ("registration",)

    def clean_registration(self) -> str:
        said: str = self.cleaned_data["registration"].strip().lower()
        if said and not is_registration(said):
            raise ValidationError(_("Enter open, invite, closed, or domain:example.org."))
        return said


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
