"""Refusals of actions on conversations."""

from chatproject.core.errors import Conflict, Forbidden, NotFound, NotYet


class ConversationNotFound(NotFound):
    """The conversation does not exist, or the person may not know that it does."""

    code = "conversation_not_found"
    detail = "There is no such conversation."


class NotAParticipant(Forbidden):
    code = "not_a_participant"
    detail = "Only people in the conversation can do this."


class AdminRightMissing(Forbidden):
    code = "admin_right_missing"
    detail = "Only an owner or an admin of the conversation can do this."


class OwnerRightMissing(Forbidden):
    code = "owner_right_missing"
    detail = "Only the owner of the conversation can do this."


class PostingRightMissing(Forbidden):
    code = "posting_right_missing"
    detail = "Only admins post in a broadcast conversation."


class ConversationLocked(Forbidden):
    code = "conversation_locked"
    detail = "The conversation is locked: nobody can post in it."


class Blocked(Forbidden):
    """Either of the two blocks the other; the answer does not reveal which."""

    code = "blocked"
    detail = "The two of you cannot send each other messages."


class Muted(NotYet):
    """A moderator has muted the person on the whole server; without `retryAfter` for ever."""

    status = 403
    code = "muted"
    title = "Muted"
    detail = "A moderator has muted you: you cannot post."


class SlowMode(NotYet):
    code = "slow_mode"
    detail = "Slow mode: everybody waits between two messages here."


class Banned(Forbidden):
    code = "banned"
    detail = "A ban keeps this person out of the conversation."


class JoinNotAllowed(Forbidden):
    code = "join_not_allowed"
    detail = "This conversation cannot be joined; somebody in it has to add you."


class DirectIsFixed(Conflict):
    """A direct conversation keeps its two people, has no title, and is never elevated."""

    code = "direct_is_fixed"
    detail = "A direct conversation cannot be changed in this way."


class ParticipantNotFound(NotFound):
    code = "participant_not_found"
    detail = "This person is not in the conversation."


class OwnerNeeded(Conflict):
    code = "owner_needed"
    detail = "A conversation needs an owner: transfer the ownership to somebody else."


class ElevationImpossible(Conflict):
    """Only a group can become public or broadcast, and it stays so."""

    code = "elevation_impossible"
    detail = "Only a group can become public or broadcast, and it stays so."


class DirectOnly(Conflict):
    code = "direct_only"
    detail = "Only a direct conversation can be cleared for one side."


class BanNotFound(NotFound):
    code = "ban_not_found"
    detail = "No ban keeps this person out."


class FolderNotFound(NotFound):
    code = "folder_not_found"
    detail = "You have no such folder."


class TooManyFolders(Conflict):
    code = "too_many_folders"
    detail = "You cannot have any more folders."


class WritingNotAllowed(Forbidden):
    code = "writing_not_allowed"
    detail = "This person does not take messages from people they do not know."


class JoinRequestNotFound(NotFound):
    code = "join_request_not_found"
    detail = "There is no such request to you."
