"""The name, logo and accent colour of the installation, and what people choose for themselves."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from chatproject.environment.branding import ACCENTS
from tests.cast import make_person

pytestmark = pytest.mark.django_db
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def in_browser(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_the_settings_know_the_accents_of_the_model() -> None:
    assert list(ACCENTS) == User.Accent.values


def test_every_accent_has_a_colour() -> None:
    styles = (Path(__file__).parents[2] / "chatproject/static/chat/css/accents.css").read_text()
    for accent in ACCENTS[1:]:
        assert f'[data-accent="{accent}"]' in styles


def test_the_name_is_on_pages_and_in_the_manifest(client: Client, settings: Any) -> None:
    settings.SITE_NAME = "Town <Hall>"
    page = client.get("/login").content.decode()
    assert "Town &lt;Hall&gt;" in page
    assert json.loads(client.get("/manifest.webmanifest").text)["name"] == "Town <Hall>"
    missing = client.get("/nowhere")
    assert "Town &lt;Hall&gt;" in missing.content.decode()


def test_the_logo_is_served_and_runs_nothing(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.SITE_LOGO = tmp_path / "logo.svg"
    settings.SITE_LOGO.write_bytes(LOGO)
    assert '<img src="/logo?' in client.get("/login").content.decode()
    answer = client.get("/logo")
    assert answer.content == LOGO
    assert answer["Content-Type"] == "image/svg+xml"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_without_a_logo_ours_is_shown(client: Client, settings: Any) -> None:
    settings.SITE_LOGO = None
    assert "/logo?" not in client.get("/login").content.decode()
    assert client.get("/logo").status_code == 404


def test_the_installations_accent_and_ones_own(client: Client, settings: Any) -> None:
    settings.SITE_ACCENT = "teal"
    page = client.get("/login").content.decode()
    assert 'data-accent="teal"' in page
    assert "chat/css/accents" in page
    ann = make_person("Ann", accent="indigo", density="compact")
    own = in_browser(ann).get("/settings").content.decode()
    assert "data-accent" not in own
    assert "chat/css/compact" in own
    assert "chat/css/compact" not in page


def test_without_a_choice_no_more_styles_are_loaded(client: Client) -> None:
    page = client.get("/login").content.decode()
    assert "accents" not in page
    assert "compact" not in page


def test_looks_are_chosen_in_the_settings() -> None:
    ann = make_person("Ann")
    form = {
        "name": "Ann",
        "notifications": "all",
        "undo_seconds": "0",
        "accent": "rose",
        "density": "compact",
        "presence": "everyone",
        "receipts": "everyone",
        "writing": "everyone",
        "adding": "everyone",
    }
    assert in_browser(ann).post("/settings", form).status_code == 302
    ann.refresh_from_db()
    assert (ann.accent, ann.density, ann.has_sound) == ("rose", "compact", False)
    refused = in_browser(ann).post("/settings", {**form, "accent": "mauve", "density": "airy"})
    assert refused.status_code == 200
    ann.refresh_from_db()
    assert (ann.accent, ann.density) == ("rose", "compact")


def test_devices_are_told_in_ones_own_time_zone() -> None:
    ann = make_person("Ann", time_zone="Asia/Tokyo")
    assert "(Asia/Tokyo)" in in_browser(ann).get("/settings").content.decode()
