"""JSON in a page, for its scripts."""

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from chatproject.core.api.json import dump

# What could end the element, or begin a comment in it; as in Django's `json_script`.
_ESCAPES = ((b"<", b"\\u003C"), (b">", b"\\u003E"), (b"&", b"\\u0026"))


def embedded_json(value: Any, element_id: str) -> SafeString:
    """A `<script>` element that holds the value. As Django's `json_script`, in a tenth of the time,
    and with what `dump` takes."""
    encoded = dump(value)
    for character, escape in _ESCAPES:
        encoded = encoded.replace(character, escape)
    text = mark_safe(encoded.decode())  # noqa: S308 (escaped above)
    return format_html('<script id="{}" type="application/json">{}</script>', element_id, text)
