"""The shape of the answer, filters, pages, and what is refused."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Contact, User
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.hides import hide_message
from messaging.actions.pins import pin_message
from messaging.actions.reactions import add_reaction
from messaging.models import Message
from tests.cast import api, leave, make_conversation, make_direct, make_person, say
from tests.messaging.actions.scene import Scene
from tests.messaging.search.conftest import Find, index_all


def ask(person: User, q: str = "", **params: Any) -> Any:
    index_all()
    return api(person).get("/v1/search", {"q": q, **params})


def contents(answer: Any) -> list[str]:
    return [hit["message"]["content"] for hit in answer.json()["results"]]


@pytest.mark.usefixtures("either_index")
def test_the_shape_of_a_hit(scene: Scene) -> None:
    for text in ("before it", "Das Café 🎉 am Café", "after it"):
        say(scene.conversation, scene.owner, text)

    body = ask(scene.member, "cafe", neighbours=1).json()

    (hit,) = body["results"]
    assert hit["conversation"] == {
        "id": str(scene.id),
        "kind": "group",
        "title": scene.conversation.title,
    }
    assert hit["highlights"] == [[4, 8], [14, 18]]  # the emoji is one code point
    around = hit["neighbours"]
    assert [it["content"] for it in around["before"]] == ["before it"]
    assert [it["content"] for it in around["after"]] == ["after it"]
    assert body["people"] == [{"id": str(scene.owner.pk), "name": "Olga", "isBot": False}]
    assert (body["next"], body["previous"], body["filters"]) == (None, None, [])


@pytest.mark.usefixtures("either_index")
def test_filters_in_the_text_and_as_parameters(scene: Scene, find: Find) -> None:
    say(scene.conversation, scene.owner, "mine https://example.org words")
    reply_to = say(scene.conversation, scene.member, "words of the member")["seq"]
    say(scene.conversation, scene.owner, "words back", reply_to_seq=reply_to)
    pin_message(conversation_id=scene.id, user_id=scene.owner.pk, seq=reply_to)
    add_reaction(conversation_id=scene.id, user_id=scene.owner.pk, seq=1, emoji="👍")
    owner = scene.owner

    assert find(owner, "from:mia") == ["words of the member"]
    assert find(owner, "from:@Mia words") == ["words of the member"]
    assert find(owner, f"from:{scene.member.pk}") == ["words of the member"]
    assert find(owner, "words", **{"from": "mia"}) == ["words of the member"]
    assert find(owner, "words -from:me", sort="newest") == ["words of the member"]
    assert find(owner, "is:mine has:link") == ["mine https://example.org words"]
    assert find(owner, "is:reply") == ["words back"]
    assert find(owner, "is:pinned") == ["words of the member"]
    assert find(owner, "has:reaction") == ["mine https://example.org words"]
    assert find(owner, f'in:"{scene.conversation.title}" member') == ["words of the member"]
    assert find(owner, f"in:{scene.id} back") == ["words back"]
    assert find(owner, f"words -in:{scene.id}") == []
    assert find(owner, "with:mia back") == ["words back"]
    assert find(owner, f"with:{scene.outsider.pk} words") == []
    assert find(scene.leaver, "is:unread member") == ["words of the member"]
    assert find(owner, "on:today member") == ["words of the member"]
    assert find(owner, "before:today words") == []
    assert find(owner, "after:yesterday back") == ["words back"]
    assert ask(owner, "from:mia words").json()["filters"] == [
        {"name": "from", "value": "mia", "negated": False, "text": "from:mia"}
    ]


def test_an_unknown_filter_is_a_text(scene: Scene, find: Find) -> None:
    say(scene.conversation, scene.owner, "set color:blue there")
    say(scene.conversation, scene.owner, "color it blue")

    assert find(scene.member, "color:blue") == ["set color:blue there"]


@pytest.mark.parametrize(
    ("q", "field", "code"),
    [
        ("before:yesterdayish", "before", "not_a_day"),
        ("on:2026-02-30", "on", "not_a_day"),
        ("after:9999-12-31", "after", "not_a_day"),
        ("from:nobody", "from", "unknown_person"),
        ("in:nowhere", "in", "unknown_conversation"),
        ("with:nobody", "with", "unknown_person"),
        ("has:wings", "has", "unknown_choice"),
        ("is:blue", "is", "unknown_choice"),
        ("-before:2026-01-01", "before", "not_negatable"),
        ("x" * 1001, "q", "too_long"),
        ("a or " * 40, "q", "too_many"),
        ("has:link " * 20, "q", "too_many"),
    ],
)
def test_a_wrong_value_is_named(scene: Scene, q: str, field: str, code: str) -> None:
    answer = ask(scene.member, q)

    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["field"], error["code"]) == (field, code)


@pytest.mark.parametrize(
    "params",
    [
        {"kind": "spells"},
        {"sort": "luck"},
        {"limit": "0"},
        {"neighbours": "99"},
        {"cursor": "nonsense"},
        {"cursor": "WyJhIiwiYiIsImMiXQ"},
        {"timeZone": "Mars/Olympus"},
        {"before": "soon"},
        {"from": "nul\0"},
    ],
)
def test_wrong_parameters(scene: Scene, params: dict[str, str]) -> None:
    assert ask(scene.member, "words", **params).status_code == 400


def test_nobody_is_answered_without_signing_in(db: None) -> None:
    assert api().get("/v1/search", {"q": "words"}).status_code == 401


HOSTILE = [
    "' or 1=1 --",
    "\\",
    "'\\''",
    "% _ %",
    "&|!():*<->",
    "foo & | bar",
    "!!!",
    '"',
    '""',
    '"unclosed phrase',
    "-",
    "--",
    "-- -",
    "or",
    "or or or",
    "or and not",
    ".*(a+)+$",
    "(((((((",
    "a:*",
    "foo:bar:baz",
    "from:",
    "from:@",
    'from:""',
    'in:"',
    "\ud800".encode("utf-8", "replace").decode(),
    "\u202e\u200b\u200d",
    "🏳️‍🌈 👩‍👩‍👧",
    "a" * 1000,
    "% " * 500,
    "ก็" * 400,
    "\U0001d518\U0001d52b\U0001d526",
    "{} {0} %s %(viewer)s",
    "$1 $$ ;",
    "<script>alert(1)</script>",
    "-a -b -c",
    "x" * 64 + " " + "y" * 65,
    "from:" + "%" * 100,
    " or ".join(f"w{n}" for n in range(40)),
    " or " * 240,
    "from:@me " * 40,
    "before:9999-12-31",
    "on:0001-01-01",
]


@pytest.mark.parametrize("q", HOSTILE)
@pytest.mark.parametrize("kind", ["messages", "conversations", "people", "files"])
def test_hostile_text_is_plainly_answered(scene: Scene, q: str, kind: str) -> None:
    say(scene.conversation, scene.owner, "a plain text")

    for sort in ("relevance", "newest"):
        assert ask(scene.member, q, kind=kind, sort=sort).status_code in (200, 400)


def test_ten_thousand_characters_and_nul_are_refused(scene: Scene) -> None:
    assert ask(scene.member, "x" * 10_000).status_code == 400
    assert ask(scene.member, "nul\0").status_code == 400


def test_a_search_that_takes_too_long_is_given_up(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    from messaging.search import postgres_find

    say(scene.conversation, scene.owner, "words")
    slow = f"pg_sleep(9) IS NOT NULL AND {postgres_find.ENTRY}"
    monkeypatch.setattr(postgres_find, "ENTRY", slow)
    monkeypatch.setattr("django.conf.settings.SEARCH_SECONDS", 0.05)

    answer = ask(scene.member, "words")

    assert (answer.status_code, answer.json()["code"]) == (400, "search_too_slow")


@pytest.mark.usefixtures("either_index")
@pytest.mark.parametrize("sort", ["relevance", "newest"])
def test_pages_joined_are_the_whole(scene: Scene, sort: str) -> None:
    for number in range(23):
        say(scene.conversation, scene.owner, f"words {number} {'and more ' * (number % 4)}")
        say(scene.conversation, scene.owner, f"swordsman {number}")
    whole = contents(ask(scene.member, "words", sort=sort, limit=100))
    assert len(whole) == 46

    joined, cursor = [], None
    while True:
        extra = {"cursor": cursor} if cursor else {}
        answer = ask(scene.member, "words", sort=sort, limit=7, **extra)
        assert len(contents(answer)) <= 7
        joined += contents(answer)
        cursor = answer.json()["next"]
        if cursor is None:
            break
    assert joined == whole
    if sort == "relevance":
        assert all("swordsman" not in it for it in whole[:23])


@pytest.mark.usefixtures("either_index")
def test_blocks_of_ranked_candidates_are_joined(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    from messaging.search import messages

    monkeypatch.setattr(messages, "RANKED", 5)
    for number in range(18):
        say(scene.conversation, scene.owner, f"words {number}")
    seen: list[str] = []
    cursor = None
    while True:
        answer = ask(scene.member, "words", limit=4, **({"cursor": cursor} if cursor else {}))
        seen += contents(answer)
        cursor = answer.json()["next"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(f"words {number}" for number in range(18))


@pytest.mark.usefixtures("either_index")
def test_what_goes_is_gone_at_once(scene: Scene) -> None:
    """Whatever the index still holds."""
    gone, hidden, edited = (
        say(scene.conversation, scene.owner, f"words {n}")["seq"] for n in range(3)
    )
    index_all()
    delete_message(conversation_id=scene.id, user_id=scene.owner.pk, seq=gone)
    hide_message(conversation_id=scene.id, user_id=scene.member.pk, seq=hidden)
    edit_message(conversation_id=scene.id, user_id=scene.owner.pk, seq=edited, body="other")

    for sort in ("relevance", "newest"):
        answer = api(scene.member).get("/v1/search", {"q": "words", "sort": sort})
        assert contents(answer) == []


@pytest.mark.usefixtures("either_index")
def test_who_left_finds_what_stood_then(scene: Scene, find: Find) -> None:
    seq = say(scene.conversation, scene.owner, "the first version")["seq"]
    leave(scene.conversation, scene.leaver)
    edit_message(
        conversation_id=scene.id, user_id=scene.owner.pk, seq=seq, body="the second version"
    )
    say(scene.conversation, scene.owner, "a later version")

    assert find(scene.leaver, "version") == ["the first version"]
    assert find(scene.leaver, "second") == []
    assert find(scene.leaver, "version -second") == ["the first version"]
    assert sorted(find(scene.member, "version")) == ["a later version", "the second version"]
    assert find(scene.member, "first") == []


@pytest.mark.usefixtures("either_index")
def test_days_are_the_persons(scene: Scene, find: Find) -> None:
    say(scene.conversation, scene.owner, "late words")
    Message.objects.update(created_at="2026-03-01T23:30:00Z")
    index_all()
    berlin = scene.member
    berlin.time_zone = "Europe/Berlin"
    berlin.save()

    assert find(scene.owner, "words on:2026-03-01") == ["late words"]
    assert find(berlin, "words on:2026-03-01") == []
    assert find(berlin, "words on:2026-03-02") == ["late words"]
    assert find(berlin, "words after:2026-02 before:2026-04") == ["late words"]
    assert find(scene.owner, "words on:2026-03-02", timeZone="Europe/Berlin") == ["late words"]


def test_the_time_zone_is_a_setting(scene: Scene) -> None:
    client = api(scene.member)
    answer = client.patch("/v1/users/me", {"timeZone": "Asia/Tokyo"}, format="json")
    assert answer.json()["timeZone"] == "Asia/Tokyo"
    answer = client.patch("/v1/users/me", {"timeZone": "Nowhere"}, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "unknown_time_zone")


@pytest.mark.usefixtures("either_index")
def test_stems_of_the_senders_language(scene: Scene, find: Find) -> None:
    User.objects.filter(pk=scene.owner.pk).update(language="en")
    User.objects.filter(pk=scene.admin.pk).update(language="de")
    say(scene.conversation, scene.owner, "it was installed yesterday")
    say(scene.conversation, scene.admin, "die Häuser am See")
    say(scene.conversation, scene.member, "no language known, installed")

    assert find(scene.member, "installing") == ["it was installed yesterday"]
    assert find(scene.member, "Haus") == ["die Häuser am See"]


def test_conversations_by_name_with_errors_forgiven(scene: Scene) -> None:
    make_conversation(scene.member, title="Kitchen renovation")
    make_conversation(scene.owner, title="Kitchen secrets")
    make_conversation(scene.owner, title="Kitchen for all", kind="public")
    direct = make_direct(scene.member, scene.owner)
    Contact.objects.create(owner=scene.member, person=scene.owner, nickname="Ólga the Great")

    def titles(q: str) -> list[str]:
        answer = ask(scene.member, q, kind="conversations")
        return [hit["conversation"]["title"] for hit in answer.json()["results"]]

    assert sorted(titles("kitchen")) == ["Kitchen for all", "Kitchen renovation"]
    assert sorted(titles("kichen")) == ["Kitchen for all", "Kitchen renovation"]
    assert titles("olga grat") == ["Ólga the Great"]
    (hit,) = ask(scene.member, "great", kind="conversations").json()["results"]
    assert (hit["conversation"]["id"], hit["highlights"]) == (str(direct.pk), [[9, 14]])


def test_people_by_name_with_errors_forgiven(scene: Scene) -> None:
    make_person("Zoë Katharina Müller")
    make_person("Zoe Closed", is_active=False)

    def names(q: str) -> list[str]:
        answer = ask(scene.outsider, q, kind="people")
        return [hit["person"]["name"] for hit in answer.json()["results"]]

    assert names("zoe") == ["Zoë Katharina Müller"]
    assert names("catharina muler") == ["Zoë Katharina Müller"]
    assert names("") == []
    pages = []
    for number in range(5):
        make_person(f"Walter {number}")
    cursor = None
    while True:
        extra = {"cursor": cursor} if cursor else {}
        body = ask(scene.outsider, "walter", kind="people", limit=2, **extra).json()
        pages.append([hit["person"]["name"] for hit in body["results"]])
        cursor = body["next"]
        if cursor is None:
            break
    assert sorted(name for page in pages for name in page) == [f"Walter {n}" for n in range(5)]


@pytest.mark.usefixtures("either_index")
def test_no_search_leads_to_a_conversation_of_others(scene: Scene) -> None:
    secret = make_conversation(scene.owner, title="Secret plans")
    say(secret, scene.owner, "hidden treasure")

    for person in (scene.member, scene.outsider):
        assert contents(ask(person, "treasure")) == []
        assert ask(person, f"in:{secret.pk} treasure").json()["results"] == []
        assert ask(person, 'in:"Secret plans"').status_code == 400
        assert ask(person, "secret", kind="conversations").json()["results"] == []
    assert ask(scene.member, f"in:{uuid4()} treasure").json()["results"] == []


def test_yesterday_is_a_day(scene: Scene, find: Find) -> None:
    say(scene.conversation, scene.owner, "old words")
    Message.objects.update(created_at=timezone.now() - timedelta(days=1))

    assert find(scene.member, "words on:yesterday") == ["old words"]
    assert find(scene.member, "words on:today") == []
