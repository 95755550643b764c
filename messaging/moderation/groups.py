"""The two groups of staff, Moderator and Operator, with the permissions that they need.

Every migration resets their permissions, so that an upgrade brings its own along; for others make a
group of your own. Nobody in them can change people, permissions or groups: only administrators
(`is_superuser`) can.
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
    """Receives `post_migrate` of this app, the last one, when all permissions exist."""
    for name, rights in RIGHTS.items():
        group, _made = Group.objects.using(using).get_or_create(name=name)
        wanted = Q(pk__in=[])
        for right in rights:
            app, codename = right.split(".")
            wanted |= Q(content_type__app_label=app, codename=codename)
        group.permissions.set(Permission.objects.using(using).filter(wanted))
