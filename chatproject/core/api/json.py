"""Reading JSON from outside: the same strictness for bodies and for frames."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from chatproject.core.errors import InvalidInput

# orjson refuses NaN, lone surrogates and nesting deeper than 1,024; what is left for us are NULs,
# numbers too large for a 64-bit integer, which it would turn into floats, and what is nested more
# deeply than it could write again: a frame's `ref` is echoed.
# To look for 19 digits in a row, all digits are made one and searched as a plain text: with a
# regular expression the looking took fifteen times the parsing.
_DIGITS = bytes(ord("0") if chr(byte).isdecimal() and byte < 128 else 0 for byte in range(256))
_LONG_NUMBER = b"0" * 19
_MAX_NUMBER = 2**63 - 1
MAX_DEPTH = 64


class MalformedJson(InvalidInput):
    code = "malformed_json"
    title = "Malformed JSON"
    detail = "The body is not valid JSON."


def parse_object(raw: bytes | str) -> dict[str, Any]:
    """The JSON object in `raw`; raises MalformedJson, or InvalidInput for what is no object."""
    data = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise MalformedJson(f"The body is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise InvalidInput("A JSON object is needed.")
    if data.count(b"[") + data.count(b"{") > MAX_DEPTH:
        _refuse_deep(value)
    if b"\\u0000" in data or _LONG_NUMBER in data.translate(_DIGITS):
        refuse_unstorable(value)
    return value


def salvage(raw: str, name: str) -> str | int | None:
    """The text or whole number under `name` in an object that `parse_object` has refused, such as
    one with a lone surrogate; None where there is none that could be written again."""
    try:
        value = json.loads(raw)
        found = value.get(name) if isinstance(value, dict) else None
        orjson.dumps(found)
    except (ValueError, TypeError, RecursionError):
        return None
    return found if isinstance(found, str | int) else None


def _refuse_deep(value: Any) -> None:
    """Raises MalformedJson where lists and objects are nested more than MAX_DEPTH deep."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _nested_in(outer)]
        if not level:
            return
    raise MalformedJson(f"The body is nested more than {MAX_DEPTH} deep.")


def _nested_in(value: Any) -> list[Any]:
    items = value.values() if isinstance(value, dict) else value
    return [item for item in items if isinstance(item, dict | list)]


def refuse_unstorable(value: Any, path: str = "") -> None:
    """Raises InvalidInput where a value holds a NUL or a number beyond 64 bits, with its place."""
    match value:
        case str() if "\0" in value:
            raise InvalidInput.of(path or "body", "A text cannot hold the NUL character.", "nul")
        case dict():
            for key, item in value.items():
                refuse_unstorable(key, path)
                refuse_unstorable(item, f"{path}.{key}" if path else key)
        case list():
            for index, item in enumerate(value):
                refuse_unstorable(item, f"{path}[{index}]")
        case float() | int() if abs(value) > _MAX_NUMBER:
            raise InvalidInput.of(path or "body", "The number is too large.", "too_large")


class PartlyEncoded:
    """A list of which most elements are JSON already, as bytes; those are put together at once."""

    __slots__ = ("elements",)

    def __init__(self, elements: Sequence[Any]) -> None:
        self.elements = elements

    def __iter__(self) -> Iterator[Any]:
        return iter(self.elements)

    def as_json(self) -> bytes:
        return b"[" + b",".join([_encoded(it) for it in self.elements]) + b"]"

    def decoded(self) -> list[Any]:
        return [orjson.loads(it) if isinstance(it, bytes) else it for it in self.elements]


def _encoded(element: Any) -> bytes:
    return element if isinstance(element, bytes) else dump(element)


def dump(value: Any) -> bytes:
    """Compact JSON; times must already be text (see `core.times`), and bytes JSON."""
    return orjson.dumps(value, default=_as_it_is)


def _as_it_is(value: Any) -> orjson.Fragment:
    if isinstance(value, bytes):
        return orjson.Fragment(value)
    if isinstance(value, PartlyEncoded):
        return orjson.Fragment(value.as_json())
    raise TypeError
