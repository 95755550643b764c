"""Refusals of actions on accounts."""

from datetime import datetime

from chatproject.core.errors import Conflict, Forbidden, NotFound, Refusal, Unauthenticated


class InvalidCredentials(Unauthenticated):
    """One answer for a wrong password, an unknown email and an account that cannot log in."""

    code = "invalid_credentials"
    detail = "Email or password is wrong."


class InvalidToken(Unauthenticated):
    code = "invalid_token"
    detail = "The token is not valid."


class TokenExpired(Unauthenticated):
    code = "token_expired"
    detail = "The token has expired. A refresh token gives a new one."


class SignedOut(Unauthenticated):
    """The token or session was good once; its sign-in has ended or its account is closed."""

    code = "signed_out"
    detail = "This sign-in has ended. Log in again."


class RefreshTokenReused(Unauthenticated):
    """A refresh token works once. A second use means a copy, so the whole sign-in ends."""

    code = "refresh_token_reused"
    detail = "This refresh token was used before, so its sign-in has been ended. Log in again."


class InvalidTicket(Unauthenticated):
    code = "invalid_ticket"
    detail = "The ticket is unknown, used or expired."


class CsrfFailed(Forbidden):
    code = "csrf_failed"
    detail = "A request with a browser's session needs its CSRF token in X-CSRFToken."


class WrongPassword(Forbidden):
    """403 and not 401, since the sign-in of the caller stays valid."""

    code = "wrong_password"
    detail = "The password is wrong."


class LinkNotValid(Refusal):
    """For a link of a mail that was changed, used before, replaced, or is too old: one answer."""

    code = "link_not_valid"
    title = "Link not valid"
    detail = "This link is no longer valid. Ask for a new one."


class PersonNotFound(NotFound):
    code = "person_not_found"
    detail = "There is no such person."


class ContactNotFound(NotFound):
    code = "contact_not_found"
    detail = "This person is not among your contacts."


class BlockNotFound(NotFound):
    code = "block_not_found"
    detail = "You have not blocked this person."


class TokenNotFound(NotFound):
    code = "token_not_found"
    detail = "There is no such token, or it has been revoked."


class TooManyTokens(Conflict):
    code = "too_many_tokens"
    detail = "This account already has the most tokens allowed. Revoke one of them."


class ScopeMissing(Forbidden):
    """An API token without the scope that the operation needs."""

    code = "scope_missing"

    def __init__(self, needed: str = "") -> None:
        super().__init__(f"The token has not the scope {needed}.")
        self.needed = needed


class NotForTokens(Forbidden):
    code = "not_for_tokens"
    detail = "No API token can do this; log in."


class ConversationNotInToken(Forbidden):
    code = "conversation_not_in_token"
    detail = "The token is for some conversations only, and this is outside of them."


class SignInNotFound(NotFound):
    code = "sign_in_not_found"
    detail = "You have no such sign-in, or it has ended."


class EmailUnverified(Forbidden):
    """Shown only to who knows the password; a link that confirms the address is on its way."""

    code = "email_unverified"
    detail = "Confirm your email address first: a link was sent to it."


class InviteNotValid(NotFound):
    """For an invite that is unknown, revoked, expired or used up: one answer."""

    code = "invite_not_valid"
    detail = "This invitation is no longer valid."


class InviteRightMissing(Forbidden):
    code = "invite_right_missing"
    detail = "Only staff can invite people to this chat."


class RegistrationClosed(Forbidden):
    code = "registration_closed"
    detail = "Nobody can create an account here by themselves."


class InviteNeeded(Forbidden):
    code = "invite_needed"
    detail = "An invitation is needed to open an account here."


class DomainNotAllowed(Forbidden):
    code = "domain_not_allowed"

    def __init__(self, domain: str) -> None:
        super().__init__(f"An address of {domain} is needed to open an account here.")


class AccountSuspended(Forbidden):
    """Shown only to who knows the password; `ends_at` is None when no end was set."""

    code = "account_suspended"
    detail = "This account is suspended."

    def __init__(self, ends_at: datetime | None = None, reason: str = "") -> None:
        until = f" until {ends_at:%Y-%m-%d %H:%M} UTC" if ends_at else ""
        because = f" Reason: {reason}" if reason else ""
        super().__init__(f"This account is suspended{until}.{because}")


class StaffProtected(Forbidden):
    code = "staff_protected"
    detail = "Only an administrator can do this to somebody who works in the admin."


class NotSuspended(Conflict):
    code = "not_suspended"
    detail = "This person is not suspended."


class NotMuted(Conflict):
    code = "not_muted"
    detail = "This person is not muted."
