"""What holds of every command for operators."""

import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.management import get_commands, load_command_class

from chatproject.management.operating.command import OperatorCommand
from tests import database
from tests.management.running import spawn
from tests.servers import free_port
from tests.slow_proxy import SlowProxy
from tests.waiting import eventually

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


def test_a_connection_that_takes_seconds_is_waited_for(tmp_path: Path) -> None:
    """Longer than a request waits for one, as on a busy machine."""
    name = database.make_database()
    with database.connect(name) as raw:
        proxy = SlowProxy(raw.info.host, raw.info.port)
    try:
        parts = urlsplit(database.url(name))
        who = parts.netloc.rpartition("@")[0]
        url = parts._replace(netloc=f"{who}@127.0.0.1:{proxy.port}", query="").geturl()
        with proxy.holding():
            process = spawn(name, tmp_path, "stats", env={"DATABASE_URL": url})
            eventually(lambda: proxy.asked > 0)
            time.sleep(3)
            assert process.poll() is None
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    finally:
        proxy.close()
        database.drop(name)


def test_a_database_that_is_away_is_told_at_once_and_why(tmp_path: Path) -> None:
    url = f"postgresql://chat@127.0.0.1:{free_port()}/chat"
    process = spawn("", tmp_path, "stats", env={"DATABASE_URL": url})
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Connection refused" in err.splitlines()[-2]
