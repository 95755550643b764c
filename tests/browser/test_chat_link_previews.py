"""Link previews in the page: a card comes, with a picture of ours, and the author takes it away."""

from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.browser import ENVIRONMENT, NARROW, Person, Window
from tests.core.test_outbound import Server, reply
from tests.servers import ServerProcess

PAGE = b"""<title>Soup</title><meta property="og:description" content="How to cook it">
<meta property="og:image" content="/pot.png"><meta property="og:site_name" content="Kitchen">"""


@pytest.fixture(scope="module")
def site() -> Iterator[Server]:
    """A site with a page and its picture."""
    file = BytesIO()
    Image.new("RGB", (640, 320), "red").save(file, "PNG")
    answers = {"/soup": ("text/html", PAGE), "/pot.png": ("image/png", file.getvalue())}
    site = Server()
    site.answer = lambda it: reply(
        it, 200, answers[it.path][1], **{"Content-Type": answers[it.path][0]}
    )
    yield site
    site.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, site: Server) -> Iterator[ServerProcess]:
    env = ENVIRONMENT | {"LINK_PREVIEWS": "on", "LINK_PREVIEW_HOSTS": site.host}
    with ServerProcess(tmp_path_factory.mktemp("web"), env=env) as process:
        yield process


def test_a_card_comes_and_is_removed(
    make_person: Callable[[str], Person], open_window: Callable[..., Window], site: Server
) -> None:
    ann, ben = make_person("Ann"), make_person("Ben")
    group = ann.begin("Cooks", ben)
    one, other = open_window(ann), open_window(ben, viewport=NARROW)
    one.open(group)
    other.open(group)
    one.send(f"Look: {site.url}/soup and `{site.url}/code`")

    for window in (one, other):
        card = window.page.get_by_role("link", name=f"Kitchen · {site.host} Soup How to cook it")
        expect(card).to_have_attribute("href", f"{site.url}/soup")
        picture = card.locator("img")
        expect(picture).to_have_js_property("naturalWidth", 320)
        assert (picture.get_attribute("src") or "").startswith(f"/v1/conversations/{group}/")
        assert window.accessibility_violations() == []
    assert sorted(path for path, _, _ in site.asked) == ["/pot.png", "/soup"]

    for window, is_offered in ((other, False), (one, True)):
        window.row("Look:").focus()
        window.page.keyboard.press("Enter")
        expect(window.page.get_by_role("menuitem", name="Forward")).to_be_visible()
        item = window.page.get_by_role("menuitem", name="Remove preview")
        expect(item).to_have_count(int(is_offered))
    item.click()
    for window in (one, other):
        expect(window.page.locator(".link-preview")).to_have_count(0)
    other.page.reload()
    expect(other.row("Look:")).to_be_visible()
    expect(other.page.locator(".link-preview")).to_have_count(0)
