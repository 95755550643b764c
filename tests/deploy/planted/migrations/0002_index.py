from django.db import migrations, models

from chatproject.core.db.migration_operations import AddIndexConcurrently


class AddIndexToUnmanaged(AddIndexConcurrently):
    """Django leaves the tables of unmanaged models alone, and this one stands for a managed one."""

    def allow_migrate_model(self, connection_alias: str, model: type[models.Model]) -> bool:
        return True


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("planted", "0001_column")]

    operations = [
        AddIndexToUnmanaged(
            model_name="numbered", index=models.Index(fields=["number"], name="planted_by_number")
        ),
    ]
