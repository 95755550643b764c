"""A running server takes settings over from its file, and nothing from a wrong one."""

import logging
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from chatproject.environment import Environment
from chatproject.environment.live_settings import read_live_settings
from chatproject.environment.settings_file import with_file
from chatproject.realtime import control
from chatproject.server import live_settings
from chatproject.server.live_settings import SETTINGS_CHANGED, reload, reload_if_changed
from tests.accounts.scene import Outlet


@pytest.fixture
def file(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in read_live_settings(Environment({})):
        setattr(settings, name, getattr(settings, name))  # put back at the end
    monkeypatch.setattr(live_settings, "_read_version", 0)
    settings.SETTINGS_FILE = tmp_path / "chat.env"
    file: Path = settings.SETTINGS_FILE
    file.write_text("FRAMES_PER_SECOND=7\nFILE_QUOTA=2K\n")
    return file


def test_the_file_is_taken_over(file: Path, settings: Any) -> None:
    assert reload()
    assert (settings.FRAMES_PER_SECOND, settings.ATTACHMENT_QUOTA_BYTES) == (7, 2048)
    file.write_text("# nothing is set\n")
    assert reload()
    assert (settings.FRAMES_PER_SECOND, settings.ATTACHMENT_QUOTA_BYTES) == (500, 10 * 1024**3)


@pytest.mark.parametrize(
    "text", ["FRAMES_PER_SECOND=many", "no line\n", "frames=7", "=7", "\ud800"]
)
def test_a_wrong_file_changes_nothing(
    text: str, file: Path, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert reload()
    file.write_bytes(text.encode(errors="surrogatepass"))
    with caplog.at_level(logging.ERROR):
        assert not reload()
    assert settings.FRAMES_PER_SECOND == 7
    assert "not reloaded" in caplog.text


def test_a_missing_file_changes_nothing(file: Path, settings: Any) -> None:
    assert reload()
    file.unlink()
    assert not reload()
    assert settings.FRAMES_PER_SECOND == 7


def test_the_environment_comes_before_the_file(
    file: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRAMES_PER_SECOND", "9")
    assert reload()
    assert settings.FRAMES_PER_SECOND == 9


async def test_a_change_is_noticed_once(
    file: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    times: list[int] = []
    monkeypatch.setattr(live_settings, "_changed", lambda values: times.append(1) or {})
    for _ in range(3):
        await reload_if_changed()
    assert len(times) == 1


def test_without_a_file_there_is_nothing_to_reload(settings: Any) -> None:
    settings.SETTINGS_FILE = None
    assert reload()


def test_the_command_tells_every_process(file: Path) -> None:
    outlet = Outlet()
    try:
        call_command("reload_settings")
        assert outlet.commands == [control.Command(SETTINGS_CHANGED, {})]
    finally:
        outlet.close()


def test_the_command_wants_a_file(settings: Any) -> None:
    settings.SETTINGS_FILE = None
    with pytest.raises(CommandError, match="SETTINGS_FILE"):
        call_command("reload_settings")


def test_problems_with_the_file_are_named(tmp_path: Path) -> None:
    file = tmp_path / "chat.env"
    file.write_text("PORT=1\n\n# a comment\nnonsense\n")
    environment = with_file(Environment({}), file)
    assert environment.port("PORT", 8000) == 1
    (problem,) = environment.problems
    assert problem.id == "chat.E040"
    assert "line 4" in problem.message
    missing = with_file(Environment({}), tmp_path / "missing")
    assert [problem.id for problem in missing.problems] == ["chat.E040"]
