"""Readers of how people sign in: by single sign-on, and by passkeys."""

from urllib.parse import SplitResult

from chatproject.environment.addresses import split_url
from chatproject.environment.reader import Reader


class SignInReaders(Reader):
    """Of an OpenID provider and of the domain of passkeys."""

    def issuer(self, name: str, *, production: bool) -> str:
        """The address of an OpenID provider, or empty; OIDC_CLIENT_ID belongs to it."""
        value = self.text(name)
        url = split_url(value)
        schemes = ("https",) if production else ("https", "http")
        if value and not (url and url.scheme in schemes and url.hostname and not url.query):
            self.note(
                "E062",
                f"{name}={value!r} is not the https address of an OpenID provider.",
                f"Set {name} to its issuer, such as https://login.example.org, or unset it.",
            )
            return ""
        if value and not self.text("OIDC_CLIENT_ID"):
            self.note(
                "E062",
                f"{name} is set and OIDC_CLIENT_ID is not.",
                "Set OIDC_CLIENT_ID and OIDC_CLIENT_SECRET to what the provider gave you.",
            )
            return ""
        return value

    def passkey_domain(self, name: str, public_url: SplitResult | None) -> str:
        """Empty, or a domain that PUBLIC_URL is in: browsers refuse any other."""
        value = self.text(name).lower()
        host = (public_url.hostname or "") if public_url else ""
        if not value or host == value or host.endswith(f".{value}"):
            return value
        self.note(
            "E061",
            f"{name}={value!r} is not a domain of PUBLIC_URL.",
            f"Set {name} to the host of PUBLIC_URL or a domain above it, or unset it.",
        )
        return ""
