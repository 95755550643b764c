"""Puts our admin site in the place of Django's; `INSTALLED_APPS` names it."""

from django.contrib.admin import apps

from chatproject.core.admin.labels import translate_labels


class AdminConfig(apps.AdminConfig):
    default_site = "accounts.admin_site.AdminSite"

    def ready(self) -> None:
        translate_labels()
        super().ready()
