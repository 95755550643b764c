"""A database as a former release left it, in a process of its own.

    DATABASE_URL=… python -m tests.deploy.former_release 0.1.0

migrates an empty database to the state of that release. `record` writes down the present state when
a release is made: `python -m tests.deploy.former_release --record`.
"""

import json
import sys
from pathlib import Path

import django
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

RELEASES = Path(__file__).parent / "releases"
OURS = ("accounts", "attachments", "conversations", "messaging")


def released(version: str) -> dict[str, list[str]]:
    """The names of each app's migrations in a release."""
    names: dict[str, list[str]] = json.loads((RELEASES / f"{version}.json").read_text())
    return names


def last_release() -> str:
    found = [path.stem for path in RELEASES.glob("*.json")]
    return max(found, key=lambda version: [int(part) for part in version.split(".")])


def migrate_to(version: str) -> None:
    names = released(version)
    executor = MigrationExecutor(connection)
    others = [leaf for leaf in executor.loader.graph.leaf_nodes() if leaf[0] not in names]
    ours = [(app, name) for app in names for name in names[app]]
    executor.migrate(others + ours)


def record() -> Path:
    """Writes the migrations that are there now, as those of this version."""
    from chatproject import __version__

    names: dict[str, list[str]] = {app: [] for app in OURS if apps.is_installed(app)}
    for app, name in sorted(MigrationLoader(None).disk_migrations):
        if app in names:
            names[app].append(name)
    path = RELEASES / f"{__version__}.json"
    path.write_text(json.dumps(names, indent=2) + "\n")
    return path


if __name__ == "__main__":
    django.setup()
    if sys.argv[1] == "--record":
        print(record())
    else:
        migrate_to(sys.argv[1])
