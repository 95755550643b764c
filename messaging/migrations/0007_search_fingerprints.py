"""Fingerprints of texts, in an index by time that is read without the table."""

from django.db import migrations, models

BITS = ("words_low", "words_high", "parts_low", "parts_high")

# The table need not be read for what vacuum has seen; it comes after a fiftieth has been added, and
# not after a fifth.
VACUUM = "ALTER TABLE messaging_searchentry SET (autovacuum_vacuum_insert_scale_factor = 0.02)"
AS_BEFORE = "ALTER TABLE messaging_searchentry RESET (autovacuum_vacuum_insert_scale_factor)"


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0006_search"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="searchentry", name="search_by_time"),
        *(
            migrations.AddField(
                model_name="searchentry",
                name=name,
                field=models.BigIntegerField(db_default=-1),
            )
            for name in BITS
        ),
        migrations.AlterField(
            model_name="searchcursor",
            name="version",
            field=models.SmallIntegerField(default=3),
        ),
        migrations.AddIndex(
            model_name="searchentry",
            index=models.Index(
                models.F("conversation_id"),
                models.F("created_at").desc(),
                models.F("seq").desc(),
                include=("rev", *BITS),
                name="search_by_time",
            ),
        ),
        migrations.RunSQL(VACUUM, AS_BEFORE),
    ]
