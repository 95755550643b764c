"""Refusals about second factors."""

from datetime import datetime
from typing import Any

from chatproject.core.errors import Conflict, Forbidden, NotFound, Unauthenticated
from chatproject.core.times import rfc3339


class MfaRequired(Forbidden):
    """The password is right; a step token stands for that until a second factor completes it."""

    code = "mfa_required"
    title = "Second factor needed"
    detail = "This account has a second factor. Send it with the step token."

    def __init__(self, step_token: str, methods: list[str], expires_at: datetime) -> None:
        super().__init__()
        self.step_token, self.methods, self.expires_at = step_token, methods, expires_at

    def as_json(self) -> dict[str, Any]:
        return {
            **super().as_json(),
            "stepToken": self.step_token,
            "methods": self.methods,
            "expiresAt": rfc3339(self.expires_at),
        }


class InvalidStep(Unauthenticated):
    """Unknown, used, expired, or with too many wrong codes behind it."""

    code = "invalid_step"
    detail = "This log-in has taken too long or has failed too often. Start again."


class WrongCode(Forbidden):
    """403 like a wrong password; the step stays open for a few more tries."""

    code = "wrong_code"
    detail = "The code is wrong or has been used before."


class WrongPasskey(Forbidden):
    """Unknown here, of somebody else, for another site, or what it signed is not right."""

    code = "wrong_passkey"
    detail = "This passkey was not accepted."


class PasskeyNotFound(NotFound):
    code = "passkey_not_found"
    detail = "You have no such passkey."


class TooManyPasskeys(Conflict):
    code = "too_many_passkeys"
    detail = "Remove a passkey first: there are too many."


class MfaEnrolmentRequired(Forbidden):
    """This server wants a second factor of this person, who has none yet."""

    code = "mfa_enrolment_required"
    detail = "Set up a second factor first: this server requires one."


class TotpExists(Conflict):
    code = "totp_exists"
    detail = "There is an authenticator app already. Remove it first."


class TotpNotFound(NotFound):
    code = "totp_not_found"
    detail = "There is no authenticator app, or its set-up was not started."


class NoSecondFactor(Conflict):
    code = "no_second_factor"
    detail = "There is no second factor yet."


class SecondFactorNeeded(Conflict):
    """The last factor of a person of whom this server requires one."""

    code = "second_factor_needed"
    detail = "This server requires a second factor. Set up another one first."
