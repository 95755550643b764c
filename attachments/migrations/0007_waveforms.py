"""Recordings get a waveform; those from before have none, and are drawn without."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("attachments", "0006_link_previews")]

    operations = [
        migrations.AddField(
            model_name="attachment",
            name="waveform",
            field=models.JSONField(null=True),
        ),
    ]
