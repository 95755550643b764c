"""The admin page of background tasks, with columns in the reader's language."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django.admin import ProcrastinateEventInline, ProcrastinateJobAdmin
from procrastinate.contrib.django.models import ProcrastinateJob

from chatproject.core.admin.lists import ReadOnlyAdmin


class JobAdmin(ReadOnlyAdmin, ProcrastinateJobAdmin):
    inlines = (ProcrastinateEventInline,)

    @admin.display(description=_("state"))
    def pretty_status(self, instance: Any) -> str:
        return str(super().pretty_status(instance))

    @admin.display(description=_("task"))
    def short_task_name(self, instance: Any) -> str:
        return str(super().short_task_name(instance))

    @admin.display(description=_("arguments"))
    def pretty_args(self, instance: Any) -> str:
        return str(super().pretty_args(instance))

    @admin.display(description=_("last step"))
    def summary(self, instance: Any) -> str:
        return str(super().summary(instance))


admin.site.unregister(ProcrastinateJob)
admin.site.register(ProcrastinateJob, JobAdmin)
