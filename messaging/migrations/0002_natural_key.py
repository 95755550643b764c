"""The natural key (conversation, seq) as the primary key, so that the log can be distributed.

Django's state keeps `id` as the key, by which the admin names a message; a plain index finds it.
"""

from django.db import migrations

FORWARD = """
ALTER TABLE messaging_message DROP CONSTRAINT messaging_message_pkey;
ALTER TABLE messaging_message
    ADD CONSTRAINT messaging_message_pkey PRIMARY KEY (conversation_id, seq);
CREATE INDEX message_by_id ON messaging_message (id);
"""

BACKWARD = """
DROP INDEX message_by_id;
ALTER TABLE messaging_message DROP CONSTRAINT messaging_message_pkey;
ALTER TABLE messaging_message ADD CONSTRAINT messaging_message_pkey PRIMARY KEY (id);
"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
