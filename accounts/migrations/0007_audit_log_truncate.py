"""Emptying the audit log is refused as changing and deleting its rows is.

The setting `chat.may_empty_audit_log` lets a test database be emptied between tests.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION accounts_auditentry_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('chat.may_empty_audit_log', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER auditentry_no_truncate BEFORE TRUNCATE ON accounts_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_auditentry_refuse_truncate();
"""

BACKWARD = """
DROP TRIGGER auditentry_no_truncate ON accounts_auditentry;
DROP FUNCTION accounts_auditentry_refuse_truncate();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_preferences"),
    ]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
