"""The two groups of people who work in the admin, with just the rights they need.

Made anew after every migration, so that an upgrade brings its rights along; whoever wants others
makes a group of their own. Nobody in them can change people, rights or groups: that is left to
administrators (`is_superuser`).
"""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

MODERATOR = "Moderator"
OPERATOR = "Operator"

RIGHTS: dict[str, tuple[str, ...]] = {
    MODERATOR: (
        "accounts.view_user",
        "accounts.view_signin",
        "accounts.view_auditentry",
        "accounts.view_suspension",
        "accounts.add_suspension",
        "accounts.change_suspension",
        "accounts.view_mute",
        "accounts.add_mute",
        "accounts.delete_mute",
        "conversations.view_conversation",
        "conversations.change_conversation",
        "messaging.view_message",
        "messaging.delete_message",
        "messaging.view_report",
        "messaging.change_report",
        "messaging.view_wordfilter",
        "messaging.add_wordfilter",
        "messaging.change_wordfilter",
        "messaging.delete_wordfilter",
    ),
    OPERATOR: (
        "accounts.view_operation",
        "accounts.view_user",
        "accounts.view_signin",
        "accounts.change_signin",
        "accounts.view_auditentry",
        # Of the task queue, where it is installed.
        "procrastinate.view_procrastinatejob",
        "procrastinate.view_procrastinateevent",
    ),
}


def make_groups(using: str = "default", **_: Any) -> None:
    """Receives `post_migrate` of this app, which comes last, when all rights are there."""
    for name, rights in RIGHTS.items():
        group, _made = Group.objects.using(using).get_or_create(name=name)
        wanted = Q(pk__in=[])
        for right in rights:
            app, codename = right.split(".")
            wanted |= Q(content_type__app_label=app, codename=codename)
        group.permissions.set(Permission.objects.using(using).filter(wanted))
