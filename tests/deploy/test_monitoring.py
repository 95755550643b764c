"""docs/alerts.yml and docs/grafana.json, by promtool and as Grafana reads them.

tests/server/test_metrics.py holds that every metric in them is told.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.database import ROOT
from tests.deploy.tools import run, tool

ALERTS = ROOT / "docs/alerts.yml"
ALERTS_TEST = ROOT / "docs/alerts_test.yml"
DASHBOARD = json.loads((ROOT / "docs/grafana.json").read_text())


def alerts() -> list[dict[str, Any]]:
    return [
        rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]
    ]


def panels() -> list[dict[str, Any]]:
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def test_alerts_are_accepted() -> None:
    done = run(tool("promtool"), "check", "rules", ALERTS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_alerts_fire_when_they_should_and_else_not() -> None:
    done = run(tool("promtool"), "test", "rules", ALERTS_TEST)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_seen_to_fire() -> None:
    cases = yaml.safe_load(ALERTS_TEST.read_text())["tests"]
    fired = {
        case["alertname"]
        for test in cases
        for case in test["alert_rule_test"]
        if case.get("exp_alerts")
    }
    assert fired == {rule["alert"] for rule in alerts()}


def test_a_planted_fault_is_noticed(tmp_path: Path) -> None:
    """Else promtool would have agreed to anything."""
    (tmp_path / "alerts_test.yml").write_text(ALERTS_TEST.read_text())
    wrong = ALERTS.read_text().replace("chat_writer_queue > 1000", "chat_writer_queue > 2000")
    (tmp_path / "alerts.yml").write_text(wrong)
    done = run(tool("promtool"), "test", "rules", tmp_path / "alerts_test.yml")
    assert done.returncode == 1
    assert "ChatWriterQueueLong" in done.stdout + done.stderr


def test_every_alert_is_explained() -> None:
    text = (ROOT / "docs/operations.md").read_text()
    rows = re.findall(r"^\| `(Chat\w+)` \| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)
    assert [name for name, _, _ in rows] == [rule["alert"] for rule in alerts()]
    assert all(meaning.strip() and remedy.strip() for _, meaning, remedy in rows)


def test_dashboard_is_one_of_grafana() -> None:
    assert (DASHBOARD["uid"], DASHBOARD["title"]) == ("chat", "Chat")
    assert DASHBOARD["schemaVersion"] >= 36
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    variables = {it["name"] for it in DASHBOARD["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(DASHBOARD["panels"])))
    assert used - {"__rate_interval"} <= variables


def test_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + dx, at["y"] + dy) for dx in range(at["w"]) for dy in range(at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not taken & cells, panel["title"]
        taken |= cells


@pytest.fixture(scope="module")
def expressions() -> list[str]:
    return [target["expr"] for panel in panels() for target in panel["targets"]]


def test_panels_ask_in_promql(expressions: list[str], tmp_path: Path) -> None:
    values = {"$__rate_interval": "5m", "$job": "chat", "$instance": ".*"}
    rules = []
    for number, expression in enumerate(expressions):
        filled = expression
        for name, value in values.items():
            filled = filled.replace(name, value)
        rules.append({"record": f"panel:{number}", "expr": filled})
    path = tmp_path / "panels.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    done = run(tool("promtool"), "check", "rules", path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(rules) > 40
