"""The index by time has the fingerprints, and is read without the table."""

from django.db import migrations, models

from chatproject.core.db.migration_operations import AddIndexConcurrently, RemoveIndexConcurrently


class Migration(migrations.Migration):
    atomic = False  # the index is built beside the running release

    dependencies = [("messaging", "0007_search_fingerprints")]

    operations = [
        AddIndexConcurrently(
            model_name="searchentry",
            index=models.Index(
                models.F("conversation_id"),
                models.F("created_at").desc(),
                models.F("seq").desc(),
                include=("rev", "words_low", "words_high", "parts_low", "parts_high"),
                name="search_fingerprints_by_time",
            ),
        ),
        RemoveIndexConcurrently(model_name="searchentry", name="search_by_time"),
    ]
