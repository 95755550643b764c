"""The audit log, to which rows are only added: the database itself refuses to change or delete one.

Emptying the whole table is left to whoever owns the database, who could drop the trigger as well.
"""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION accounts_auditentry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER auditentry_append_only BEFORE UPDATE OR DELETE ON accounts_auditentry
    FOR EACH ROW EXECUTE FUNCTION accounts_auditentry_refuse();
"""

BACKWARD = """
DROP TRIGGER auditentry_append_only ON accounts_auditentry;
DROP FUNCTION accounts_auditentry_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_people_by_name"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("operator", models.CharField(blank=True, max_length=200)),
                ("action", models.CharField(max_length=60)),
                ("subject_kind", models.CharField(blank=True, max_length=40)),
                ("subject_id", models.CharField(blank=True, max_length=64)),
                ("person_id", models.UUIDField(null=True)),
                ("conversation_id", models.UUIDField(null=True)),
                ("reason", models.CharField(blank=True, max_length=1000)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit log",
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(fields=["by", "id"], name="audit_by"),
                    models.Index(fields=["action", "id"], name="audit_action"),
                    models.Index(fields=["subject_id", "id"], name="audit_subject"),
                    models.Index(fields=["person_id", "id"], name="audit_person"),
                    models.Index(fields=["conversation_id", "id"], name="audit_conversation"),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
