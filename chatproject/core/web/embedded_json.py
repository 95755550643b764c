"""JSON in a page, for its scripts."""

import json
from typing import Any

from django.utils.html import json_script
from django.utils.safestring import SafeString

from chatproject.core.api.json import dump


class _Encoder(json.JSONEncoder):
    def encode(self, o: Any) -> str:
        return dump(o).decode()


def embedded_json(value: Any, element_id: str) -> SafeString:
    """A `<script>` element that holds the value, as Django makes it, but encoded by `dump`: in a
    tenth of the time, and with what is JSON already."""
    return json_script(value, element_id, encoder=_Encoder)
