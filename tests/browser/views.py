"""Every page, pane, menu and dialog of the scene, by name, and how each is opened.

Nothing here is found by a text of the page, so that it works in every language.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Page, expect

from tests.browser.scene import Scene

# Leaves the page as it was before a menu or dialog opened.
CLOSE = """() => {
  for (const each of document.querySelectorAll("dialog[open]")) each.close();
  for (const each of document.querySelectorAll(":popover-open")) each.hidePopover();
}"""

Role = Literal["guest", "viewer", "moderator"]


@dataclass(frozen=True)
class View:
    """A page by its path; `open` does what is then to be done on it.

    `is_on_top` is a menu or dialog: when it is closed, the page is as it was before.
    """

    name: str
    path: Callable[[Scene], str]
    open: Callable[[Page, Scene], None] = lambda page, scene: None
    role: Role = "viewer"
    is_on_top: bool = False


def at(path: str) -> Callable[[Scene], str]:
    return lambda scene: path


def in_group(scene: Scene) -> str:
    return f"/c/{scene.group}"


def asks_for(kind: str, detail: str = "{}") -> Callable[[Page, Scene], None]:
    """Emits an event of the page, as a button does; GROUP and PERSON are put in as ids."""

    def emit(page: Page, scene: Scene) -> None:
        _arrived(page)
        filled = detail.replace("GROUP", scene.group).replace("PERSON", scene.others[1].id)
        page.evaluate(
            "([kind, detail]) => document.dispatchEvent(new CustomEvent(`chat:${kind}`, {detail}))",
            [kind, page.evaluate(f"({filled})")],
        )
        expect(page.locator("dialog[open], .pane-details").first).to_be_visible()

    return emit


def shows(name: str, filled: str) -> Callable[[Page, Scene], None]:
    """A dialog that loads what it shows."""

    def show(page: Page, scene: Scene) -> None:
        asks_for("dialog", f"{{name: '{name}'}}")(page, scene)
        expect(page.locator(f"dialog[open] :is({filled})").first).to_be_visible()

    return show


def presses(selector: str, appears: str = ":popover-open") -> Callable[[Page, Scene], None]:
    def press(page: Page, scene: Scene) -> None:
        _arrived(page)
        page.locator(selector).last.click()
        expect(page.locator(appears).first).to_be_visible()

    return press


def _arrived(page: Page) -> None:
    expect(
        page.locator(".inbox-row, .row-message, .row-system").locator("visible=true").first
    ).to_be_visible()


def _opened(page: Page, scene: Scene) -> None:
    expect(page.locator(".bar-title")).to_be_visible()


def _details(page: Page, scene: Scene) -> None:
    asks_for("details", "{isOpen: true}")(page, scene)
    expect(
        page.locator(".pane-details .person-row, .pane-details .button-quiet").first
    ).to_be_visible()


def _details_edited(page: Page, scene: Scene) -> None:
    _details(page, scene)
    page.locator(".details-head .button-quiet").first.click()
    expect(page.locator(".details-form").first).to_be_visible()


def _member_menu(page: Page, scene: Scene) -> None:
    _details(page, scene)
    page.locator(".details-list .person-row").nth(1).click()
    expect(page.locator(":popover-open, dialog[open]").first).to_be_visible()


def _message_menu(page: Page, scene: Scene) -> None:
    _arrived(page)
    page.locator(".row-message chat-message").last.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".menu:popover-open")).to_be_visible()


def _reply(page: Page, scene: Scene) -> None:
    _arrived(page)
    page.locator(".row-message chat-message").last.focus()
    page.keyboard.press("r")
    expect(page.locator(".composer-about")).to_be_visible()


def _thread(page: Page, scene: Scene) -> None:
    expect(page.locator(".pane-thread .row-message").nth(1)).to_be_visible()


def _send_later(page: Page, scene: Scene) -> None:
    _arrived(page)
    page.locator(".composer-field").first.fill("The cables are in the shed.")
    button = page.locator(".composer-line .only-wide[aria-haspopup=menu]")
    expect(button).to_have_count(1)
    if button.is_visible():
        button.click()
    else:  # on a phone it is the last one in the menu beside the field
        page.locator(".composer-line .only-narrow").click()
        page.locator(":popover-open [role=menuitem]").last.click()
    expect(page.locator(":popover-open [role=menuitem]").nth(4)).to_be_visible()  # the times


def _search(page: Page, scene: Scene) -> None:
    _arrived(page)
    page.keyboard.press("Control+f")
    page.locator(".search-line input").fill("the")
    expect(page.locator(".search-hit").first).to_be_visible()


def _composer_menu(page: Page, scene: Scene) -> None:
    """The menu that a phone has beside the field; wider windows have a button for each of it."""
    _arrived(page)
    size = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator(".composer-line [aria-haspopup=menu].only-narrow").click()
    expect(page.locator(":popover-open")).to_be_visible()
    if size:
        page.set_viewport_size(size)


def _lightbox(page: Page, scene: Scene) -> None:
    _arrived(page)
    page.locator(".pictures-many .picture").first.press("Enter")
    expect(page.locator("dialog[open]")).to_be_visible()


VIEWS = (
    View("welcome", at("/"), role="guest"),
    View("log-in", at("/login"), role="guest"),
    View("register", at("/register"), role="guest"),
    View("password-reset", at("/password-reset"), role="guest"),
    View("offline", at("/offline"), role="guest"),
    View("not-found", at("/nope"), role="guest"),
    View("settings", at("/settings")),
    View("password", at("/settings/password")),
    View("email", at("/settings/email")),
    View("tokens", at("/settings/tokens")),
    View("second-factor", at("/settings/second-factor")),
    View("invites", at("/settings/invites")),
    View("inbox", at("/")),
    View("group", in_group, lambda page, scene: _arrived(page)),
    View("direct", lambda scene: f"/c/{scene.direct}", _opened),
    View("channel", lambda scene: f"/c/{scene.channel}", _opened),
    View("preview", lambda scene: f"/c/{scene.preview}", _opened),
    View("left", lambda scene: f"/c/{scene.left}", _opened),
    View("blocked", lambda scene: f"/c/{scene.blocked}", _opened),
    View("missing", at("/c/00000000-0000-7000-8000-000000000000")),
    View("details", in_group, _details),
    View("details-direct", lambda scene: f"/c/{scene.direct}", _details),
    View("details-edited", lambda scene: f"/c/{scene.own}", _details_edited),
    View("member-menu", in_group, _member_menu),
    View("reply", in_group, _reply),
    View("search", at("/"), _search),
    View("thread", lambda scene: f"/c/{scene.group}/t/{scene.thread}", _thread),
    View("threads", at("/threads"), lambda page, scene: _arrived(page)),
    View("send-later", lambda scene: f"/c/{scene.direct}", _send_later),
    View("message-menu", in_group, _message_menu, is_on_top=True),
    View("composer-menu", in_group, _composer_menu, is_on_top=True),
    View(
        "conversation-menu",
        in_group,
        presses(".pane-main .bar [aria-haspopup=menu]"),
        is_on_top=True,
    ),
    View(
        "emoji",
        in_group,
        presses(".composer-line > .icon-button >> nth=2", ".emoji-picker:popover-open"),
        is_on_top=True,
    ),
    View("lightbox", in_group, _lightbox, is_on_top=True),
    View(
        "dialog-date", in_group, asks_for("dialog", "{name: 'date', id: 'GROUP'}"), is_on_top=True
    ),
    View("dialog-add", in_group, asks_for("dialog", "{name: 'add', id: 'GROUP'}"), is_on_top=True),
    View(
        "dialog-report",
        in_group,
        asks_for("dialog", "{name: 'report', subject: {userId: 'PERSON'}}"),
        is_on_top=True,
    ),
    View(
        "dialog-readers",
        in_group,
        asks_for(
            "dialog",
            "{name: 'readers', message: document.querySelector('chat-message').message}",
        ),
        is_on_top=True,
    ),
    View("profile-menu", at("/"), presses(".profile-button"), is_on_top=True),
    View("poll", lambda scene: f"/c/{scene.own}/{scene.poll}", lambda page, scene: _arrived(page)),
    View(
        "dialog-poll",
        in_group,
        asks_for("dialog", "{name: 'poll', conversationId: 'GROUP', threadSeq: null}"),
        is_on_top=True,
    ),
    View(
        "dialog-forward",
        in_group,
        asks_for(
            "dialog", "{name: 'forward', message: document.querySelector('chat-message').message}"
        ),
        is_on_top=True,
    ),
    View(
        "dialog-revisions",
        lambda scene: f"/c/{scene.own}",
        asks_for(
            "dialog", "{name: 'revisions', message: document.querySelector('chat-message').message}"
        ),
        is_on_top=True,
    ),
    View(
        "dialog-choose-time",
        in_group,
        asks_for("dialog", "{name: 'choose-time', title: 'Send later', choose() {}}"),
        is_on_top=True,
    ),
    View("dialog-saved", at("/"), shows("saved", ".own-item"), is_on_top=True),
    View("dialog-scheduled", at("/"), shows("scheduled", ".own-item"), is_on_top=True),
    View("dialog-unread", at("/"), shows("unread", "article"), is_on_top=True),
    View("dialog-requests", at("/"), shows("requests", ".own-item, .hint"), is_on_top=True),
    View("dialog-status", at("/"), asks_for("dialog", "{name: 'status'}"), is_on_top=True),
    View("dialog-add-emoji", at("/"), asks_for("dialog", "{name: 'add-emoji'}"), is_on_top=True),
    View(
        "dialog-profile",
        in_group,
        asks_for("dialog", "{name: 'profile', userId: 'PERSON'}"),
        is_on_top=True,
    ),
    View("dialog-new", at("/"), asks_for("dialog", "{name: 'new'}"), is_on_top=True),
    View("dialog-directory", at("/"), asks_for("dialog", "{name: 'directory'}"), is_on_top=True),
    View("dialog-switcher", at("/"), asks_for("dialog", "{name: 'switcher'}"), is_on_top=True),
    View("dialog-help", at("/"), asks_for("dialog", "{name: 'help'}"), is_on_top=True),
    View("admin-overview", at("/admin/"), role="moderator"),
    View("admin-reports", at("/admin/messaging/report/"), role="moderator"),
    View("admin-messages", at("/admin/messaging/message/"), role="moderator"),
    View("admin-people", at("/admin/accounts/user/"), role="moderator"),
    View("admin-audit", at("/admin/accounts/auditentry/"), role="moderator"),
)


def opened(page: Page, scene: Scene, views: Iterable[View]) -> Iterator[View]:
    """Each of the views, open while it is given. What is on top of the same page as the one before
    is opened there, without loading the page again."""
    shown = None
    for view in views:
        if not view.is_on_top or shown != view.path(scene):
            page.goto(view.path(scene))
        view.open(page, scene)
        yield view
        shown = view.path(scene) if view.is_on_top else None
        page.evaluate(CLOSE)
