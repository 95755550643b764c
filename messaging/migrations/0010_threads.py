"""Threads and who follows them; replies that stay in their thread."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def _id() -> models.BigAutoField:  # type: ignore[type-arg]
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


def _conversation() -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.CASCADE,
        related_name="+",
        to="conversations.conversation",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0008_lock_direct_of_closed_accounts"),
        ("messaging", "0009_incoming_webhooks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Thread",
            fields=[
                ("id", _id()),
                ("conversation", _conversation()),
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
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("conversation", "seq"), name="thread_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ThreadFollower",
            fields=[
                ("id", _id()),
                ("conversation", _conversation()),
                ("seq", models.BigIntegerField()),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("is_following", models.BooleanField(default=True)),
                ("last_read_seq", models.BigIntegerField(default=0)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_following", True)),
                        fields=["user"],
                        name="threads_followed",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("conversation", "seq", "user"), name="thread_follower_once"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="message",
            name="thread_only",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
