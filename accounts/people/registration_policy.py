"""Who may open an account: what the admin says, else what REGISTRATION says."""

from typing import NamedTuple

from django.conf import settings

from accounts.email_addresses import normalize_email
from accounts.errors import DomainNotAllowed, InviteNeeded, RegistrationClosed
from accounts.models import SiteSettings
from accounts.people.invites import require_valid_invite


class RegistrationPolicy(NamedTuple):
    """`kind` is open, invite, domain or closed; `domain` is empty but for the third."""

    kind: str
    domain: str = ""

    @property
    def needs_verification(self) -> bool:
        """A domain is only known of an address that was confirmed."""
        return settings.EMAIL_VERIFICATION == "required" or self.kind == "domain"

    def require(self, *, email: str, invite_token: str) -> None:
        """Raises RegistrationClosed, InviteNeeded, InviteNotValid or DomainNotAllowed.

        An invite opens what is open by invitation; it does not open a closed door or a domain's.
        """
        if self.kind == "closed":
            raise RegistrationClosed
        if self.kind == "domain" and email.rpartition("@")[2] != self.domain:
            raise DomainNotAllowed(self.domain)
        if self.kind == "invite" and not invite_token:
            raise InviteNeeded
        if invite_token:
            require_valid_invite(invite_token)


def registration_policy() -> RegistrationPolicy:
    said = SiteSettings.objects.values_list("registration", flat=True).first()
    kind, _, domain = (said or settings.REGISTRATION).lower().partition(":")
    return RegistrationPolicy(kind, normalize_email(f"x@{domain}").rpartition("@")[2])
