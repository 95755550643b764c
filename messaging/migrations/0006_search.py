"""The index of messages and how far it is."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import BtreeGinExtension, TrigramExtension
from django.contrib.postgres.search import SearchVectorField
from django.db import migrations, models

# So that the planner knows more than the hundred most common words.
STATISTICS = "ALTER TABLE messaging_searchentry ALTER words SET STATISTICS 1000"


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0005_quota"),
        ("accounts", "0009_folded_names"),
    ]

    operations = [
        TrigramExtension(),
        BtreeGinExtension(),
        migrations.CreateModel(
            name="SearchCursor",
            fields=[
                ("conversation_id", models.UUIDField(primary_key=True, serialize=False)),
                ("rev", models.BigIntegerField(db_default=0, default=0)),
                ("version", models.SmallIntegerField(default=2)),
                ("rebuilt_seq", models.BigIntegerField(db_default=0, default=0)),
            ],
        ),
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "conversation_id",
                        "seq",
                        "rev",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("conversation_id", models.UUIDField()),
                ("seq", models.BigIntegerField()),
                ("rev", models.BigIntegerField()),
                ("until_rev", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField()),
                ("language", models.CharField(blank=True, db_default="", max_length=10)),
                ("words", SearchVectorField()),
                ("text", models.TextField(blank=True)),
            ],
            options={
                "indexes": [
                    GinIndex(
                        models.F("conversation_id"),
                        models.F("words"),
                        OpClass(models.F("text"), name="gin_trgm_ops"),
                        gin_pending_list_limit=4096,
                        name="search_words",
                    ),
                    models.Index(
                        models.F("conversation_id"),
                        models.F("created_at").desc(),
                        name="search_by_time",
                    ),
                    models.Index(models.F("created_at").desc(), name="search_newest"),
                ],
            },
        ),
        migrations.RunSQL(STATISTICS, migrations.RunSQL.noop),
    ]
