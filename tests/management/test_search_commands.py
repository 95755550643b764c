"""`manage.py rebuild_search` and `check_search`: the index proved, and made anew."""

from typing import Any

import pytest
from django.db import connection

from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.reactions import add_reaction
from messaging.imports.history import delete_history
from messaging.maintenance.erasure import erase_messages
from messaging.maintenance.retention import due_conversations, expire, set_retention
from messaging.models import SearchCursor, SearchEntry
from messaging.search import rebuild
from tests.cast import make_conversation, make_person, say
from tests.management.pasts import age, fill
from tests.management.running import entries, run
from tests.messaging.actions.scene import Scene, make_scene
from tests.messaging.search.conftest import index_all


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene()


def check() -> tuple[int, Any]:
    return run("check_search")


def whats(report: Any) -> list[str]:
    return [it["what"] for it in report["differences"]]


def test_nothing_is_wrong_after_all_that_can_happen(scene: Scene) -> None:
    place: dict[str, Any] = {"conversation_id": scene.id, "user_id": scene.owner.pk}
    for number in range(6):
        say(scene.conversation, scene.owner, f"words {number}")
        say(scene.conversation, scene.member, f"other words {number}")
    index_all()
    edit_message(**place, seq=1, body="once")
    edit_message(**place, seq=1, body="twice")
    edit_message(**place, seq=3, body="edited and deleted")
    index_all()
    delete_message(**place, seq=3)
    add_reaction(**place, seq=2, emoji="👍")
    list(erase_messages(user_id=scene.member.pk, conversation_id=scene.id))
    age(scene.id, days=400, up_to=7)
    set_retention(conversation_id=scene.id, days=30)
    for due in due_conversations():
        list(expire(due, sleep=lambda _: None))

    assert check()[1]["conversationsBehind"] == 1
    index_all()
    status, report = check()
    assert (status, report["differences"], report["conversationsBehind"]) == (0, [], 0)
    kept = SearchEntry.objects.filter(conversation_id=scene.id).values_list("text", flat=True)
    assert sorted(kept) == ["words 4", "words 5"]


def test_erasing_and_retention_empty_the_index_themselves(scene: Scene) -> None:
    say(scene.conversation, scene.member, "mine to erase")
    say(scene.conversation, scene.owner, "old")
    index_all()

    assert run("erase_user", str(scene.member.pk), "--yes")[0] == 0
    kept = SearchEntry.objects.filter(conversation_id=scene.id).values_list("text", flat=True)
    assert list(kept) == ["old"]

    age(scene.id, days=400, up_to=2)
    assert run("apply_retention", "--conversation", str(scene.id), "--keep", "30")[0] == 0
    assert not kept.all().exists()


def test_each_difference_is_named_and_rebuilt(scene: Scene) -> None:
    for number in range(4):
        say(scene.conversation, scene.owner, f"words {number}")
    index_all()
    SearchEntry.objects.filter(seq=1).delete()
    SearchEntry.objects.filter(seq=2).update(text="otherwise")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE messaging_searchentry SET seq = 77 WHERE seq = 3")

    status, report = check()
    assert (status, sorted(whats(report))) == (1, ["different", "extra", "missing", "missing"])

    assert run("rebuild_search") == (0, {"messages": 0, "dryRun": False})  # nothing is old
    status, report = run("rebuild_search", "--all")
    assert status == 0
    assert len(entries("search.rebuilt")) == 2
    assert check() == (0, {**check()[1], "differences": []})


def test_it_goes_on_where_it_was_cut_off(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild, "BATCH", 4)
    one, other = scene.conversation, make_conversation(scene.owner)
    for each in (one, other):
        fill(each, scene.owner, number=10)
    index_all()
    rebuild.begin_rebuild()
    assert rebuild.count_left() == 20

    run_of_it = rebuild.rebuild()
    assert [next(run_of_it) for _ in range(2)] == [4, 4]
    run_of_it.close()
    assert run("rebuild_search", "--dry-run")[1] == {"messages": 12, "dryRun": True}
    assert check()[1]["conversationsOld"] == 2

    assert sum(rebuild.rebuild()) > 0
    assert rebuild.count_left() == 0
    assert check()[0] == 0


def test_another_text_configuration_is_told(scene: Scene) -> None:
    say(scene.conversation, scene.owner, "words")
    index_all()
    SearchCursor.objects.update(version=99)

    assert check()[1]["conversationsOld"] == 1
    assert run("rebuild_search")[0] == 0
    assert check()[0] == 0


def test_a_log_that_was_begun_anew(scene: Scene) -> None:
    """As an import does that was interrupted."""
    empty = make_conversation(make_person("Ben"))
    fill(empty, scene.owner, number=5)
    index_all()
    delete_history(empty.pk)
    fill(empty, scene.owner, number=2, words="new words")
    index_all()

    assert check()[0] == 0
    assert SearchEntry.objects.filter(conversation_id=empty.pk).count() == 2


def test_the_dry_run_changes_nothing(scene: Scene) -> None:
    say(scene.conversation, scene.owner, "words")

    assert run("rebuild_search", "--dry-run") == (0, {"messages": 1, "dryRun": True})
    assert not SearchEntry.objects.exists()
