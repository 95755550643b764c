"""axe finds nothing of any level on any page, pane, menu and dialog: wide and light, narrow and
dark."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.browser import PHONE, WIDE, Window, log_in
from tests.browser.scene import Scene, make_scene
from tests.browser.staff import promote
from tests.browser.views import VIEWS, opened
from tests.servers import ServerProcess

LOOKS: dict[str, dict[str, Any]] = {
    "wide": {"viewport": WIDE, "color_scheme": "light"},
    "phone": {"viewport": PHONE, "color_scheme": "dark", "has_touch": True},
}
# What these are opened by is behind another pane where a phone has one alone.
WIDE_ALONE = {"conversation-menu", "profile-menu", "search", "member-menu", "emoji"}


@pytest.fixture(scope="module")
def scene(server: ServerProcess) -> Scene:
    made = make_scene(server.base_url)
    promote(server, made.moderator, "Moderator")
    return made


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing(
    browser: Browser, server: ServerProcess, scene: Scene, look: str
) -> None:
    people = {"guest": None, "viewer": scene.viewer, "moderator": scene.moderator}
    found: dict[str, list[str]] = {}
    for role, person in people.items():
        context = browser.new_context(
            base_url=server.base_url, locale="en-US", reduced_motion="reduce", **LOOKS[look]
        )
        context.set_default_timeout(15_000)
        if person is not None:
            log_in(context, server.base_url, person)
        window = Window(context.new_page())
        left_out = WIDE_ALONE if look == "phone" else set()
        views = (it for it in VIEWS if it.role == role and it.name not in left_out)
        for view in opened(window.page, scene, views):
            if findings := window.accessibility_violations():
                found[view.name] = findings
        context.close()
    assert found == {}
