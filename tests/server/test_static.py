"""The collected scripts: hashed names everywhere, so that no old part meets a new one."""

import json
import re
from functools import cache
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from chatproject.core.web.es_modules import module_graph
from chatproject.core.web.service_worker import STYLES
from tests import database

COLLECTED = database.FOLDER / "static"
ENTRY = "chat/js/main.js"
# Patterns of many languages, some of which look like imports.
GRAMMARS = "chat/vendor/highlight/languages.js"
# Any way to name another module: from "…", import "…", import("…").
NAMED = re.compile(r"""(?:\bfrom\s*|\bimport\s*\(?\s*)["'](?P<path>[^"']+)["']""")
HASHED = re.compile(r"\.[0-9a-f]{12}\.js$")


@cache
def manifest() -> dict[str, str]:
    paths: dict[str, str] = json.loads((COLLECTED / "staticfiles.json").read_text())["paths"]
    return paths


def our_modules() -> list[str]:
    return [name for name in manifest() if name.startswith("chat/") and name.endswith(".js")]


def test_there_are_modules() -> None:
    assert ENTRY in our_modules()
    assert len(our_modules()) > 20


@pytest.mark.parametrize("name", [each for each in our_modules() if each != GRAMMARS])
def test_every_import_is_of_a_hashed_file_that_is_there(name: str) -> None:
    built = COLLECTED / manifest()[name]
    for match in NAMED.finditer(without_comments(built.read_text())):
        path = match["path"]
        assert path.startswith("."), f"{path} in {name} is no relative path"
        assert HASHED.search(path), f"{path} in {name} has no hash"
        assert (built.parent / path).resolve().is_file()


def test_no_module_imports_itself_by_a_detour() -> None:
    """A hash that depends on itself can't be found."""
    done: set[str] = set()

    def walk(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, f"imports in a circle: {' → '.join([*way, name])}"
        if name in done:
            return
        source = Path(str(finders.find(name)))
        for match in NAMED.finditer(without_comments(source.read_text())):
            found = (source.parent / match["path"]).resolve()
            walk(f"chat/{found.relative_to(STATIC)}", (*way, name))
        done.add(name)

    walk(ENTRY, ())


STATIC = (database.ROOT / "chatproject" / "static" / "chat").resolve()


def test_the_graph_of_a_page_is_all_that_its_modules_name() -> None:
    graph = module_graph(ENTRY, and_later=True)
    assert graph[0] == ENTRY
    assert set(module_graph(ENTRY)) <= set(graph)
    for name in set(graph) - {GRAMMARS}:
        source = Path(str(finders.find(name)))
        for match in NAMED.finditer(without_comments(source.read_text())):
            found = (source.parent / match["path"]).resolve()
            assert f"chat/{found.relative_to(STATIC)}" in graph


def test_an_unknown_entry_has_no_graph() -> None:
    assert module_graph("chat/js/nothing.js") == ()


def test_scripts_and_styles_of_the_first_view_stay_small() -> None:
    """Under 150 KB compressed, as they go over the line."""
    names = manifest()
    sizes = [
        (COLLECTED / f"{names[name]}.gz").stat().st_size
        if (COLLECTED / f"{names[name]}.gz").exists()
        else (COLLECTED / names[name]).stat().st_size
        for name in (*module_graph(ENTRY), *STYLES)
    ]
    assert sum(sizes) < 150_000


def without_comments(source: str) -> str:
    return re.sub(r"/\*.*?\*/|^\s*//.*$", "", source, flags=re.DOTALL | re.MULTILINE)
