"""What holds of every command for operators."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from chatproject.management.operating.command import OperatorCommand
from tests import database
from tests.management.running import spawn

COMMANDS = (
    *(
        "analytics",
        "apply_retention",
        "archive_messages",
        "backup",
        "check_archive",
        "check_distribution",
        "check_inbox",
        "check_search",
        "check_unread",
        "create_moderator",
        "distribute",
        "erase_user",
    ),
    *(
        "export_conversation",
        "export_slack",
        "export_user",
        "prune_attachments",
        "rebuild_search",
        "restore",
        "restore_archive",
    ),
    *("doctor", "reset_mfa", "revoke_tokens", "stats", "sync_people"),
)
# Programs that go on until they are stopped, and commands that answer nothing.
OF_ANOTHER_FORM = {"chat", "relay", "serve", "up", "worker", "migrate", "reload_settings"}


def test_all_of_them_are_of_one_form() -> None:
    there = {name for name, app in get_commands().items() if app == "chatproject"}
    assert there - OF_ANOTHER_FORM == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_teaches(name: str) -> None:
    command = load_command_class("chatproject", name)
    assert isinstance(command, OperatorCommand)
    told = command.create_parser("manage.py", name).format_help()
    assert f"  manage.py {name}" in told, "an example"
    assert "Exit codes:" in told
    assert "--json" in told
    assert ("--dry-run" in told) == ("--reason" in told) == command.changes


@pytest.mark.parametrize(
    "wrong", [("erase_user",), ("apply_retention", "--nonsense"), ("revoke_tokens", "a@b.org", "c")]
)
def test_wrong_arguments_have_an_exit_code_of_their_own(wrong: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *wrong], cwd=database.ROOT, check=False, capture_output=True
    )
    assert done.returncode == 2


def test_the_operator_is_named_by_the_account_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = database.make_database()
    try:
        monkeypatch.setenv("SUDO_USER", "kim")
        process = spawn(name, tmp_path, "revoke_tokens", "--all")
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out) == (0, "0 sign-ins ended.\n"), err
        with database.connect(name) as raw:
            row = raw.execute("SELECT operator FROM accounts_auditentry").fetchone()
        assert row == ("kim: revoke_tokens",)
    finally:
        database.drop(name)
