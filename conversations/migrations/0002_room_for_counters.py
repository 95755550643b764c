"""Free space in each page, so that a moved counter stays on its page and touches no index (HOT)."""

from django.db import migrations

FORWARD = """
ALTER TABLE conversations_conversation SET (fillfactor = 50);
ALTER TABLE conversations_participant SET (fillfactor = 70);
"""

BACKWARD = """
ALTER TABLE conversations_conversation RESET (fillfactor);
ALTER TABLE conversations_participant RESET (fillfactor);
"""


class Migration(migrations.Migration):
    dependencies = [("conversations", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
