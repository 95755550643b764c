from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("messaging", "0004_see_private")]

    operations = [migrations.RenameModel(old_name="Ration", new_name="Quota")]
