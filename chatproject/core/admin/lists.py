"""Base classes of admin pages over large tables: read-only, and without counting all rows."""

from functools import cached_property
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest

from chatproject.core.admin.times import with_short_times

LISTED = 2_000


class NewestPaginator(Paginator):  # type: ignore[type-arg]
    """Shows the newest LISTED rows; a search finds older ones.

    So neither the count nor the last page's OFFSET grows with the table.
    """

    @cached_property
    def count(self) -> int:
        rows: models.QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[:LISTED].count()


class PlainAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Pages without jQuery, which Trusted Types forbid, and so without pop-ups.

    They do not count the rows of each value of a filter.
    """

    show_facets = admin.ShowFacets.NEVER

    @property
    def media(self) -> forms.Media:
        return forms.Media(js=["admin/js/core.js", "admin/js/actions.js"])

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return with_short_times(self.model, list(super().get_list_display(request)))

    def formfield_for_dbfield(
        self, db_field: "models.Field[Any, Any]", request: Any, **kwargs: Any
    ) -> forms.Field | None:
        field: forms.Field | None = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field


class ReadOnlyAdmin(PlainAdmin):
    """Pages of rows that no form changes. Their admin actions call the actions of the apps."""

    paginator = NewestPaginator
    show_full_result_count = False
    list_max_show_all = 0
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
