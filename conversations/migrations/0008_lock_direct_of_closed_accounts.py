"""Nobody reads what is written to a closed account: its direct conversations are locked."""

from django.db import migrations

LOCK = """
UPDATE conversations_conversation c SET locked_at = now()
WHERE c.kind = 'direct' AND c.locked_at IS NULL AND EXISTS (
    SELECT 1 FROM conversations_participant p JOIN accounts_user u ON u.id = p.user_id
    WHERE p.conversation_id = c.id AND p.left_at IS NULL AND u.deactivated_at IS NOT NULL)
"""


class Migration(migrations.Migration):
    dependencies = [("conversations", "0007_folded_titles")]

    operations = [migrations.RunSQL(LOCK, migrations.RunSQL.noop)]
