"""Chats as WhatsApp exports them, with the dates of telephones in several languages."""

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conversations.models import Conversation
from messaging.models import Message
from tests.messaging.imports.translated import (
    check_repeats,
    lines_of,
    members_of,
    message,
    reasons,
    refusal_of,
    run,
)

pytestmark = pytest.mark.django_db

IOS = """\
[31.12.20, 23:59:58] Weekend: \u200eMessages and calls are end-to-end encrypted.
[31.12.20, 23:59:58] \u200eAnn created this group
[31.12.20, 23:59:59] Ann: *bold* & <3
second line: still Ann's
[31.12.20, 23:59:59] Ben: @\u2068Ann\u2069 yes 2*3*4
\u200e[01.01.21, 00:00:01] Ben: \u200e<Anhang: 00000012-PHOTO-2021-01-01.jpg>
[01.01.21, 00:00:02] \u202a+49 170 1234567\u202c: hello
"""
ANDROID = """\
12/31/20, 11:59 PM - Messages and calls are end-to-end encrypted. Tap to learn more.
12/31/20, 11:59 PM - Ann: IMG-20201231-WA0001.jpg (file attached)
A caption
1/13/21, 12:05 AM - Ben: <Media omitted>
1/13/21, 12:06 AM - Ben left
"""


def chat(folder: Path, text: str, name: str = "WhatsApp Chat with Weekend.txt") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_from_ios(tmp_path: Path) -> None:
    path = tmp_path / "WhatsApp Chat - Weekend.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("_chat.txt", IOS)
        archive.writestr("00000012-PHOTO-2021-01-01.jpg", b"x")
    report = check_repeats("whatsapp", path, "--time-zone", "Europe/Berlin")
    assert lines_of("Weekend") == [
        "Ann: **bold** & <3\nsecond line: still Ann's",
        "Ben: <@Ann> yes 2\\*3\\*4",
        "Ben: [00000012-PHOTO-2021-01-01.jpg]",
        "+49 170 1234567: hello",
    ]
    assert members_of("Weekend") == ["+49 170 1234567", "Ann", "Ben"]
    assert message("bold").created_at == datetime(2020, 12, 31, 22, 59, 59, tzinfo=UTC)
    assert message("yes").created_at > message("bold").created_at
    assert reasons(report, "skipped") == {"no_counterpart": 2}
    assert reasons(report, "changed") == {}


def test_from_android(tmp_path: Path) -> None:
    report = check_repeats("whatsapp", chat(tmp_path, ANDROID), "--time-zone", "UTC")
    assert lines_of("Weekend") == [
        "Ann: A caption\n📎 IMG-20201231-WA0001.jpg",
        "Ben: <Media omitted>",
    ]
    last = Message.objects.latest("seq")
    assert last.created_at == datetime(2021, 1, 13, 0, 5, tzinfo=UTC)
    assert reasons(report, "skipped") == {"no_counterpart": 2}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[25/12/2021, 09:08:07] Ann: x", "2021-12-25T09:08:07"),
        ("2021-12-25, 09:08 - Ann: x", "2021-12-25T09:08:00"),
        ("[2021/12/25, 21:08:07] Ann: x", "2021-12-25T21:08:07"),
        ("25.12.21, 09:08 - Ann: x", "2021-12-25T09:08:00"),
        ("05.04.21, 09:08 - Ann: x", "2021-04-05T09:08:00"),
        ("25/12/21 9:08 p. m. - Ann: x", "2021-12-25T21:08:00"),
        ("12/25/21, 12:08\u202fAM - Ann: x", "2021-12-25T00:08:00"),
        ("25-12-21 09.08 - Ann: x", "2021-12-25T09:08:00"),
    ],
)
def test_dates_of_many_languages(tmp_path: Path, line: str, expected: str) -> None:
    run("whatsapp", chat(tmp_path, line), "--time-zone", "UTC")
    assert Message.objects.get().created_at.isoformat() == f"{expected}+00:00"


def test_an_open_order_has_to_be_told(tmp_path: Path) -> None:
    path = chat(tmp_path, "05/04/21, 09:08 - Ann: x\n")
    assert "--date-order" in refusal_of("whatsapp", path)
    run("whatsapp", path, "--date-order", "mdy", "--time-zone", "UTC")
    assert Message.objects.get().created_at.date().isoformat() == "2021-05-04"


def test_two_people_have_a_direct_conversation(tmp_path: Path) -> None:
    text = "25.12.21, 09:08 - Ann: hi\n25.12.21, 09:08 - Ben: hello\n"
    run("whatsapp", chat(tmp_path, text, "WhatsApp Chat with Ben.txt"), "--time-zone", "UTC")
    pair = Conversation.objects.get()
    assert (pair.kind, members_of(pair)) == ("direct", ["Ann", "Ben"])
    assert lines_of(pair) == ["Ann: hi", "Ben: hello"]


@pytest.mark.parametrize("text", ["", "hello\nworld", "99.99.21, 09:08 - Ann: x"])
def test_what_is_no_chat_is_refused(tmp_path: Path, text: str) -> None:
    refusal_of("whatsapp", chat(tmp_path, text))


def test_a_wrong_order_is_refused(tmp_path: Path) -> None:
    path = chat(tmp_path, "25.12.21, 09:08 - Ann: x")
    assert "no date" in refusal_of("whatsapp", path, "--date-order", "mdy")
