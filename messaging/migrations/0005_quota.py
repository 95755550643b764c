from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("messaging", "0004_see_private")]
    accepted = {
        "renaming-table": "release 0.1.0 goes on writing through a view with the former name"
    }

    operations = [
        migrations.RenameModel(old_name="Ration", new_name="Quota"),
        # To be dropped in the release after the next, when nothing older than 0.2 is in use.
        migrations.RunSQL(
            "CREATE VIEW messaging_ration AS SELECT * FROM messaging_quota",
            "DROP VIEW messaging_ration",
        ),
    ]
