"""Every page of the admin in German: no English name of a table or column, nothing for axe."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from tests.browser.browser import Window
from tests.browser.scene import Scene, make_scene
from tests.servers import ServerProcess

# Rows of tables that the scene leaves empty, and an operator who may see all.
SETTING = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import Invite, Mute, SiteSettings, Suspension, User
from conversations.models import Ban, Conversation
from messaging.models import Hide, WordFilter
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
        return {
            model._meta.label_lower: [
                [str(model._meta.verbose_name), str(model._meta.verbose_name_plural)],
                [str(field.verbose_name) for field in model._meta.fields],
            ]
            for model in admin.site._registry
        }
rows = {model._meta.label_lower: str(model.objects.values_list("pk", flat=True).first() or "")
        for model in admin.site._registry}
print("NAMES" + json.dumps([names("en"), names("de"), rows]))
"""


@pytest.fixture(scope="module")
def scene(server: ServerProcess) -> Scene:
    made = make_scene(server.base_url)
    server.manage("shell", "--no-imports", "-c", SETTING.format(email=made.moderator.email))
    return made


class Names(NamedTuple):
    """By the label of a table: its own names and its columns', and the key of one of its rows."""

    english: dict[str, list[list[str]]]
    german: dict[str, list[list[str]]]
    rows: dict[str, str]

    def only_english(self) -> set[str]:
        """The names that German does not have, in lower case."""
        english, german = (
            {name.lower() for names in side.values() for some in names for name in some}
            for side in (self.english, self.german)
        )
        return english - german


@pytest.fixture(scope="module")
def names(server: ServerProcess, scene: Scene) -> Names:
    said = server.manage("shell", "--no-imports", "-c", NAMES)
    parts: list[Any] = json.loads(said.split("NAMES", 1)[1])
    return Names(*parts)


def addresses(names: Names) -> list[str]:
    found = ["/admin/", "/admin/password_change/", "/admin/accounts/", "/admin/messaging/"]
    for label, row in names.rows.items():
        table = "/admin/" + label.replace(".", "/")
        found += [f"{table}/"] + ([f"{table}/{row}/change/"] if row else [])
    return [*found, "/admin/accounts/user/add/", "/admin/messaging/wordfilter/add/"]


# What names something: headings, columns, labels, the path to the page, the list of tables.
SAID = """() => [...document.querySelectorAll(
    "h1, h2, h3, th, label, legend, dt, caption, summary, .breadcrumbs a, #nav-sidebar a"
)].filter((each) => !each.closest("tbody, pre, .panel ul"))
    .map((each) => each.innerText.trim().replace(/:$/, "").toLowerCase()).filter(Boolean)"""


def test_every_page_is_german_and_axe_finds_nothing(
    scene: Scene, names: Names, open_window: Callable[..., Window]
) -> None:
    window = open_window(scene.moderator, locale="de-DE")
    page = window.page
    english = names.only_english()
    assert {"created at", "conversations", "word filters"} <= english
    found = {}
    for address in addresses(names):
        answer = page.goto(address)
        assert answer
        assert answer.ok, address
        wrong = sorted(english.intersection(page.evaluate(SAID)))
        findings = window.accessibility_violations()
        if wrong or findings:
            found[address] = [*wrong, *findings]
    assert found == {}
