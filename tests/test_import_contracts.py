"""Each contract about imports in pyproject.toml refuses what it forbids, at every depth."""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
LINTER: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"][
    "importlinter"
]
PACKAGES: list[str] = LINTER["root_packages"]
CONTRACTS: dict[str, dict[str, Any]] = {each["name"]: each for each in LINTER["contracts"]}

ONE_WAY = "Apps import one way"
MODELS = "Models and querysets import no action, no request and no consumer"
ACTIONS = "Actions import no request and no consumer"
EDGES = "Only the edges import the REST framework and Channels"
APIS = "The API of one app imports no other's"
CLIENT = "The client library stands alone"

VIOLATIONS = [
    (ONE_WAY, "accounts.models", "conversations.models"),
    (ONE_WAY, "conversations.models", "attachments.models"),
    (ONE_WAY, "attachments.actions.upload", "messaging.models"),
    (ONE_WAY, "messaging.log", "chatproject.urls"),
    (ONE_WAY, "messaging.log", "chatproject.realtime_runtime"),
    (ONE_WAY, "accounts.events", "chatproject.push"),
    (ONE_WAY, "chatproject.core.errors", "accounts.models"),
    (ONE_WAY, "chatproject.core.db.pipeline", "chatproject.realtime.hub"),
    (ONE_WAY, "chatproject.realtime.hub", "messaging.models"),
    (ONE_WAY, "chatproject.server.embedded_postgres.cluster", "accounts.models"),
    (ONE_WAY, "chatproject.environment.values", "chatproject.core.errors"),
    (MODELS, "accounts.querysets", "accounts.people.accounts"),
    (MODELS, "conversations.models", "conversations.own_state"),
    (MODELS, "messaging.models.reactions", "messaging.sending.send"),
    (MODELS, "messaging.querysets", "messaging.membership.periods"),
    (MODELS, "messaging.moderation.models", "messaging.moderation.actions.reports"),
    (MODELS, "messaging.moderation.models", "rest_framework"),
    (ACTIONS, "accounts.people.blocks", "rest_framework"),
    (ACTIONS, "accounts.auth.sign_ins", "accounts.api.bodies"),
    (ACTIONS, "attachments.actions.upload", "attachments.api.uploads"),
    (ACTIONS, "conversations.own_state", "rest_framework"),
    (ACTIONS, "messaging.actions.edit", "messaging.api.shapes"),
    (ACTIONS, "messaging.log", "messaging.ws.consumer"),
    (ACTIONS, "messaging.maintenance.retention", "drf_spectacular"),
    (ACTIONS, "messaging.membership.bans", "messaging.ws.frames"),
    (ACTIONS, "messaging.moderation.actions.messages", "rest_framework"),
    (ACTIONS, "messaging.sending.send", "rest_framework"),
    (EDGES, "accounts.audit.admin", "rest_framework"),
    (EDGES, "chatproject.realtime.presence.presence", "channels"),
    (EDGES, "conversations.events", "channels"),
    (EDGES, "conversations.own_state", "channels"),
    (EDGES, "messaging.moderation.actions.messages", "channels"),
    (EDGES, "messaging.moderation.admin.reports", "rest_framework"),
    (EDGES, "messaging.web.chat", "rest_framework"),
    (APIS, "conversations.api.presence", "accounts.api.serializers"),
    (APIS, "messaging.api.history", "attachments.api.downloads"),
    (CLIENT, "chatproject.client.client", "chatproject.core.errors"),
    (CLIENT, "chatproject.client.rest", "chatproject.settings"),
    (CLIENT, "chatproject.client.revs", "messaging.wire"),
    (CLIENT, "chatproject.client.socket", "django"),
]


@pytest.fixture(scope="module")
def refusals() -> dict[tuple[str, str, str], bool]:
    """For each violation, whether its contract refuses it."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.import_contracts"],
        cwd=ROOT,
        input=json.dumps(VIOLATIONS),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return dict(zip(VIOLATIONS, json.loads(ran.stdout), strict=True))


@pytest.mark.parametrize("violation", VIOLATIONS, ids=lambda each: "-".join(each[1:]))
def test_a_planted_import_is_refused(
    refusals: dict[tuple[str, str, str], bool], violation: tuple[str, str, str]
) -> None:
    assert refusals[violation]


def test_every_contract_has_a_planted_violation() -> None:
    assert set(CONTRACTS) == {contract for contract, *_ in VIOLATIONS}


def test_every_package_of_an_app_is_an_edge_or_under_the_contract_of_actions() -> None:
    """An edge parses requests or renders pages; models have a contract of their own."""
    edges = {"admin", "api", "audit", "auth", "management", "templatetags", "web", "ws"}
    held = set(CONTRACTS[ACTIONS]["source_modules"])
    packages = {
        ".".join(folder.relative_to(ROOT).parts)
        for app in ("accounts", "attachments", "conversations", "messaging")
        for folder in (ROOT / app).iterdir()
        if (folder / "__init__.py").exists()
        and folder.name not in edges | {"migrations", "models", "moderation"}
    }
    assert packages - held == set()


def test_the_command_of_make_lint_names_the_broken_contract(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "static", "locale", "node_modules")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    planted = tmp_path / "messaging/moderation/actions/messages.py"
    planted.write_text(f"import rest_framework\n{planted.read_text()}")

    program = "from importlinter.cli import lint_imports_command as lint; lint(['--no-cache'])"
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert f"{ACTIONS} BROKEN" in ran.stdout
    assert f"{ONE_WAY} KEPT" in ran.stdout
