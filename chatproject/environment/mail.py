"""Reads EMAIL_URL and EMAIL_FROM: by which server, or into which folder, mail is sent."""

from collections.abc import Mapping
from email.utils import formataddr, parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from chatproject.environment.reader import Reader

FOLDER = "chatproject.core.mail.folder.EmailBackend"
CONSOLE = "django.core.mail.backends.console.EmailBackend"
SMTP = "django.core.mail.backends.smtp.EmailBackend"
PORTS = {"smtp": 25, "smtps": 465}
STARTTLS_PORT = 587


class MailReaders(Reader):
    """Of how mail is sent, and from whom."""

    def email(self, name: str, default_folder: Path) -> dict[str, Any]:
        """Django's EMAIL_ settings of a mail server or a folder; the folder if unset."""
        try:
            return email_settings(self.text(name), default_folder)
        except ValueError as error:
            self.note(
                "E042",
                f"{name} {error}.",
                f"Set {name} to smtp://USER:PASSWORD@HOST:PORT?tls=1, smtps://USER:PASSWORD@HOST, "
                "file:///A/FOLDER or console:, or unset it to write mails into DATA_DIR/mail.",
            )
            return email_settings("", default_folder)

    def sender(self, name: str, host: str) -> str:
        """The address in From, with a name before it or without."""
        try:
            return sender_address(self.text(name), host)
        except ValueError as error:
            hint = f"Set {name} to, say, Chat <chat@example.org>."
            self.note("E043", f"{name}={self.text(name)!r} {error}.", hint)
            return sender_address("", host)


def email_settings(value: str, default_folder: Path) -> dict[str, Any]:
    """Django's EMAIL_ settings for `smtp://USER:PASSWORD@HOST:PORT?tls=1`, `smtps://…`,
    `file:///A/FOLDER`, `console:`, or for the default folder where nothing is set.

    Raises ValueError, whose text never shows the value, since it may hold a password.
    """
    if not value:
        return _settings(FOLDER, EMAIL_FILE_PATH=str(default_folder))
    url = urlsplit(value)
    if url.scheme == "console" and value == "console:":
        return _settings(CONSOLE)
    if url.scheme == "file" and url.path.startswith("/") and not url.netloc:
        return _settings(FOLDER, EMAIL_FILE_PATH=unquote(url.path))
    if url.scheme not in PORTS or not url.hostname or url.path not in ("", "/") or url.fragment:
        raise ValueError("names no way to send mail that is known here")
    starts_tls = _starts_tls(dict(parse_qsl(url.query, keep_blank_values=True)))
    is_tls = url.scheme == "smtps"
    if is_tls and starts_tls:
        raise ValueError("has tls=1 beside smtps, which is encrypted from the start")
    return _settings(
        SMTP,
        EMAIL_HOST=url.hostname,
        EMAIL_PORT=url.port or (STARTTLS_PORT if starts_tls else PORTS[url.scheme]),
        EMAIL_HOST_USER=unquote(url.username or ""),
        EMAIL_HOST_PASSWORD=unquote(url.password or ""),
        EMAIL_USE_TLS=starts_tls,
        EMAIL_USE_SSL=is_tls,
    )


def sender_address(value: str, host: str) -> str:
    """What From shows: `Name <address>` or an address; by default `chat@` this host.

    Raises ValueError for what is no address.
    """
    if not value:
        return f"Chat <chat@{host if '.' in host and not host[-1].isdigit() else 'localhost'}>"
    name, address = parseaddr(value)
    try:
        validate_email(address)
    except ValidationError:
        raise ValueError("is not an email address") from None
    if not value.isprintable():
        raise ValueError("has control characters")
    return formataddr((name, address)) if name else address


def _starts_tls(query: Mapping[str, str]) -> bool:
    if query.keys() - {"tls"} or query.get("tls", "1") not in ("0", "1"):
        raise ValueError("has an option other than tls=1")
    return query.get("tls") == "1"


def _settings(backend: str, **others: Any) -> dict[str, Any]:
    return {
        "EMAIL_BACKEND": backend,
        "EMAIL_FILE_PATH": None,
        "EMAIL_HOST": "localhost",
        "EMAIL_PORT": PORTS["smtp"],
        "EMAIL_HOST_USER": "",
        "EMAIL_HOST_PASSWORD": "",
        "EMAIL_USE_TLS": False,
        "EMAIL_USE_SSL": False,
        **others,
    }
