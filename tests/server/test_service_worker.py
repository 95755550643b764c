"""What makes the chat installable."""

import json
import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from chatproject.core.web.es_modules import module_graph
from chatproject.core.web.service_worker import FONT, LOOKS, STYLES
from tests.database import ROOT


def test_the_worker_knows_what_to_keep(client: Client) -> None:
    answer = client.get("/sw.js")
    assert answer["Content-Type"] == "text/javascript"
    assert "no-cache" in answer["Cache-Control"]
    assert "__PRECACHE" not in answer.text
    found = re.search(r"const PRECACHE = (\[.*?\]);", answer.text)
    assert found
    kept = json.loads(found[1])
    assert {f"/static/{name}" for name in (*STYLES, *LOOKS)} <= set(kept)
    assert f"/static/{FONT}" in kept
    for name in module_graph("chat/js/main.js", and_later=True):
        assert f"/static/{name}" in kept
    for path in kept:
        assert finders.find(path.removeprefix("/static/"))


def test_the_styles_that_it_keeps_are_those_of_the_page() -> None:
    page = (ROOT / "templates" / "chat.html").read_text()
    named = re.findall(r"""href="{% static '(\S+\.css)' %}">""", page)
    assert tuple(named) == STYLES


def test_the_manifest_names_icons_that_are_there(client: Client) -> None:
    answer = client.get("/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    manifest = json.loads(answer.text)
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == (
        "/",
        "/",
        "standalone",
    )
    assert {icon["sizes"] for icon in manifest["icons"]} >= {"192x192", "512x512"}
    assert "maskable" in {icon.get("purpose") for icon in manifest["icons"]}
    for icon in manifest["icons"]:
        assert finders.find(icon["src"].removeprefix("/static/"))


@pytest.mark.parametrize("address", ["/favicon.ico"])
def test_an_icon_for_whoever_asks_without_reading(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 302
    assert finders.find(answer["Location"].removeprefix("/static/"))
