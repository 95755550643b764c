"""Whom the task of digests looks through."""

from django.db import migrations, models

from chatproject.core.db.migration_operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False  # the index is built beside the running release

    dependencies = [("accounts", "0013_digests")]

    operations = [
        AddIndexConcurrently(
            "user",
            models.Index(
                fields=["digest", "id"],
                name="user_with_digest",
                condition=~models.Q(digest="off"),
            ),
        ),
    ]
