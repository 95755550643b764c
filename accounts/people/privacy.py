"""Privacy: who sees presence and receipts, who may write first, and who may add to groups.

People do not see of others what they hide themselves: presence and receipts are visible only if
both sides allow it. Contacts are the entries of a person's own address book, so each side has its
own.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.events import announce_presence_rights, announce_state
from accounts.models import Audience, Contact, User

FIELDS = ("presence", "receipts", "writing", "adding")


def audience_of(user: User, what: str) -> str:
    """The audience of `what` (one of FIELDS). `hides_presence` is the older form of presence for
    nobody, which an earlier version that runs beside this one still writes."""
    if what == "presence" and user.hides_presence:
        return str(Audience.NOBODY)
    return str(getattr(user, f"{what}_for"))


@transaction.atomic
def set_privacy(*, user: User, **audiences: str) -> User:
    """Sets the named ones of FIELDS, each a value of Audience; the others stay."""
    fields = {f"{what}_for": audience for what, audience in audiences.items()}
    if "presence_for" in fields:
        fields["hides_presence"] = fields["presence_for"] == Audience.NOBODY  # type: ignore[assignment]
    for name, value in fields.items():
        setattr(user, name, value)
    if fields:
        user.save(update_fields=list(fields))
        announce_state(user.pk, "profile")
    if "presence" in audiences:
        announce_presence_rights(user.pk)
    return user


def refusing(what: str, user_ids: Collection[UUID], *, by: UUID) -> set[UUID]:
    """The people among these who do not let `by` write to them first, or add them; one query."""
    knows = Contact.objects.filter(owner=OuterRef("pk"), person=by)
    allows_some = Q(**{f"{what}_for": Audience.CONTACTS}) & ~Exists(knows)
    people = User.objects.filter(pk__in=user_ids).exclude(pk=by)
    refused = people.filter(Q(**{f"{what}_for": Audience.NOBODY}) | allows_some)
    return set(refused.values_list("pk", flat=True))


# -- fragments; `a` and `b` are aliases of rows of accounts_user in the statement around them


def allows(what: str, a: str, b: str) -> str:
    """`a` allows it to `b`."""
    return (
        f"({a}.{what}_for = 'everyone' OR ({a}.{what}_for = 'contacts' AND EXISTS ("
        f"SELECT FROM accounts_contact k WHERE k.owner_id = {a}.id AND k.person_id = {b}.id)))"
    )


def shared_between(what: str, a: str, b: str) -> str:
    """Each of the two allows it to the other."""
    return f"({allows(what, a, b)} AND {allows(what, b, a)})"
