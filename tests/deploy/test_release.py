"""One version, a change log with dates, a licence that every requirement allows."""

import re
from datetime import date
from importlib.metadata import distribution

from packaging.requirements import Requirement
from packaging.version import Version

from chatproject import __version__
from tests.database import ROOT
from tests.deploy.former_release import RELEASES, last_release

HEADING = re.compile(r"^## (\S+) \((\d{4}-\d{2}-\d{2})\)$", re.MULTILINE)
# Licences that bind whoever passes the whole on to their own terms.
BINDING = re.compile(r"\b(?:A?GPL|GNU (?:Affero )?General Public)", re.IGNORECASE)


def releases() -> list[tuple[Version, date]]:
    found = HEADING.findall((ROOT / "CHANGELOG.md").read_text())
    return [(Version(version), date.fromisoformat(day)) for version, day in found]


def test_change_log_has_every_release_with_its_date_newest_first() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    dated = [heading for heading in headings if heading != "Unreleased"]
    assert len(dated) == len(releases()) > 0
    assert releases() == sorted(releases(), reverse=True)


def test_this_version_is_a_release_or_comes_after_the_last() -> None:
    newest = releases()[0][0]
    here = Version(__version__)
    assert here == newest or (here > newest and here.is_devrelease)


def test_each_release_has_its_migrations_on_record() -> None:
    recorded = {Version(path.stem) for path in RELEASES.glob("*.json")}
    assert recorded == {version for version, _ in releases()}
    assert (RELEASES / f"{last_release()}.sql").exists()


def test_kubernetes_gets_the_last_release() -> None:
    text = (ROOT / "deploy/kubernetes/kustomization.yaml").read_text()
    assert f"newTag: {releases()[0][0]}\n" in text


def test_requirements_allow_the_licence() -> None:
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    names = [Requirement(line).name for line in lines if line and not line.startswith("#")]
    for name in names:
        found = distribution(name).metadata
        stated = [found.get("License-Expression") or "", (found.get("License") or "")[:80]]
        stated += [it for it in found.get_all("Classifier", []) if it.startswith("License")]
        assert any(stated), name
        assert not any(BINDING.search(it) and "LGPL" not in it for it in stated), name
