"""Roles that follow from the groups that the provider names, as OIDC_ROLES says."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction

from accounts.audit.audit_log import record
from accounts.models import User

STAFF, ADMINISTRATOR = "staff", "administrator"
# The groups of rights that moderators and operators have, see messaging/moderation/groups.py.
GROUPS = {"moderator": "Moderator", "operator": "Operator"}
ROLES = (STAFF, *GROUPS, ADMINISTRATOR)


def apply_roles(user: User, groups: frozenset[str]) -> None:
    """Gives and takes the roles that OIDC_ROLES names; others stay. Changes are audited."""
    managed = set(settings.OIDC_ROLES.values())
    if not managed:
        return
    wanted = {role for group, role in settings.OIDC_ROLES.items() if group in groups}
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        before = _roles_of(person) & managed
        for role in managed & GROUPS.keys():
            group = Group.objects.get_or_create(name=GROUPS[role])[0]
            change = person.groups.add if role in wanted else person.groups.remove
            change(group)
        if ADMINISTRATOR in managed:
            person.is_superuser = ADMINISTRATOR in wanted
        person.is_staff = bool(wanted) or person.is_superuser or person.groups.exists()
        person.save(update_fields=["is_staff", "is_superuser"])
        if before != wanted:
            record(
                by=None,
                action="role.synchronized",
                subject=person,
                before={"roles": sorted(before)},
                after={"roles": sorted(wanted)},
            )
    user.is_staff, user.is_superuser = person.is_staff, person.is_superuser


def _roles_of(person: User) -> set[str]:
    names = set(person.groups.values_list("name", flat=True))
    found = {role for role, name in GROUPS.items() if name in names}
    if person.is_superuser:
        found.add(ADMINISTRATOR)
    if person.is_staff:
        found.add(STAFF)
    return found
