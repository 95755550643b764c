"""Stores our ES modules under hashed names, and lists those that a page will load."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from posixpath import normpath

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import HashedFilesMixin
from django.templatetags.static import static
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Static imports with a relative path; they must end in a semicolon, or Django does not hash them.
IMPORT = re.compile(
    r"""(?:^|(?<=;))\s*(?:import|export)\b(?:[^"';]*?\bfrom)?\s*["'](?P<path>\.[^"']+)["']\s*;""",
    re.MULTILINE,
)

# Dynamic imports.
LATER = re.compile(r"""\bimport\(\s*["'](?P<path>\.[^"']+)["']\s*\)""")


class ModuleStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped
    """Hashes names, also in the imports of our own modules; leaves third-party scripts alone."""

    support_js_module_import_aggregation = True
    # Names are final from the leaves of the imports upwards, at worst one level per pass.
    max_post_process_passes = 40
    _js_module_import_aggregation_patterns = (
        "chat/*.js",
        HashedFilesMixin._js_module_import_aggregation_patterns[1],  # type: ignore[attr-defined]  # noqa: SLF001
    )


def module_graph(entry: str, *, and_later: bool = False) -> tuple[str, ...]:
    """The names of `entry` and all its static imports, in the order of first mention.

    With `and_later` its dynamic imports too. Names are those of static files, such as
    "chat/js/main.js". Empty when `entry` does not exist.
    """
    patterns = (IMPORT, LATER) if and_later else (IMPORT,)
    return _read_graph(entry, patterns) if settings.DEBUG else _kept_graph(entry, patterns)


def module_urls(entry: str) -> Sequence[str]:
    """The URLs of `module_graph`. To make them anew took a quarter of the time of a page."""
    names = module_graph(entry)
    return list(map(static, names)) if settings.DEBUG else _kept_urls(names)


@lru_cache
def _kept_urls(names: Sequence[str]) -> Sequence[str]:
    return list(map(static, names))


def source_of(name: str) -> str | None:
    """The source text of a static file; None when it does not exist."""
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
