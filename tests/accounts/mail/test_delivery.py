"""Mails over a real SMTP server and into the folder: what arrives, and what is refused."""

import email
import email.policy
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any, Self

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from accounts.mail.delivery import deliver, deliver_anyway
from accounts.mail.mails import Item, Link, Mail
from accounts.models import User
from accounts.tasks import prune_mail_folder
from chatproject.environment.mail import email_settings
from tests.cast import make_person
from tests.servers import free_port

pytestmark = pytest.mark.django_db

MAIL = Mail(
    to="ann@example.org",
    subject="Hello\n <Ann> ✉",
    paragraphs=["Dear <b>Ann</b> & Bob,", "all is well."],
    link=Link("Look", "http://127.0.0.1:8000/x?token=a&b=c"),
    items=[Item("Bob in Weekend", "<script>1</script>", "http://127.0.0.1:8000/c/1")],
    reason="You get this mail because of a test.",
)


class MailServer:
    """A mail server that keeps what it takes, and answers to recipients as it is told."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.answer = "250 OK"
        self.logins: list[tuple[bytes, bytes]] = []
        self.port = free_port()
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            authenticator=self._authenticate,
            auth_require_tls=False,
        )

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *args: object) -> None:
        self._controller.stop()

    def _authenticate(self, server: SMTP, session: Session, *args: Any) -> AuthResult:
        given: LoginPassword = args[-1]
        self.logins.append((given.login, given.password))
        return AuthResult(success=True)

    async def handle_RCPT(  # noqa: N802 (named by aiosmtpd)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.taken.append(envelope)
        return "250 OK"


@pytest.fixture
def mail_server(settings: Any) -> Iterator[MailServer]:
    with MailServer() as server:
        use(settings, f"smtp://chat%40x:pass%2Fword@127.0.0.1:{server.port}")
        yield server


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    use(settings, "", tmp_path / "mail")
    return tmp_path / "mail"


def use(settings: Any, url: str, folder: Path = Path("unused")) -> None:
    for name, value in email_settings(url, folder).items():
        setattr(settings, name, value)


def parsed(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=email.policy.default)  # type: ignore[return-value]


def test_a_mail_arrives_whole_over_smtp(mail_server: MailServer) -> None:
    deliver(replace(MAIL, unsubscribe="http://127.0.0.1:8000/u?token=z"), number="7.abc")

    [envelope] = mail_server.taken
    assert mail_server.logins == [(b"chat@x", b"pass/word")]
    assert envelope.rcpt_tos == ["ann@example.org"]
    assert isinstance(envelope.content, bytes)
    message = parsed(envelope.content)
    assert message["Subject"] == "Hello <Ann> ✉"
    assert message["From"] == "Chat <chat@localhost>"
    assert message["Message-ID"] == "<7.abc@localhost>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"]
    assert message["List-Unsubscribe"] == "<http://127.0.0.1:8000/u?token=z>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_text_and_html_say_the_same(folder: Path) -> None:
    deliver(MAIL, number="7")

    [file] = folder.iterdir()
    message = parsed(file.read_bytes())
    assert file.suffix == ".eml"
    assert file.stat().st_mode & 0o077 == 0
    assert message.get_content_type() == "multipart/alternative"
    text, html = (part.get_content() for part in message.iter_parts())  # type: ignore[union-attr]
    for said in ("Dear <b>Ann</b> & Bob,", "<script>1</script>", "token=a&b=c", MAIL.reason):
        assert said in text
    assert "Dear &lt;b&gt;Ann&lt;/b&gt; &amp; Bob," in html
    assert "<script" not in html
    assert 'href="http://127.0.0.1:8000/x?token=a&amp;b=c"' in html
    assert "prefers-color-scheme: dark" in html
    assert 'name="color-scheme" content="light dark"' in html
    assert message["List-Unsubscribe"] is None


def test_nothing_is_loaded_from_anywhere(folder: Path) -> None:
    deliver(MAIL, number="7")
    html = next(folder.iterdir()).read_text()
    assert not any(mark in html.lower() for mark in ("<img", "src=", "url(", "@import", "<link"))


def test_each_mail_has_a_file_of_its_own(folder: Path) -> None:
    for number in range(5):
        deliver(MAIL, number=str(number))
    assert len(list(folder.glob("*.eml"))) == len(list(folder.iterdir())) == 5


@pytest.mark.parametrize("answer", ["550 5.1.1 No such user", "550 unknown", "551 5.2.1 Disabled"])
def test_an_address_that_is_refused_for_good_is_set_aside(
    mail_server: MailServer, answer: str
) -> None:
    ann = make_person("Ann", email="ann@example.org")
    mail_server.answer = answer

    deliver(MAIL, number="1")
    ann.refresh_from_db()
    assert ann.email_bounced_at is not None

    mail_server.answer = "250 OK"
    deliver(MAIL, number="2")
    assert mail_server.taken == []  # nothing more goes there
    deliver(replace(MAIL, to="bob@example.org"), number="3")
    deliver_anyway(MAIL, number="4")  # but what confirms the address anew
    assert [envelope.rcpt_tos for envelope in mail_server.taken] == [
        ["bob@example.org"],
        ["ann@example.org"],
    ]


@pytest.mark.parametrize(
    "answer", ["450 4.2.1 Try later", "554 5.7.1 Relay access denied", "550 5.7.26 No DKIM"]
)
def test_a_refusal_that_is_not_about_the_address_is_tried_again(
    mail_server: MailServer, answer: str
) -> None:
    make_person("Ann", email="ann@example.org")
    mail_server.answer = answer

    with pytest.raises(SMTPRecipientsRefused):
        deliver(MAIL, number="1")
    assert not User.objects.filter(email_bounced_at__isnull=False).exists()


def test_a_server_that_is_away_is_tried_again(settings: Any) -> None:
    use(settings, f"smtp://127.0.0.1:{free_port()}")
    with pytest.raises((OSError, SMTPServerDisconnected)):
        deliver(MAIL, number="1")


def test_old_mails_leave_the_folder(folder: Path) -> None:
    for number in ("1", "2"):
        deliver(MAIL, number=number)
    old, new = sorted(folder.iterdir())
    month = timedelta(days=31).total_seconds()
    os.utime(old, (old.stat().st_mtime - month,) * 2)

    prune_mail_folder(timestamp=0)
    assert list(folder.iterdir()) == [new]
