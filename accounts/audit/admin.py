"""The audit log in the admin, to read and to search; and what has the admin's own acts kept there.

Django's own log of the admin keeps the name of what was changed, and a person's name has to go when
the person is erased. So the admin's pages of this product write into the audit log instead.
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

from accounts.audit.audit_log import record
from accounts.models import AuditEntry, User
from chatproject.core.admin.lists import PlainAdmin, ReadOnlyAdmin
from chatproject.core.api.json import dump

# Fields whose words are a person's own: that they changed is kept, what they were is not.
_WORDS = frozenset(("name", "email", "about", "nickname", "password"))


class AuditedAdmin(PlainAdmin):
    """Writes what is added, changed and deleted on its pages into the audit log."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return self.keep(request, obj, "added", after={"fields": _changed(message)})

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        before, after = vars(request).get("_audited", ({}, {}))
        return self.keep(request, obj, "changed", before=before, after=after or _said(message))

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        return [self.keep(request, obj, "deleted") for obj in queryset]

    def keep(self, request: HttpRequest, obj: models.Model, verb: str, **what: Any) -> AuditEntry:
        """The entry of one act on one row; `what` is its `before` and `after`."""
        assert isinstance(request.user, User)
        name = obj._meta.model_name  # noqa: SLF001 (documented by Django)
        action = f"{'person' if name == 'user' else name}.{verb}"
        return record(by=request.user, action=action, subject=obj, **what)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            named = [name for name in form.changed_data if name in form.fields]
            vars(request)["_audited"] = (
                {name: _plain(name, form.initial.get(name)) for name in named},
                {name: _plain(name, form.cleaned_data.get(name)) for name in named},
            )
        super().save_model(request, obj, form, change)


def _plain(name: str, value: Any) -> Any:
    """A form's value as JSON; the words of a person only as that they are there."""
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
    """What Django says of a change that went by no form of ours, such as a new password."""
    return {"fields": _changed(message)} if isinstance(message, list) else {"what": str(message)}


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "who", "action", "subject", "reason", "change")
    list_select_related = ("by",)
    ordering = ("-id",)
    search_fields = ("action",)  # shows the box; what it finds is said below
    search_help_text = (
        "How an act begins (person, message.deleted), the id of whatever it was done to, "
        "or the email address of who did it."
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

    @admin.display(description="who")
    def who(self, entry: AuditEntry) -> str:
        return str(entry.by) if entry.by_id else entry.operator or "the system"

    @admin.display(description="done to")
    def subject(self, entry: AuditEntry) -> str:
        return f"{entry.subject_kind} {entry.subject_id}"

    @admin.display(description="before → after")
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
