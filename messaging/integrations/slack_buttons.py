"""Buttons as Slack's blocks have them: in `actions`, and as the `accessory` of a `section`.

https://docs.slack.dev/reference/block-kit/block-elements/button-element has the lengths. Other
elements (menus, dates, inputs) are left out, as unknown blocks are.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chatproject.core.plain_text import without_controls
from messaging.buttons import MAX_BUTTONS, MAX_BYTES, Button, Confirmation, buttons_bytes
from messaging.imports.slack.export import dict_of, list_of
from messaging.integrations.payloads import PayloadRefused
from messaging.text import has_visible_character

MAX_LABEL = 75
MAX_ID = 255
MAX_VALUE = 2000
MAX_URL = 3000
MAX_TITLE, MAX_QUESTION, MAX_ANSWER = 100, 300, 30
STYLES = ("primary", "danger")

_URL = re.compile(r"https?://[^\s<>\"\\\x00-\x1f\x7f]+", re.IGNORECASE)

Object = Mapping[str, Any]


def read_buttons(payload: Object) -> list[Button]:
    """The buttons of the `blocks`, and of those in `attachments`.

    Raises PayloadRefused: `invalid_blocks` for a button of a wrong shape or two of the same names,
    `msg_blocks_too_long` for too many or too large ones.
    """
    attached = [dict_of(each).get("blocks") for each in list_of(payload.get("attachments"))]
    blocks = [dict_of(it) for each in (payload.get("blocks"), *attached) for it in list_of(each)]
    buttons = [
        _button(element, block_id, place)
        for block_id, elements in map(_elements, blocks, _numbers(blocks))
        for place, element in enumerate(elements, 1)
        if element.get("type") == "button"
    ]
    if len(buttons) > MAX_BUTTONS or buttons_bytes(buttons) > MAX_BYTES:
        raise PayloadRefused("msg_blocks_too_long")
    if len({(each.block_id, each.action_id) for each in buttons}) < len(buttons):
        raise PayloadRefused("invalid_blocks")
    return buttons


def _numbers(blocks: Sequence[Object]) -> Iterator[str]:
    """The ids of blocks that give themselves none: the same when the same blocks are sent again."""
    return (f"block-{number}" for number in range(1, len(blocks) + 1))


def _elements(block: Object, number: str) -> tuple[str, list[dict[str, Any]]]:
    """The id of a block, and what could be a button in it."""
    match block.get("type"):
        case "actions":
            elements = list_of(block.get("elements"))
        case "section":
            elements = [block.get("accessory")]
        case _:
            elements = []
    return _text(block.get("block_id"), MAX_ID) or number, list(map(dict_of, elements))


def _button(element: Object, block_id: str, place: int) -> Button:
    style, url = element.get("style"), element.get("url")
    if style is not None and style not in STYLES:
        raise PayloadRefused("invalid_blocks")
    if url is not None and not (isinstance(url, str) and _URL.fullmatch(url)):
        raise PayloadRefused("invalid_blocks")
    return Button(
        block_id,
        _text(element.get("action_id"), MAX_ID) or f"action-{place}",
        _label(element.get("text"), MAX_LABEL),
        style,
        _text(element.get("value"), MAX_VALUE),
        _text(url, MAX_URL),
        _confirmation(element.get("confirm")),
    )


def _confirmation(value: object) -> Confirmation | None:
    if value is None:
        return None
    given = dict_of(value)
    return Confirmation(
        _label(given.get("title"), MAX_TITLE),
        _label(given.get("text"), MAX_QUESTION),
        _label(given.get("confirm"), MAX_ANSWER),
        _label(given.get("deny"), MAX_ANSWER),
    )


def _label(value: object, most: int) -> str:
    """What a text object says, on one line; it has to be seen."""
    given = value if isinstance(value, Mapping) else {"text": value}
    text = without_controls(_text(given.get("text"), most) or "").strip()
    if not has_visible_character(text):
        raise PayloadRefused("invalid_blocks")
    return text


def _text(value: object, most: int) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > most:
        raise PayloadRefused("invalid_blocks")
    return value.replace("\0", "")


def blocks_of(text: str, buttons: Sequence[Button]) -> list[dict[str, Any]]:
    """What Slack's API tells of a message with buttons: its text, in Slack's markup, and a block
    of `actions` for each block of buttons."""
    section = {
        "type": "section",
        "block_id": "text",
        "text": {"type": "mrkdwn", "text": text, "verbatim": False},
    }
    rows: dict[str, list[dict[str, Any]]] = {}
    for button in buttons:
        rows.setdefault(button.block_id, []).append(element_of(button))
    actions = [
        {"type": "actions", "block_id": block_id, "elements": elements}
        for block_id, elements in rows.items()
    ]
    return [*([section] if text else []), *actions]


def element_of(button: Button) -> dict[str, Any]:
    """The button as Slack's element."""
    element: dict[str, Any] = {
        "type": "button",
        "action_id": button.action_id,
        "text": _plain(button.label),
    }
    for name in ("style", "value", "url"):
        if (given := getattr(button, name)) is not None:
            element[name] = given
    if button.confirm is not None:
        element["confirm"] = {name: _plain(text) for name, text in button.confirm._asdict().items()}
    return element


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": True}
