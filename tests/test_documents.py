"""Every file that a document for contributors names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = ("CONTRIBUTING.md", "README.md", "docs/architecture.md", "docs/glossary.md")
PACKAGES = "accounts|attachments|chatproject|conversations|messaging|templates|tests|docs"
PATH = re.compile(rf"`((?:{PACKAGES})/[\w./-]*)`")
LINK = re.compile(r"\]\(([^)#:]+)\)")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_in_a_document_exists(document: str) -> None:
    paths = set(PATH.findall((ROOT / document).read_text()))
    assert paths
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_in_a_document_leads_to_a_file(document: str) -> None:
    targets = LINK.findall((ROOT / document).read_text())
    folder = (ROOT / document).parent
    assert [target for target in targets if not (folder / target).exists()] == []
