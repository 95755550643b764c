"""Refusals of single sign-on."""

from chatproject.core.errors import Forbidden, Refusal, Unavailable


class SingleSignOnOff(Refusal):
    status = 404
    code = "single_sign_on_off"
    title = "Not found"
    detail = "This server has no single sign-on."


class ProviderUnavailable(Unavailable):
    code = "provider_unavailable"
    detail = "The log-in service does not answer. Try again."


class ProviderRefused(Forbidden):
    """The provider said no, or what it sent is not right; the log has the reason."""

    code = "provider_refused"
    detail = "The log-in at the other service did not succeed. Try again."


class RegistrationRefused(Forbidden):
    """The provider vouches for somebody who has no account, and new ones are not made."""

    code = "no_account"
    detail = "You have no account here, and this server does not create one by itself."


class InvalidLogoutToken(Refusal):
    code = "invalid_logout_token"
    detail = "The logout token is not valid."
