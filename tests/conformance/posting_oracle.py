"""Who may post, as plain Python over a generated standing.

It shares no code with the product: neither its rule in Python, nor SQL, nor the ORM's conditions.
"""

from dataclasses import dataclass
from enum import Enum


class Act(Enum):
    SEND = "send"
    EDIT = "edit"
    TYPE = "type"
    REACT = "react"
    PIN = "pin"


@dataclass(frozen=True)
class Standing:
    """How somebody stands to a conversation, and it to them."""

    kind: str  # direct, group, public, broadcast
    role: str  # owner, admin, member; or left, outsider
    is_locked: bool = False
    blocked_by_me: bool = False
    blocks_me: bool = False
    mute: str = ""  # "", past, lasting, endless
    is_suspended: bool = False
    is_banned: bool = False
    slow_seconds: int = 0
    last_post: str = ""  # "", recent, long_ago
    other_is_closed: bool = False

    @property
    def is_inside(self) -> bool:
        return self.role in ("owner", "admin", "member")

    @property
    def waits_for_slow_mode(self) -> bool:
        return self.role == "member" and self.slow_seconds > 0 and self.last_post == "recent"


def refusal_code(standing: Standing, act: Act) -> str | None:
    """The code by which the act is refused; None where it is allowed.

    Suspension is not asked here: it ends what is signed in, so nobody suspended comes this far. The
    account of the other in a direct conversation may be closed, which changes nothing.
    """
    if not standing.is_inside:
        was_there = standing.role == "left"
        reads_it = standing.kind == "public" and not standing.is_banned
        return "not_a_participant" if was_there or reads_it else "conversation_not_found"
    is_member = standing.role == "member"
    if act is Act.PIN and standing.kind in ("public", "broadcast") and is_member:
        return "admin_right_missing"
    if act in (Act.SEND, Act.EDIT, Act.TYPE) and standing.kind == "broadcast" and is_member:
        return "posting_right_missing"
    if standing.is_locked:
        return "conversation_locked"
    if act in (Act.SEND, Act.EDIT, Act.TYPE) and standing.mute in ("lasting", "endless"):
        return "muted"
    if standing.kind == "direct" and (standing.blocked_by_me or standing.blocks_me):
        return "blocked"
    if act is Act.SEND and standing.waits_for_slow_mode:
        return "slow_mode"
    return None
