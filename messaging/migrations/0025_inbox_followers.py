from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0024_archive_footer")]

    operations = [
        migrations.AddField(
            model_name="inboxstate",
            name="parts",
            field=models.SmallIntegerField(db_default=1, default=1),
        ),
    ]
