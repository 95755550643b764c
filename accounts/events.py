"""The events about an account: for other apps, and for the person's own devices."""

from uuid import UUID

from django.db import transaction
from django.dispatch import Signal

from chatproject.realtime import control
from chatproject.realtime.bus import publish, to_user

# A signal that is sent with `user` (a User) inside the transaction that closes the account, before
# it is closed. By it other apps leave what the person was in, and accounts need not know them. An
# exception of a receiver keeps the account open.
account_closing = Signal()


def announce_state(user_id: UUID, part: str) -> None:
    """Tells the person's devices to read `part` (profile, contacts, blocks) again."""
    event = to_user(user_id, {"type": "state.changed", "part": part}, is_repeatable=True)
    transaction.on_commit(lambda: publish([event]), robust=True)


def announce_sign_out(user_id: UUID | None, sign_in_id: UUID | None = None) -> None:
    """Tells every process to close the sockets of one sign-in, of all sign-ins of the person, or,
    without a person, of all sign-ins that have ended."""
    fields = {"userId": user_id and str(user_id), "signInId": sign_in_id and str(sign_in_id)}
    transaction.on_commit(lambda: control.send(control.SIGN_INS_ENDED, **fields), robust=True)


def announce_presence_rights(*user_ids: UUID) -> None:
    """Invalidates who may see these people's presence, and whose presence they may see."""
    people = [str(user_id) for user_id in user_ids]
    transaction.on_commit(
        lambda: control.send(control.PRESENCE_RIGHTS_CHANGED, userIds=people), robust=True
    )
