"""Threads and who follows them; replies that stay in their thread.

Plain replies had the start of their chain as `thread_seq`, which nothing read; they are in no
thread.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0008_lock_direct_of_closed_accounts"),
        ("messaging", "0006_search"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Thread",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.BigIntegerField()),
                ("reply_count", models.BigIntegerField(default=0)),
                ("last_seq", models.BigIntegerField()),
                ("last_at", models.DateTimeField(null=True)),
                (
                    "participant_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), default=list, size=None
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ThreadFollower",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.BigIntegerField()),
                ("is_following", models.BooleanField(default=True)),
                ("last_read_seq", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.RunSQL(
            "UPDATE messaging_message SET thread_seq = NULL WHERE thread_seq IS NOT NULL",
            migrations.RunSQL.noop,
        ),
        migrations.RemoveIndex(
            model_name="message",
            name="message_not_counted",
        ),
        migrations.AddField(
            model_name="message",
            name="thread_only",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(
                    ("deleted_at__isnull", False),
                    ("kind", "system"),
                    ("thread_only", True),
                    _connector="OR",
                ),
                fields=["conversation", "seq"],
                name="message_not_counted",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("thread_seq__isnull", False)),
                fields=["conversation", "thread_seq", "seq"],
                name="message_in_thread",
            ),
        ),
        migrations.AddField(
            model_name="thread",
            name="conversation",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="conversations.conversation",
            ),
        ),
        migrations.AddField(
            model_name="threadfollower",
            name="conversation",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="conversations.conversation",
            ),
        ),
        migrations.AddField(
            model_name="threadfollower",
            name="user",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="thread",
            constraint=models.UniqueConstraint(fields=("conversation", "seq"), name="thread_once"),
        ),
        migrations.AddIndex(
            model_name="threadfollower",
            index=models.Index(
                condition=models.Q(("is_following", True)), fields=["user"], name="threads_followed"
            ),
        ),
        migrations.AddConstraint(
            model_name="threadfollower",
            constraint=models.UniqueConstraint(
                fields=("conversation", "seq", "user"), name="thread_follower_once"
            ),
        ),
    ]
