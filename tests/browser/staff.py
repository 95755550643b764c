"""Makes people of a test moderators, as an operator does it."""

from tests.browser.browser import Person
from tests.servers import ServerProcess

_MAKE = """
from accounts.models import User
from django.contrib.auth.models import Group
person = User.objects.get(email="{email}")
person.is_staff = True
person.save()
person.groups.add(Group.objects.get(name="{group}"))
"""


def promote(server: ServerProcess, person: Person, group: str) -> None:
    """Puts the person into a group of moderators, by its name."""
    code = _MAKE.format(email=person.email, group=group)
    server.manage("shell", "--no-imports", "-c", code)
