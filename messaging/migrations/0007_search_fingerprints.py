"""Fingerprints of texts. An entry from before passes every look and is found by its text."""

from django.db import migrations, models

BITS = ("words_low", "words_high", "parts_low", "parts_high")

# The table need not be read for what vacuum has seen; it comes after a fiftieth has been added, and
# not after a fifth.
VACUUM = "ALTER TABLE messaging_searchentry SET (autovacuum_vacuum_insert_scale_factor = 0.02)"
AS_BEFORE = "ALTER TABLE messaging_searchentry RESET (autovacuum_vacuum_insert_scale_factor)"


class Migration(migrations.Migration):
    accepted = {
        "adding-field-with-default": "-1 is a constant, though not one by the grammar",
    }

    dependencies = [
        ("messaging", "0006_search"),
    ]

    operations = [
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
        migrations.RunSQL(VACUUM, AS_BEFORE),
    ]
