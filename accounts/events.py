"""What sockets and processes are told of an account, in one place, after the commit."""

from uuid import UUID

from django.db import transaction

from chatproject.realtime import control
from chatproject.realtime.bus import publish, to_user


def announce_state(user_id: UUID, part: str) -> None:
    """Has the person's devices read `part` of their own state (profile, contacts, blocks) anew."""
    event = to_user(user_id, {"type": "state.changed", "part": part}, is_repeatable=True)
    transaction.on_commit(lambda: publish([event]), robust=True)


def announce_sign_out(user_id: UUID | None, sign_in_id: UUID | None = None) -> None:
    """Has every process close the sockets of the sign-in, of all the person's, or of everybody's
    that has ended."""
    fields = {"userId": user_id and str(user_id), "signInId": sign_in_id and str(sign_in_id)}
    transaction.on_commit(lambda: control.send(control.SIGN_INS_ENDED, **fields), robust=True)


def announce_presence_rights(*user_ids: UUID) -> None:
    """Has every process ask anew who may see these people's presence, and whose they may see."""
    people = [str(user_id) for user_id in user_ids]
    transaction.on_commit(
        lambda: control.send(control.PRESENCE_RIGHTS_CHANGED, userIds=people), robust=True
    )
