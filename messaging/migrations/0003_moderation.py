"""Reports and the rules of posting."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import chatproject.core.ids

# A random revision, so that none comes twice, not even after the table was emptied.
FORWARD = """
CREATE FUNCTION messaging_wordfilter_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO messaging_rulebook (id, revision) VALUES (1, gen_random_uuid())
    ON CONFLICT (id) DO UPDATE SET revision = excluded.revision;
    RETURN NULL;
END $$;
CREATE TRIGGER wordfilter_moved AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON messaging_wordfilter FOR EACH STATEMENT EXECUTE FUNCTION messaging_wordfilter_moved();
"""

BACKWARD = """
DROP TRIGGER wordfilter_moved ON messaging_wordfilter;
DROP FUNCTION messaging_wordfilter_moved();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0005_slow_mode"),
        ("messaging", "0002_natural_key"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Ration",
            fields=[
                ("user_id", models.UUIDField(primary_key=True, serialize=False)),
                ("links", models.IntegerField(db_default=0, default=0)),
                ("invites", models.IntegerField(db_default=0, default=0)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Rulebook",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False),
                ),
                ("revision", models.UUIDField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="WordFilter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("word", models.CharField(max_length=100, unique=True)),
                (
                    "act",
                    models.CharField(
                        choices=[("refuse", "Refuse"), ("flag", "Flag")],
                        default="refuse",
                        max_length=6,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LastPost",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "conversation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("conversation", "user"), name="last_post_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=chatproject.core.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("seq", models.BigIntegerField(null=True)),
                ("from_seq", models.BigIntegerField(null=True)),
                ("to_seq", models.BigIntegerField(null=True)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("spam", "Spam"),
                            ("harassment", "Harassment"),
                            ("hate", "Hate"),
                            ("violence", "Violence"),
                            ("sexual", "Sexual"),
                            ("illegal", "Illegal"),
                            ("other", "Other"),
                            ("word", "Word"),
                        ],
                        max_length=10,
                    ),
                ),
                ("comment", models.CharField(blank=True, db_default="", max_length=2000)),
                ("snapshot", models.JSONField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("taken", "Taken"),
                            ("resolved", "Resolved"),
                            ("dismissed", "Dismissed"),
                        ],
                        db_default="open",
                        default="open",
                        max_length=9,
                    ),
                ),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "outcome",
                    models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "handler",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reporter",
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
                "default_permissions": ("view", "change"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ("open", "taken"))),
                        fields=["person", "created_at"],
                        name="report_unsettled",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ("open", "taken"))),
                        fields=["conversation", "from_seq"],
                        name="report_opens",
                    ),
                    models.Index(fields=["person", "id"], name="report_of_person"),
                    models.Index(fields=["reporter", "id"], name="report_by_reporter"),
                    models.Index(
                        condition=models.Q(("snapshot__isnull", True)),
                        fields=["id"],
                        name="report_unpictured",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("open", "taken"))),
                        fields=("reporter", "conversation", "seq", "person"),
                        name="report_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
