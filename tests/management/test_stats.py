"""`manage.py stats`: the figures are those of the rows."""

import pytest
from django.core.management import call_command

from tests.cast import make_direct, say
from tests.management.running import run
from tests.messaging.actions.scene import Scene


def test_the_figures_are_right(told_ten: Scene) -> None:
    say(make_direct(told_ten.owner, told_ten.member), told_ten.member)

    code, report = run("stats")

    assert code == 0
    assert report["people"] == {"total": 5, "active": 5, "bots": 0, "newToday": 5}
    assert report["messages"] == {"total": 11, "today": 11, "sendersToday": 2}
    wanted = {"total": 2, "direct": 1, "group": 1, "activeToday": 2, "longestLog": 10}
    assert wanted.items() <= report["conversations"].items()
    assert report["database"]["totalBytes"] > report["database"]["messagesBytes"] > 0


def test_it_speaks_plainly_too(told_ten: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("stats")
    printed = capsys.readouterr().out.split()
    assert printed[:3] == ["People", "total", "5"]
    assert "kB" in printed or "MB" in printed
