"""Languages for the tests of layout: one whose texts are 40 % longer, one from right to left.

They exist on a server that has these settings, and nowhere else. `write` makes their catalogues.
"""

import os
from pathlib import Path

from babel.messages.catalog import Catalog

from chatproject.settings import LANGUAGES as REAL_LANGUAGES
from tests.server_settings import *  # noqa: F403
from tests.texts import catalogues, compiled

FOLDER = Path(os.environ["PSEUDO_LANGUAGES"])
LONGER, RIGHT_TO_LEFT = "en-xa", "fa-xb"
LANGUAGES = [*REAL_LANGUAGES, (LONGER, "Longer"), (RIGHT_TO_LEFT, "Right to left")]
LOCALE_PATHS = [FOLDER]
FILLER = "und noch etwas mehr davon "


def longer(text: str) -> str:
    """The text and 40 % of its length in further words; placeholders stay as they are."""
    count = max(1, round(len(text) * 0.4))
    return f"{text} {(FILLER * (count // len(FILLER) + 1))[: max(1, count - 1)].strip()}"


def write() -> None:
    for language, plurals in ((LONGER, "en"), (RIGHT_TO_LEFT, "fa")):
        for domain, found in catalogues().items():
            catalogue = Catalog(locale=plurals, fuzzy=False)
            for text, _ in found:
                forms = (text,) if isinstance(text, str) else text
                changed = tuple(longer(form) if language == LONGER else form for form in forms)
                catalogue.add(text, changed[0] if isinstance(text, str) else changed)
            name = language[:3].replace("-", "_") + language[3:].upper()
            path = FOLDER / name / "LC_MESSAGES" / f"{domain}.mo"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(compiled(catalogue))
