"""EMAIL_URL and EMAIL_FROM are read, or named as wrong without showing a password."""

from pathlib import Path
from typing import Any

import pytest

from chatproject.environment import Environment

FOLDER = Path("/data/mail")


def read(value: str) -> dict[str, Any]:
    environment = Environment({"EMAIL_URL": value})
    read = environment.email("EMAIL_URL", FOLDER)
    assert environment.problems == []
    return read


def test_unset_writes_into_the_folder() -> None:
    assert read("")["EMAIL_BACKEND"] == "chatproject.core.mail.folder.EmailBackend"
    assert read("")["EMAIL_FILE_PATH"] == "/data/mail"
    assert read("file:///var/mail%20s")["EMAIL_FILE_PATH"] == "/var/mail s"
    assert read("console:")["EMAIL_BACKEND"].endswith("console.EmailBackend")


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "ssl"),
    [
        ("smtp://mail.example.org", "mail.example.org", 25, False, False),
        ("smtp://mail.example.org/?tls=0", "mail.example.org", 25, False, False),
        ("smtp://mail.example.org?tls=1", "mail.example.org", 587, True, False),
        ("smtp://mail.example.org:2525?tls=1", "mail.example.org", 2525, True, False),
        ("smtps://[::1]", "::1", 465, False, True),
    ],
)
def test_a_mail_server(url: str, host: str, port: int, tls: bool, ssl: bool) -> None:
    names = ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_USE_TLS", "EMAIL_USE_SSL")
    assert [read(url)[name] for name in names] == [host, port, tls, ssl]


def test_user_and_password_are_unquoted() -> None:
    read_ = read("smtps://chat%40example.org:a%2Fb%3A@mail.example.org")
    assert read_["EMAIL_HOST_USER"] == "chat@example.org"
    assert read_["EMAIL_HOST_PASSWORD"] == "a/b:"


@pytest.mark.parametrize(
    "value",
    [
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://user:se/cret@mail.example.org",
        "smtp://user:secret@mail.example.org:port",
        "smtp://user:secret@mail.example.org/path",
        "smtp://user:secret@mail.example.org?tls=yes",
        "smtp://user:secret@mail.example.org?ssl=1",
        "smtps://user:secret@mail.example.org?tls=1",
        "file://mail",
        "file:mail",
        "console://",
        "smtp://[",
    ],
)
def test_a_wrong_one_is_named_without_its_password(value: str) -> None:
    environment = Environment({"EMAIL_URL": value})
    assert environment.email("EMAIL_URL", FOLDER)["EMAIL_FILE_PATH"] == "/data/mail"
    [problem] = environment.problems
    assert problem.id == "chat.E042"
    assert problem.message.startswith("EMAIL_URL")
    assert "cret" not in problem.message


@pytest.mark.parametrize(
    ("value", "host", "sender"),
    [
        ("", "chat.example.org", "Chat <chat@chat.example.org>"),
        ("", "127.0.0.1", "Chat <chat@localhost>"),
        ("", "", "Chat <chat@localhost>"),
        ("it@example.org", "x.org", "it@example.org"),
        ("Our chat <it@example.org>", "x.org", "Our chat <it@example.org>"),
    ],
)
def test_the_sender(value: str, host: str, sender: str) -> None:
    assert Environment({"EMAIL_FROM": value}).sender("EMAIL_FROM", host) == sender


@pytest.mark.parametrize("value", ["chat", "Chat <chat>", "a@example.org\nBcc: b@example.org"])
def test_a_wrong_sender_is_named(value: str) -> None:
    environment = Environment({"EMAIL_FROM": value})
    environment.sender("EMAIL_FROM", "example.org")
    assert [problem.id for problem in environment.problems] == ["chat.E043"]
