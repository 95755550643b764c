"""What a person's own devices are told of the account, in one place, after the commit."""

from uuid import UUID

from django.db import transaction

from chatproject.realtime.bus import publish, to_user
from chatproject.realtime.presence.queries import rights_changed


def announce_state(user_id: UUID, part: str) -> None:
    """`part` of the person's own state (profile, contacts, blocks) is to be read anew."""
    _announce(user_id, {"type": "state.changed", "part": part})


def announce_sign_out(user_id: UUID, sign_in_id: UUID | None) -> None:
    """Has the hubs close the sockets of the sign-in, or all of the person's, before their sweep."""
    _announce(user_id, {"type": "signed.out", "signInId": sign_in_id and str(sign_in_id)})


def announce_presence_rights(*user_ids: UUID) -> None:
    """Has it asked anew who may see these people's presence, and whose presence they may see."""
    transaction.on_commit(lambda: publish([rights_changed(user_ids)]), robust=True)


def _announce(user_id: UUID, event: dict[str, object]) -> None:
    transaction.on_commit(lambda: publish([to_user(user_id, event)]), robust=True)
