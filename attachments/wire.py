"""The one JSON shape of an attachment: the same in an upload's answer, messages and events."""

from collections.abc import Sequence
from typing import Any

from attachments.models import Attachment

# What the shape is made of, in this order.
FIELDS = (
    *("id", "name", "content_type", "size", "width", "height", "duration"),
    *("placeholder", "previews", "state"),
)
# The same of a row `a`, for reads that gather attachments in a statement of their own.
AS_JSON = f"json_build_array({', '.join(f'a.{name}' for name in FIELDS)})"


def attachment_json(values: Sequence[Any]) -> dict[str, Any]:
    """Of the values of FIELDS. `thumbnails` is empty until they are made, and of what is no
    picture; `url` and they answer by the rule of who may see the message."""
    key, name, content_type, size, width, height, duration, placeholder, previews, state = values
    url = f"/v1/attachments/{key}"
    return {
        "id": str(key),
        "name": name,
        "contentType": content_type,
        "size": size,
        "width": width,
        "height": height,
        "duration": duration,
        "placeholder": placeholder or None,
        "state": state,
        "url": url,
        "thumbnails": [
            {"size": box, "width": w, "height": h, "url": f"{url}/thumbnail?size={box}"}
            for box, w, h in previews
        ],
    }


def attachment_of(attachment: Attachment) -> dict[str, Any]:
    return attachment_json([getattr(attachment, name) for name in FIELDS])
