"""What is found by which words."""

import pytest

from tests.cast import say
from tests.messaging.actions.scene import Scene
from tests.messaging.search.conftest import Find

pytestmark = pytest.mark.usefixtures("either_index")


def test_a_word(scene: Scene, find: Find) -> None:
    say(scene.conversation, scene.owner, "Who brings the tent?")
    say(scene.conversation, scene.owner, "Nobody")

    assert find(scene.member, "tent") == ["Who brings the tent?"]
    assert find(scene.outsider, "tent") == []


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Das Café schließt um fünf", "cafe"),
        ("the cafe", "café"),
        ("Straße", "STRASSE"),
        ("strasse", "straße"),
        ("smørrebrød", "smorrebrod"),
        ("defragmentation", "fragment"),
        ("今天我们在东京吃饭", "东京"),
        ("今天我们在东京吃饭", "吃"),
        ("明日は東京都庁に行きます", "東京都"),
        ("한국어를 배우고 있어요", "한국"),
        ("ผมชอบกินข้าวผัด", "ข้าว"),
        ("use foo_bar here", "foo_bar"),
        ("use foo_bar here", "foo_b"),
        ("see a.b.c now", "a.b.c"),
        ("I write C++ daily", "C++"),
        ("fixed in #123", "#123"),
        ("look into /etc/fstab please", "/etc/fstab"),
        ("https://example.org/a/b?x=1#y", "https://example.org/a/b?x=1"),
        ("well done 🎉", "🎉"),
        ("it costs 42.50 €", "42.50"),
        ("it costs 42.50 €", "€"),
        ("one two three", "two three"),
        ("one two three", '"two three"'),
        ("one two three", "four or three"),
        ("one two three", "one -four"),
        ("one two three", 'one "two'),
        ("e\u0301te\u0301 here", "été"),
        ("hello, world!", "world"),
        ("don\u2019t stop", "don't"),
    ],
)
def test_found(scene: Scene, find: Find, text: str, query: str) -> None:
    say(scene.conversation, scene.owner, text)

    assert find(scene.member, query) == [text]
    assert find(scene.member, query, sort="newest") == [text]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("fixed in #1234", '"#123"'),
        ("one two three", '"one three"'),
        ("one two three", "one -two"),
        ("concatenate", '"cat"'),
        ("東京", "京都"),
        ("ab", "a"),
        ("one two", "one three"),
    ],
)
def test_not_found(scene: Scene, find: Find, text: str, query: str) -> None:
    say(scene.conversation, scene.owner, text)

    assert find(scene.member, query) == []
    assert find(scene.member, query, sort="newest") == []
