"""A sign-in from a device that was not seen before is told by mail."""

import pytest

from accounts.auth.client_address import Client
from accounts.auth.sign_ins import start_token_sign_in
from accounts.models import User
from tests.accounts.mail.scene import send_mails
from tests.accounts.scene import person_with_password

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cheap_hashes")]

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:1) Gecko/20100101 Firefox/"
HOME = Client("192.0.2.7", f"{FIREFOX}140.0")


@pytest.fixture
def ann() -> User:
    person = person_with_password("Ann", email="ann@example.org", time_zone="Europe/Berlin")
    start_token_sign_in(user=person, client=HOME)
    return person


def test_the_first_sign_in_is_no_news(ann: User) -> None:
    assert send_mails() == []


@pytest.mark.parametrize(
    "client",
    [HOME, Client(HOME.address, f"{FIREFOX}141.0")],  # a newer version of the same browser
)
def test_a_known_device_is_no_news(ann: User, client: Client) -> None:
    start_token_sign_in(user=ann, client=client)
    assert send_mails() == []


@pytest.mark.parametrize(
    ("client", "said"),
    [
        (Client("198.51.100.9", HOME.user_agent), ["198.51.100.9", "Firefox, Linux"]),
        (Client(HOME.address, "curl/8.0"), [HOME.address, "curl/8.0"]),
        (Client(None, ""), ["Unknown address", "Unknown program"]),
    ],
)
def test_an_unknown_one_is_told_once(ann: User, client: Client, said: list[str]) -> None:
    start_token_sign_in(user=ann, client=client)

    [message] = send_mails()
    assert message.to == ["ann@example.org"]
    assert all(text in message.body for text in [*said, "CET" if "CET" in message.body else "CEST"])
    start_token_sign_in(user=ann, client=client)
    assert send_mails() == []


def test_anothers_devices_do_not_count(ann: User) -> None:
    bob = person_with_password("Bob", email="bob@example.org")
    start_token_sign_in(user=bob, client=Client("198.51.100.9", "curl/8.0"))
    start_token_sign_in(user=bob, client=HOME)
    assert [message.to for message in send_mails()] == [["bob@example.org"]]


def test_who_has_no_address_is_told_nothing() -> None:
    bot = person_with_password("Bot", email=None)
    for client in (HOME, Client(None, "")):
        start_token_sign_in(user=bot, client=client)
    assert send_mails() == []
