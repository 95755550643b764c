"""What other apps and a person's own devices are told of an account."""

from uuid import UUID

from django.db import transaction
from django.dispatch import Signal

from chatproject.realtime.bus import publish, to_user
from chatproject.realtime.presence.queries import rights_changed

# A signal that is sent with `user` (a User) inside the transaction that closes the account, before
# it is closed. By it other apps leave what the person was in, and accounts need not know them. An
# exception of a receiver keeps the account open.
account_closing = Signal()


def announce_state(user_id: UUID, part: str) -> None:
    """Tells the person's devices to read `part` (profile, contacts, blocks) again."""
    _announce(user_id, {"type": "state.changed", "part": part})


def announce_sign_out(user_id: UUID, sign_in_id: UUID | None) -> None:
    """Tells the hubs to close the sockets of one sign-in, or all of the person's with None."""
    _announce(user_id, {"type": "signed.out", "signInId": sign_in_id and str(sign_in_id)})


def announce_presence_rights(*user_ids: UUID) -> None:
    """Invalidates who may see these people's presence, and whose presence they may see."""
    transaction.on_commit(lambda: publish([rights_changed(user_ids)]), robust=True)


def _announce(user_id: UUID, event: dict[str, object]) -> None:
    transaction.on_commit(lambda: publish([to_user(user_id, event)]), robust=True)
