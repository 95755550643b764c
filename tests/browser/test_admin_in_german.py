"""Every page of the admin in German: no English name of a table or column, nothing for axe."""

import re
import subprocess
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.browser import Person, Window, log_in
from tests.browser.scene import Scene, make_scene
from tests.servers import ServerProcess

# Rows of tables that the scene leaves empty, and an operator who may see all.
SETTING = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import *
from accounts.models import ApiToken, Bot, Invite, Mute, SiteSettings, Suspension
from conversations.models import *
from messaging.models import *
person = User.objects.get(email="{email}")
person.is_staff = person.is_superuser = True
person.save()
other = User.objects.exclude(pk=person.pk).first()
room = Conversation.objects.exclude(title="").first()
soon = timezone.now() + timedelta(hours=1)
Suspension.objects.create(user=other, by=person, reason="x", lifted_at=timezone.now())
Mute.objects.create(user=other, by=person, reason="x")
Ban.objects.create(conversation=room, user=other, banned_by=person, reason="x")
Invite.objects.create(created_by=person, token="t", expires_at=soon)
WordFilter.objects.create(word="foul", act="flag")
SiteSettings.objects.create()
Hide.objects.create(conversation=room, seq=1, user=person)
"""
# For each table: its address, its names in English and German, those of its columns.
NAMES = """
import json
from django.contrib import admin
from django.utils import translation
def names(language):
    with translation.override(language):
        return {{
            model._meta.label_lower: [
                [str(model._meta.verbose_name), str(model._meta.verbose_name_plural)],
                [str(field.verbose_name) for field in model._meta.fields],
            ]
            for model in admin.site._registry
        }}
rows = {{model._meta.label_lower: str(model.objects.values_list("pk", flat=True).first() or "")
        for model in admin.site._registry}}
print("NAMES" + json.dumps([names("en"), names("de"), rows]))
"""


@pytest.fixture(scope="module")
def scene(server: ServerProcess) -> Scene:
    made = make_scene(server.base_url)
    server.manage("shell", "--no-imports", "-c", SETTING.format(email=made.moderator.email))
    return made
