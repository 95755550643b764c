"""The audit log's page in the admin, and the base class whose pages write to the audit log.

Django's admin log stores the name of what was changed, and a person's name must go when the person
is erased. So the admin pages of this product write to the audit log instead.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.audit import audit_log
from accounts.models import AuditEntry, User
from chatproject.core.admin.lists import PlainAdmin, ReadOnlyAdmin
from chatproject.core.api.json import dump

# Personal fields: the log says that they changed, and omits their content.
_WORDS = frozenset(("name", "email", "about", "nickname", "password"))


class AuditedAdmin(PlainAdmin):
    """Records additions, changes and deletions made on its pages in the audit log."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return self.record(request, obj, "added", after={"fields": _changed(message)})

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        before, after = vars(request).get("_audited", ({}, {}))
        return self.record(request, obj, "changed", before=before, after=after or _said(message))

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        return [self.record(request, obj, "deleted") for obj in queryset]

    def record(self, request: HttpRequest, obj: models.Model, verb: str, **what: Any) -> AuditEntry:
        """Records one act on one row; `what` is its `before` and `after`."""
        assert isinstance(request.user, User)
        name = obj._meta.model_name  # noqa: SLF001 (documented by Django)
        action = f"{'person' if name == 'user' else name}.{verb}"
        return audit_log.record(by=request.user, action=action, subject=obj, **what)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            named = [name for name in form.changed_data if name in form.fields]
            vars(request)["_audited"] = (
                {name: _plain(name, form.initial.get(name)) for name in named},
                {name: _plain(name, form.cleaned_data.get(name)) for name in named},
            )
        super().save_model(request, obj, form, change)


def _plain(name: str, value: Any) -> Any:
    """A form's value as JSON; the content of a personal field is replaced by an ellipsis."""
    if name in _WORDS:
        return None if not value else "…"
    if isinstance(value, models.Model):
        return str(value.pk)
    if isinstance(value, (QuerySet, Sequence)) and not isinstance(value, str):
        return [_plain("", each) for each in value]
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _changed(message: Any) -> list[str]:
    parts = message if isinstance(message, list) else []
    return [str(name) for part in parts for name in part.get("changed", {}).get("fields", [])]


def _said(message: Any) -> dict[str, Any]:
    """Django's description of a change that used none of our forms, such as a new password."""
    return {"fields": _changed(message)} if isinstance(message, list) else {"what": str(message)}


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "who", "action", "subject", "reason", "change")
    list_select_related = ("by",)
    ordering = ("-id",)
    search_fields = ("action",)  # shows the box; `get_search_results` does the search
    search_help_text = _(
        "The beginning of an action (person, message.deleted), the id of what it was done to, "
        "or the email address of the person who did it."
    )
    fields = (
        *("at", "who", "action", "subject_kind", "subject_id", "person_id", "conversation_id"),
        *("reason", "before", "after"),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (queryset.filter(_found(term)) if term else queryset), False

    @admin.display(description=_("who"))
    def who(self, entry: AuditEntry) -> str:
        return str(entry.by) if entry.by_id else entry.operator or gettext("the system")

    @admin.display(description=_("done to"))
    def subject(self, entry: AuditEntry) -> str:
        return f"{entry.subject_kind} {entry.subject_id}"

    @admin.display(description=_("before → after"))
    def change(self, entry: AuditEntry) -> SafeString:
        sides = [dump(side).decode() if side else "" for side in (entry.before, entry.after)]
        return format_html("{} → {}", *sides) if any(sides) else SafeString("")


def _found(term: str) -> Q:
    if "@" in term:
        return Q(by__in=list(User.objects.by_email(term)))
    try:
        key = UUID(term)
    except ValueError:
        return Q(action__startswith=term.lower()) | Q(subject_id=term)
    return (
        Q(pk=key) | Q(subject_id=str(key)) | Q(person_id=key) | Q(conversation_id=key) | Q(by=key)
    )


class AuditedGroupAdmin(AuditedAdmin, GroupAdmin):
    filter_horizontal = ()  # its script writes HTML, which Trusted Types forbid


admin.site.unregister(Group)
admin.site.register(Group, AuditedGroupAdmin)
