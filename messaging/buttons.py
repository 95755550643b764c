"""Buttons that a bot puts under its message: what one is, and its shape.

They are the `buttons` of the message's `meta`, kept as everybody gets them. A press names a button
by its `id`, and is told to the bot alone.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from chatproject.core.api.json import dump

MAX_BUTTONS = 50  # of a message
MAX_BYTES = 16 * 1024  # of all that is kept of them


class Confirmation(NamedTuple):
    """What is asked before a press counts; the labels of both answers."""

    title: str
    text: str
    confirm: str
    deny: str


class Button(NamedTuple):
    """`block_id` and `action_id` name it together; `value` is the program's. One with a `url` is a
    link."""

    block_id: str
    action_id: str
    label: str
    style: str | None = None  # primary, danger
    value: str | None = None
    url: str | None = None
    confirm: Confirmation | None = None

    @property
    def key(self) -> str:
        """The same for a button with the same names and value: what a press names, so that none
        lands on another button that has taken its place meanwhile."""
        parts = "\0".join((self.block_id, self.action_id, self.value or ""))
        return blake2b(parts.encode(), digest_size=8).hexdigest()


def buttons_meta(buttons: Sequence[Button]) -> dict[str, Any]:
    """The part of a message's `meta` that has them; empty for none."""
    return {"buttons": list(map(_as_json, buttons))} if buttons else {}


def _as_json(button: Button) -> dict[str, Any]:
    return {
        "id": button.key,
        "blockId": button.block_id,
        "actionId": button.action_id,
        "label": button.label,
        "style": button.style,
        "value": button.value,
        "url": button.url,
        "confirm": button.confirm and button.confirm._asdict(),
    }


def buttons_bytes(buttons: Sequence[Button]) -> int:
    return len(dump(buttons_meta(buttons)))


def buttons_of(meta: Mapping[str, Any] | None) -> list[Button]:
    """The buttons of a message with this `meta`, in their order."""
    return [_from_json(each) for each in (meta or {}).get("buttons", ())]


def _from_json(kept: Mapping[str, Any]) -> Button:
    confirm = kept["confirm"] and Confirmation(**kept["confirm"])
    return Button(
        block_id=kept["blockId"],
        action_id=kept["actionId"],
        label=kept["label"],
        style=kept["style"],
        value=kept["value"],
        url=kept["url"],
        confirm=confirm,
    )


def without_buttons(meta: dict[str, Any] | None) -> dict[str, Any] | None:
    """For who sees the message as it once stood: they can press nothing, and what buttons it had
    then is not kept."""
    if not meta or "buttons" not in meta:
        return meta
    return {name: value for name, value in meta.items() if name != "buttons"} or None
