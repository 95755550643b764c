from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0004_see_private")]

    operations = [
        migrations.CreateModel(
            name="Numbered",
            fields=[
                ("id", models.BigAutoField(primary_key=True)),
                ("number", models.IntegerField(null=True)),
            ],
            options={"db_table": "messaging_message", "managed": False},
        ),
        migrations.RunSQL("ALTER TABLE messaging_message ADD COLUMN number integer"),
    ]
