"""Questions as people ask them of a real day of a busy channel, and what they expect to see first.

The excerpt is from Kummerfeld et al., “A Large-Scale Corpus for Conversation Disentanglement”, ACL
2019 (CC-BY-4.0).
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from accounts.models import User
from messaging.imports.history import ImportedMessage, append_history
from messaging.search.messages import search_messages
from messaging.search.query import parse_query
from tests.cast import make_conversation, make_person
from tests.messaging.search.conftest import index_all

pytestmark = pytest.mark.django_db

DATA = json.loads(Path(__file__).with_name("ubuntu_irc.json").read_text())
START = datetime(2005, 7, 25, 8, 0, tzinfo=UTC)
FIRST = 5

QUESTIONS = {
    "grub loading stage": "it installed grub at the end",
    "mount extra hard drive": "how to mount my extra hard drive",
    "screenshot kubuntu": "take a screenshot with Kubuntu",
    "root password sudo": "set a root password with sudo passwd root",
    "ipv6 in use": "ERROR: Module ipv6 is in use",
    "untar tar.bz2": "properly untar a .tar.bz2",
    "hp printer": "hp digital copier 410 usb printer",
    "gcc by default": "why doesnt ubuntu come with gcc by default",
    "ndiswrapper wlan0": "Just installed Ubuntu and got wlan up",
    "installing warcraft": "installing Warcraft 3",
    "webcam gaim": "watch my freinds webcams",
    "kernel sources synaptic": "to download the kernel sources",
    "emacs terminal": "emacs start in the terminal by default",
    "remove cdrom": "remove the cdrom",
    "md5sum mismatch": "MD5Sum mismatches",
    "change ip address": "how to change ip address without",
    "usb backup": "backup all my large files",
    "space standard install": "how much space does a standard Ubuntu install use",
    "change lilo to grub": "i installed mine with LILO",
    "anti-aliasing": "my fonts look like crap",
    "apache index.php": "download the index.php instead of running it",
    "enlightenment session gdm": "enlightenment to show up in the session context menu",
    '"amount of ram"': "show the amount of ram currently installed",
    "segmentation fault": "returns segmentation fault when they close",
    "gnomebaker mp3": "gnomebaker take up to 20 minutes",
    "splash image": "unset my default splash image",
    "play mp3 beep": "beep media player to play my mp3s",
    ".deb downloaded locally": "that I have downloaded locally",
    "ubuntulite": "ubuntulite iso",
    "losing /home": "without losing the /home data",
    "/dev/null permission denied": "line 389: /dev/null: Permission denied",
    "backported security fix": "security team to backport the fix",
    "codecs has:link": "ubuntuguide.org/#codecs",
    "vlc has:link": "videolan.org/vlc/download-debian",
    "id=12825": "bugzilla.ubuntu.com/show_bug.cgi?id=12825",
    "from:burgundavia breezy": "Breezy will have a clear upgrade path",
}


@pytest.fixture
def reader() -> User:
    """Somebody who was there all day."""
    names = sorted({name for name, _ in DATA["messages"]})
    people = {name: make_person(name, language="en") for name in names}
    reader = make_person("Reader", language="en")
    conversation = make_conversation(reader, *people.values(), title="#ubuntu")
    messages = [
        ImportedMessage(
            seq=seq,
            client_id=uuid4(),
            sender_id=people[name].pk,
            created_at=START + timedelta(seconds=40 * seq),
            body=text,
        )
        for seq, (name, text) in enumerate(DATA["messages"], 1)
    ]
    append_history(conversation.pk, messages)
    index_all()
    return reader


def test_thirty_questions_are_answered_on_top(reader: User) -> None:
    assert len(QUESTIONS) >= 30
    missed = {}
    for asked, expected in QUESTIONS.items():
        page = search_messages(viewer=reader, query=parse_query(asked), limit=FIRST)
        texts = [hit["message"]["content"] for hit in page.results]
        if not any(expected in text for text in texts):
            missed[asked] = texts
    assert missed == {}
