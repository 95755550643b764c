"""Finds a part of a public conversation's title by its trigrams."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    dependencies = [("conversations", "0002_room_for_counters")]

    operations = [
        TrigramExtension(),
        migrations.AddIndex(
            model_name="conversation",
            index=GinIndex(
                OpClass(Upper("title"), name="gin_trgm_ops"),
                condition=models.Q(("kind", "public")),
                name="public_title_trigrams",
            ),
        ),
    ]
