"""bandit finds nothing in the product that has not been judged.

What ruff's rules of the same origin hold line by line is not asked again. semgrep has the product's
own rules, see the folder semgrep and `make audit`.
"""

from collections.abc import Iterator

import pytest
from bandit.core.config import BanditConfig
from bandit.core.issue import Issue
from bandit.core.manager import BanditManager

from tests import database

PACKAGES = ("accounts", "attachments", "chatproject", "conversations", "messaging")

# Everywhere: assertions tell what a type cannot; names are no passwords; chance needs no secret;
# the programs that are started are ours. ruff asks for a reason at each line (S311, S603).
EVERYWHERE = {"B101", "B105", "B106", "B311", "B404", "B603"}
# Statements that are put together of constants of the code; values are parameters. That no value
# of a request gets into one is a rule of tests/static/semgrep.
CONSTANT_STATEMENTS = {
    "accounts/auth/api_tokens.py",
    "accounts/auth/live_sign_ins.py",
    "accounts/auth/token_refresh.py",
    "accounts/auth/tokens.py",
    "accounts/people/privacy.py",
    "chatproject/management/backups/manifest.py",
    "chatproject/management/backups/restoring.py",
    "chatproject/management/distribution/orphans.py",
    "chatproject/management/distribution/steps.py",
    "conversations/posting.py",
    "conversations/receipt_rights.py",
    "conversations/visibility/sql.py",
    "messaging/analytics/files.py",
    "messaging/archive/client_keys.py",
    "messaging/maintenance/integrity_check/heads.py",
    "messaging/maintenance/integrity_check/threads.py",
    "messaging/moderation/access.py",
    "messaging/reads/threads/followed.py",
    "messaging/reads/inbox/sources.py",
    "chatproject/core/db/distributed/shard_tables.py",
    "messaging/reads/inbox/statements.py",
    "messaging/search/live_filters.py",
    "messaging/thread_counts.py",
}
JUDGED = {
    *(("B608", path) for path in CONSTANT_STATEMENTS),
    ("B611", "conversations/querysets.py"),  # likewise
    (
        "B104",
        "chatproject/environment/addresses.py",
    ),  # compares HOST with 0.0.0.0, and binds nothing
    ("B108", "chatproject/server/embedded_postgres/cluster.py"),  # its owner is checked
}


def findings(*paths: str) -> Iterator[Issue]:
    manager = BanditManager(BanditConfig(), "file")
    manager.discover_files(list(paths), recursive=True)
    manager.run_tests()
    assert manager.files_list
    yield from manager.get_issue_list()


def place_of(issue: Issue) -> tuple[str, str]:
    return issue.test_id, issue.fname.removeprefix(f"{database.ROOT}/")


def test_nothing_is_found_that_was_not_judged() -> None:
    found = {
        place_of(issue)
        for issue in findings(*(str(database.ROOT / package) for package in PACKAGES))
        if issue.test_id not in EVERYWHERE
    }
    assert found - JUDGED == set()
    assert JUDGED - found == set(), "judged, and gone"


@pytest.mark.parametrize("rule", ["B301", "B310", "B703"])
def test_it_would_be_found(rule: str) -> None:
    planted = database.ROOT / "tests" / "static" / "planted" / "python.py"
    assert rule in {issue.test_id for issue in findings(str(planted))}
