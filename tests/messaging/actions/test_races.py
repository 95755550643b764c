"""Two devices, or two people, at the same moment: real threads on real connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from chatproject.core.errors import Refusal
from conversations.models import Participant
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.hides import hide_message
from messaging.actions.pins import pin_message
from messaging.actions.reactions import add_reaction, remove_reaction
from messaging.actions.receipts import Advance, advance_pointers, mark_delivered, mark_read
from messaging.models import Hide, Message, Reaction, Receipt, Revision
from tests.cast import leave, make_conversation, make_person, say
from tests.lock_waits import until_somebody_waits
from tests.messaging.actions.scene import Scene, make_scene

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    return make_scene()


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """What each action gave, or the refusal that it raised, all begun in the same moment."""
    start = Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            start.wait()
            return action()
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def head(scene: Scene) -> tuple[int, int]:
    scene.conversation.refresh_from_db()
    return scene.conversation.last_seq, scene.conversation.last_rev


def test_two_edits_keep_both_versions_in_order(scene: Scene) -> None:
    sent = say(scene.conversation, scene.member, "original")
    place = {"conversation_id": scene.id, "user_id": scene.member.pk, "seq": sent["seq"]}
    texts = [f"version {number}" for number in range(8)]

    answers = at_once(*(lambda text=text: edit_message(**place, body=text) for text in texts))

    said = {answer["rev"]: answer["content"] for answer in answers}
    kept = Revision.objects.filter(conversation=scene.conversation).order_by("rev")
    assert list(kept.values_list("rev", "body")) == [(0, "original"), *sorted(said.items())]
    assert sorted(said) == list(range(sent["rev"] + 1, sent["rev"] + 9))
    stored = Message.objects.get(conversation=scene.conversation, seq=sent["seq"])
    assert (stored.rev, stored.body) == max(said.items())
    assert head(scene) == (1, sent["rev"] + 8)


def test_one_reaction_added_many_times_is_one_row_and_one_rev(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner)
    place = {"conversation_id": scene.id, "user_id": scene.member.pk, "seq": sent["seq"]}

    answers = at_once(*[lambda: add_reaction(**place, emoji="👍")] * 8)

    assert {answer["rev"] for answer in answers} == {sent["rev"] + 1}
    assert Reaction.objects.filter(conversation=scene.conversation).count() == 1
    assert head(scene) == (1, sent["rev"] + 1)


def test_reactions_of_many_people_are_all_counted(scene: Scene) -> None:
    people = [make_person(f"Person {number}") for number in range(8)]
    group = make_conversation(scene.owner, *people)
    sent = say(group, scene.owner)

    answers = at_once(
        *(
            lambda person=person: add_reaction(
                conversation_id=group.pk, user_id=person.pk, seq=sent["seq"], emoji="👍"
            )
            for person in people
        )
    )

    counts = sorted(answer["reactions"][0]["count"] for answer in answers)
    assert counts == list(range(1, 9))
    last = max(answers, key=lambda answer: answer["rev"])
    assert set(last["reactions"][0]["userIds"]) == {str(person.pk) for person in people}


def test_adding_and_removing_end_in_what_the_last_rev_says(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner)
    place = {"conversation_id": scene.id, "user_id": scene.member.pk, "seq": sent["seq"]}

    for _ in range(5):
        answers = at_once(
            *[lambda: add_reaction(**place, emoji="👍")] * 2,
            *[lambda: remove_reaction(**place, emoji="👍")] * 2,
        )
        last = max(answers, key=lambda answer: answer["rev"])
        rows = Reaction.objects.filter(conversation=scene.conversation, removed_rev=None)
        assert rows.count() == len(last["reactions"])


def test_an_edit_against_a_deletion_leaves_nothing_of_the_text(scene: Scene) -> None:
    for _ in range(5):
        sent = say(scene.conversation, scene.member, "original")
        place = {"conversation_id": scene.id, "seq": sent["seq"]}
        own = place | {"user_id": scene.member.pk}
        other = place | {"user_id": scene.owner.pk}
        at_once(
            partial(edit_message, **own, body="edited"),
            partial(add_reaction, **other, emoji="👍"),
            partial(pin_message, **other),
            partial(delete_message, **own),
        )
        stored = Message.objects.get(**place)
        assert (stored.body, stored.pinned_at) == ("", None)
        assert stored.deleted_at is not None
        assert not Revision.objects.filter(**place).exists()
        assert not Reaction.objects.filter(**place).exists()


def test_hiding_twice_is_one_row_and_one_change(scene: Scene) -> None:
    sent = say(scene.conversation, scene.owner)
    place = {"conversation_id": scene.id, "user_id": scene.member.pk, "seq": sent["seq"]}

    at_once(*[lambda: hide_message(**place)] * 6)

    assert Hide.objects.filter(conversation=scene.conversation).count() == 1
    assert Participant.objects.get(user=scene.member).state_rev == 1


def test_receipts_of_many_devices_cover_each_seq_once(scene: Scene) -> None:
    for _ in range(40):
        say(scene.conversation, scene.owner)
    place = {"conversation_id": scene.id, "user_id": scene.member.pk}

    def device(step: int) -> Callable[[], Any]:
        def run() -> None:
            for seq in range(step, 41, step):
                mark_delivered(**place, seq=seq)
                mark_read(**place, seq=seq)

        return run

    at_once(*(device(step) for step in (1, 2, 3, 4, 5)))

    for kind in Receipt.Kind:
        rows = Receipt.objects.filter(conversation=scene.conversation, user=scene.member, kind=kind)
        ranges = list(rows.order_by("from_seq").values_list("from_seq", "up_to_seq"))
        covered = [seq for low, high in ranges for seq in range(low + 1, high + 1)]
        assert covered == list(range(1, 41)), kind
    mine = Participant.objects.get(user=scene.member)
    assert (mine.last_read_seq, mine.last_delivered_seq) == (40, 40)
    steps = Receipt.objects.filter(user=scene.member).values("at").distinct().count()
    assert mine.state_rev >= steps


def test_batches_over_the_same_people_do_not_deadlock(scene: Scene) -> None:
    people = [make_person(f"Person {number}") for number in range(12)]
    group = make_conversation(scene.owner, *people)
    for _ in range(30):
        say(group, scene.owner)

    def flush(order: int) -> Callable[[], Any]:
        def run() -> None:
            for seq in range(1, 31):
                advance_pointers(
                    [Advance(p.pk, group.pk, Receipt.Kind.READ, seq) for p in people[::order]]
                )

        return run

    at_once(flush(1), flush(-1), flush(1), flush(-1))

    pointers = Participant.objects.filter(conversation=group, user__in=people)
    assert set(pointers.values_list("last_read_seq", flat=True)) == {30}
    for person in people:
        rows = Receipt.objects.filter(conversation=group, user=person, kind="read")
        ranges = list(rows.order_by("from_seq").values_list("from_seq", "up_to_seq"))
        covered = [seq for low, high in ranges for seq in range(low + 1, high + 1)]
        assert covered == list(range(1, 31))


def while_the_row_is_held(scene: Scene, act: Callable[[], Any]) -> Any:
    """What `act` gives, when another device of the member moves the pointer to 2 meanwhile."""
    is_held = Barrier(2)

    def hold() -> None:
        with transaction.atomic():
            mine = Participant.objects.filter(conversation=scene.id, user=scene.member)
            mine.select_for_update().get()
            is_held.wait()
            until_somebody_waits()
            mine.update(last_read_seq=2, last_delivered_seq=2)

    def run() -> Any:
        is_held.wait()
        return act()

    _, answer = at_once(hold, run)
    return answer


def ranges_read(user: Any) -> list[tuple[int, int]]:
    rows = Receipt.objects.filter(user=user, kind=Receipt.Kind.READ).order_by("from_seq")
    return list(rows.values_list("from_seq", "up_to_seq"))


def test_a_pointer_that_moves_meanwhile_is_read_anew(scene: Scene) -> None:
    for _ in range(3):
        say(scene.conversation, scene.owner)

    answer = while_the_row_is_held(
        scene, lambda: mark_read(conversation_id=scene.id, user_id=scene.member.pk, seq=3)
    )

    assert answer["lastReadSeq"] == 3
    assert ranges_read(scene.member) == [(2, 3)]


def test_a_pointer_that_overtakes_meanwhile_stays_ahead(scene: Scene) -> None:
    for _ in range(3):
        say(scene.conversation, scene.owner)

    answer = while_the_row_is_held(
        scene, lambda: mark_read(conversation_id=scene.id, user_id=scene.member.pk, seq=1)
    )

    assert answer["lastReadSeq"] == 2
    assert ranges_read(scene.member) == []


def test_a_batch_waits_for_a_row_that_is_held_but_holds_no_other_meanwhile(scene: Scene) -> None:
    for _ in range(3):
        say(scene.conversation, scene.owner)
    people = (scene.admin, scene.member)

    answers = while_the_row_is_held(
        scene,
        lambda: advance_pointers(
            [Advance(person.pk, scene.id, Receipt.Kind.READ, 3) for person in people]
        ),
    )

    assert [answer.last_read_seq for answer in answers] == [3, 3]
    assert ranges_read(scene.member) == [(2, 3)]
    assert ranges_read(scene.admin) == [(0, 3)]


def test_reading_against_leaving_never_moves_an_ended_period(scene: Scene) -> None:
    for _ in range(5):
        say(scene.conversation, scene.owner)

    at_once(
        lambda: leave(scene.conversation, scene.leaver),
        *[
            lambda: mark_read(conversation_id=scene.id, user_id=scene.leaver.pk, seq=2**40)
            for _ in range(4)
        ],
    )

    ended = Participant.objects.get(user=scene.leaver)
    assert ended.to_seq is not None
    assert ended.last_read_seq <= ended.to_seq
    published = Receipt.objects.filter(user=scene.leaver, kind="read")
    assert max(published.values_list("up_to_seq", flat=True), default=0) == ended.last_read_seq
