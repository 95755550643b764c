"""The JSON shape of an attachment, the same in upload answers, messages and events."""

from collections.abc import Sequence
from typing import Any

from attachments.models import Attachment

# The columns of the shape, in the order that `attachment_json` expects.
FIELDS = (
    *("id", "name", "content_type", "size", "width", "height", "duration"),
    *("waveform", "placeholder", "previews", "state"),
)
# The same of a row `a`, for statements that aggregate attachments.
AS_JSON = f"json_build_array({', '.join(f'a.{name}' for name in FIELDS)})"

_STATE = FIELDS.index("state")


def is_pending(values: Sequence[Any]) -> bool:
    """Whether the file of the values of FIELDS is not processed yet."""
    return bool(values[_STATE] == Attachment.State.PENDING)


def attachment_json(values: Sequence[Any]) -> dict[str, Any]:
    """The shape from the values of FIELDS.

    `thumbnails` is empty for pending pictures and other files. `url` and the thumbnails' URLs
    answer only those who may see the message.
    """
    key, name, content_type, size, width, height, duration, *others = values
    waveform, placeholder, previews, state = others
    url = f"/v1/attachments/{key}"
    return {
        "id": str(key),
        "name": name,
        "contentType": content_type,
        "size": size,
        "width": width,
        "height": height,
        "duration": duration,
        "waveform": waveform,
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
