"""In which time zone a person's days begin."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_audit_log_truncate")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="time_zone",
            field=models.CharField(blank=True, db_default="", max_length=64),
        ),
    ]
