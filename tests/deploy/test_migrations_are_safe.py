"""Every migration that is newer than the last release may run beside it."""

from collections.abc import Iterator

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently as DjangoAddIndexConcurrently
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from chatproject.core.db.migration_operations import AddIndexConcurrently
from tests.deploy.former_release import OURS, last_release, released
from tests.deploy.migration_linter import findings

pytestmark = pytest.mark.django_db


def new_migrations(loader: MigrationLoader) -> Iterator[tuple[str, str]]:
    known = released(last_release())
    for app, name in sorted(loader.disk_migrations):
        if app in OURS and name not in known.get(app, []):
            yield app, name


def test_released_migrations_are_still_there() -> None:
    loader = MigrationLoader(connection)
    there = loader.disk_migrations.keys()
    names = {(app, name) for app, all_of in released(last_release()).items() for name in all_of}
    assert names <= there


def test_new_migrations_are_safe() -> None:
    loader = MigrationLoader(connection)
    wrong = {
        f"{app}.{name}": found
        for app, name in new_migrations(loader)
        if (found := findings(loader.disk_migrations[app, name], state_before(loader, app, name)))
    }
    assert wrong == {}, "docs/releasing.md says how each is done instead"


def state_before(loader: MigrationLoader, app: str, name: str) -> ProjectState:
    return loader.project_state((app, name), at_end=False)


index = models.Index(fields=["edited_at"], name="planted")
UNSAFE = {
    "require-concurrent-index-creation": [migrations.AddIndex("message", index)],
    "ban-drop-column": [migrations.RemoveField("message", "body")],
    "renaming-column": [migrations.RenameField("message", "body", "text")],
    "renaming-table": [migrations.AlterModelTable("message", "messages")],
    "changing-column-type": [migrations.AlterField("message", "rev", models.TextField())],
    "adding-not-nullable-field": [
        migrations.AlterField("message", "edited_at", models.DateTimeField())
    ],
    "ban-drop-default": [migrations.AddField("message", "number", models.IntegerField(default=0))],
    "ban-drop-table": [migrations.DeleteModel("reaction")],
    "disallowed-unique-constraint": [
        migrations.AddConstraint(
            "message", models.UniqueConstraint(fields=["client_id"], name="planted_unique")
        )
    ],
    "constraint-missing-not-valid": [
        migrations.AddConstraint(
            "message", models.CheckConstraint(condition=models.Q(seq__gt=0), name="planted_check")
        )
    ],
    "python-in-a-transaction": [migrations.RunPython(migrations.RunPython.noop)],
    "too-many-tables-locked": [
        migrations.AddField(model, "number", models.IntegerField(null=True))
        for model in ("message", "reaction", "mention")
    ],
}


def planted(operations: list[Operation], **fields: object) -> migrations.Migration:
    migration = migrations.Migration("planted", "messaging")
    migration.operations = operations
    for name, value in fields.items():
        setattr(migration, name, value)
    return migration


@pytest.fixture(scope="module")
def state(django_db_setup: None) -> ProjectState:
    return MigrationLoader(None).project_state()


@pytest.mark.parametrize("rule", UNSAFE)
def test_unsafe_operations_are_refused(rule: str, state: ProjectState) -> None:
    assert rule in findings(planted(UNSAFE[rule]), state)


@pytest.mark.parametrize("rule", UNSAFE)
def test_what_is_accepted_says_why(rule: str, state: ProjectState) -> None:
    operations = UNSAFE[rule]
    every = dict.fromkeys(findings(planted(operations), state), "planted")
    assert findings(planted(operations, accepted=every), state) == []


def test_an_index_that_cannot_be_tried_again(state: ProjectState) -> None:
    bare = planted([DjangoAddIndexConcurrently("message", index)], atomic=False)
    assert findings(bare, state) == ["index-that-cannot-be-tried-again"]


@pytest.mark.parametrize(
    ("operations", "fields"),
    [
        ([migrations.AddField("message", "number", models.IntegerField(null=True))], {}),
        ([migrations.AddField("message", "number", models.IntegerField(db_default=0))], {}),
        ([AddIndexConcurrently("message", index)], {"atomic": False}),
        ([migrations.RunPython(migrations.RunPython.noop)], {"atomic": False}),
        (
            [
                migrations.CreateModel("Own", [("id", models.BigAutoField(primary_key=True))]),
                migrations.AddField("own", "edited_at", models.DateTimeField(null=True)),
                migrations.AddIndex("own", index),
            ],
            {},
        ),
    ],
)
def test_safe_operations_pass(
    operations: list[Operation],
    fields: dict[str, object],
    state: ProjectState,
) -> None:
    assert findings(planted(operations, **fields), state) == []
