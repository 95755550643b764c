"""Finds people by a part of their name, and lists them by it."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models
from django.db.models.functions import Lower, Upper


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        TrigramExtension(),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                Lower("name"),
                models.F("id"),
                condition=models.Q(("is_active", True)),
                name="user_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=GinIndex(
                OpClass(Upper("name"), name="gin_trgm_ops"),
                condition=models.Q(("is_active", True)),
                name="user_name_trigrams",
            ),
        ),
    ]
