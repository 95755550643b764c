"""Puts our admin site in the place of Django's; `INSTALLED_APPS` names it."""

from django.contrib.admin import apps


class AdminConfig(apps.AdminConfig):
    default_site = "accounts.admin_site.AdminSite"
