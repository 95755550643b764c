"""Our ES modules: how they are stored under hashed names, and which ones a page will load."""

import re
from functools import lru_cache
from pathlib import Path, PurePosixPath
from posixpath import normpath

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Of static imports with a relative path; they end in a semicolon, or hashing would pass them by.
IMPORT = re.compile(
    r"""(?:^|(?<=;))\s*(?:import|export)\b(?:[^"';]*?\bfrom)?\s*["'](?P<path>\.[^"']+)["']\s*;""",
    re.MULTILINE,
)

# Of what a module fetches only when it needs it.
LATER = re.compile(r"""\bimport\(\s*["'](?P<path>\.[^"']+)["']\s*\)""")


class ModuleStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped
    """Hashed names, in the imports of our own modules too; others' scripts are left as they are."""

    support_js_module_import_aggregation = True
    # Names settle from the leaves of the imports upwards, at worst one level a pass.
    max_post_process_passes = 40
    _js_module_import_aggregation_patterns = (
        "chat/*.js",
        HashedFilesMixin._js_module_import_aggregation_patterns[1],  # type: ignore[attr-defined]  # noqa: SLF001
    )


def module_graph(entry: str, *, and_later: bool = False) -> tuple[str, ...]:
    """The names of `entry` and of all it imports at once, in the order of first mention.

    With `and_later` also what it may import in the course of time. Names are those of static
    files, such as "chat/js/main.js". Empty when `entry` is not there.
    """
    patterns = (IMPORT, LATER) if and_later else (IMPORT,)
    return _read_graph(entry, patterns) if settings.DEBUG else _kept_graph(entry, patterns)


def source_of(name: str) -> str | None:
    """The text of a static file as it was written; None when it is not there."""
    path = finders.find(name)
    return Path(path).read_text() if path else None


def _read_graph(entry: str, patterns: tuple[re.Pattern[str], ...]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop(0)
        text = None if name in found else source_of(name)
        if text is not None:
            found[name] = None
            for pattern in patterns:
                waiting += [_resolve(name, match["path"]) for match in pattern.finditer(text)]
    return tuple(found)


_kept_graph = lru_cache(_read_graph)


def _resolve(name: str, path: str) -> str:
    return normpath(PurePosixPath(name).parent / path)
