"""One form of a password, however a keyboard makes its letters."""

import re

from chatproject.core.plain_text import normalize

# Zs, the separators of Unicode, but for the space itself.
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")


def normalize_password(text: str) -> str:
    """The OpaqueString profile of RFC 8265, section 4.2: spaces beyond ASCII are the space, and the
    rest is in NFC. Letter case and width stay."""
    return normalize("NFC", _SPACES.sub(" ", text))
