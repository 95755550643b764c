"""Reads REGISTRATION: who may open an account."""

from chatproject.environment.addresses import is_host_name
from chatproject.environment.reader import Reader


class RegistrationReaders(Reader):
    """Of who may open an account."""

    def registration(self, name: str) -> str:
        value = self.text(name, "open").lower()
        if is_registration(value):
            return value
        words = "open, invite, closed, or domain: and a domain, such as domain:example.org"
        self.note("E045", f"{name}={value!r} is not {words}.", f"Set {name} to {words}.")
        return "closed"


def is_registration(value: str) -> bool:
    """Whether it says who may open an account."""
    kind, colon, domain = value.partition(":")
    if kind == "domain":
        return "." in domain and len(domain) <= 253 and is_host_name(domain)
    return not colon and kind in ("open", "invite", "closed")
