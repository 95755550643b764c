"""The admin page of background tasks, with columns in the reader's language."""

import json
from typing import Any

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django.admin import ProcrastinateEventInline, ProcrastinateJobAdmin
from procrastinate.contrib.django.models import ProcrastinateJob

from chatproject.core.admin.lists import ReadOnlyAdmin

MAX_ARGUMENTS = 2_000  # characters of them that are shown


class JobAdmin(ReadOnlyAdmin, ProcrastinateJobAdmin):
    inlines = [ProcrastinateEventInline]

    @admin.display(description=_("state"))
    def pretty_status(self, instance: Any) -> str:
        return str(super().pretty_status(instance))

    @admin.display(description=_("task"))
    def short_task_name(self, instance: Any) -> str:
        return str(super().short_task_name(instance))

    @admin.display(description=_("arguments"))
    def pretty_args(self, instance: Any) -> SafeString:
        """Without the style that the content policy forbids."""
        return format_html("<pre>{}</pre>", json.dumps(instance.args)[:MAX_ARGUMENTS])

    @admin.display(description=_("last step"))
    def summary(self, instance: Any) -> str:
        return str(super().summary(instance))


admin.site.unregister(ProcrastinateJob)
admin.site.register(ProcrastinateJob, JobAdmin)
