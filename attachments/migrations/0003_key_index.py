"""An index of stored objects, before several rows may share one."""

from django.db import migrations, models

from chatproject.core.db.migration_operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("attachments", "0002_uploads")]

    operations = [
        AddIndexConcurrently(
            "attachment", models.Index(fields=["storage_key"], name="attachment_by_key")
        ),
    ]
