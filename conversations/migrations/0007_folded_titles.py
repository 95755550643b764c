"""Finds public conversations by any part of the folded title."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models

from chatproject.core.db.fold_name import FoldName
from chatproject.core.db.migration_operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False  # the index is built beside the running release

    dependencies = [
        ("conversations", "0006_retention"),
        ("accounts", "0009_folded_names"),
    ]

    operations = [
        AddIndexConcurrently(
            "conversation",
            GinIndex(
                OpClass(FoldName("title"), name="gin_trgm_ops"),
                condition=models.Q(("kind", "public")),
                name="public_by_folded_title",
            ),
        ),
    ]
