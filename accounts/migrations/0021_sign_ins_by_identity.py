"""The sign-ins of an identity, which end with it."""

from django.db import migrations, models

from chatproject.core.db.migration_operations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False  # the index is built beside the running release

    dependencies = [("accounts", "0020_privacy_and_status")]

    operations = [
        AddIndexConcurrently(
            model_name="signin",
            index=models.Index(
                condition=models.Q(("identity__isnull", False)),
                fields=["identity"],
                name="sign_in_of_identity",
            ),
        ),
    ]
