"""The index of threads; and that of what never counts as unread, with what stays in a thread.

Plain replies had the start of their chain as `thread_seq`, which nothing read; they are in no
thread. The new index finds them.
"""

import time
from typing import Any

from django.db import migrations, models

from chatproject.core.db.migration_operations import AddIndexConcurrently, RemoveIndexConcurrently

BATCH = 2000

# Rows that are locked elsewhere are for a later batch.
CLEAR = """
UPDATE messaging_message m SET thread_seq = NULL
FROM (SELECT conversation_id, seq FROM messaging_message
      WHERE thread_seq IS NOT NULL AND NOT thread_only
      LIMIT %s FOR NO KEY UPDATE SKIP LOCKED) old
WHERE m.conversation_id = old.conversation_id AND m.seq = old.seq
"""
LEFT = (
    "SELECT EXISTS (SELECT FROM messaging_message WHERE thread_seq IS NOT NULL AND NOT thread_only)"
)


def take_plain_replies_out(apps: Any, schema_editor: Any) -> None:
    """Batch by batch, each in a transaction of its own; it can begin again."""
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(CLEAR, [BATCH])
            if cursor.rowcount == BATCH:
                continue
            cursor.execute(LEFT)
            if not cursor.fetchone()[0]:
                return
            time.sleep(0.1)


class Migration(migrations.Migration):
    atomic = False  # the indexes are built beside the running release

    dependencies = [("messaging", "0010_threads")]

    operations = [
        AddIndexConcurrently(
            model_name="message",
            index=models.Index(
                condition=models.Q(("thread_seq__isnull", False)),
                fields=["conversation", "thread_seq", "seq"],
                name="message_in_thread",
            ),
        ),
        migrations.RunPython(take_plain_replies_out, migrations.RunPython.noop),
        AddIndexConcurrently(
            model_name="message",
            index=models.Index(
                condition=models.Q(
                    ("deleted_at__isnull", False),
                    ("kind", "system"),
                    ("thread_only", True),
                    _connector="OR",
                ),
                fields=["conversation", "seq"],
                name="message_never_unread",
            ),
        ),
        RemoveIndexConcurrently(model_name="message", name="message_not_counted"),
    ]
