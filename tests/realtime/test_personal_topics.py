"""Events of a person's own view may come late and twice; the newest value of each field stays."""

from uuid import UUID, uuid4

from chatproject.realtime.bus import to_user
from chatproject.realtime.personal_topics import MAX_STATES, StateOrder
from tests.realtime.scene import Scene, in_loop

TOPIC = "user:ann"


def state(rev: int | None, **fields: object) -> dict[str, object]:
    return {"type": "state.changed", "conversationId": "c", "stateRev": rev, **fields}


def test_what_comes_in_order_is_told_as_it_is() -> None:
    order = StateOrder()
    for event in (state(1, lastReadSeq=1), state(2, lastReadSeq=2), state(2, lastReadSeq=2)):
        assert order.news(TOPIC, event) is event


def test_a_late_event_loses_the_fields_that_are_newer_already() -> None:
    order = StateOrder()
    order.news(TOPIC, state(3, lastReadSeq=9))
    late = state(2, lastReadSeq=4, notify="none")
    assert order.news(TOPIC, late) == state(2, notify="none")
    assert order.news(TOPIC, state(1, notify="all", lastReadSeq=1)) is None


def test_facts_about_a_seq_are_always_told() -> None:
    order = StateOrder()
    order.news(TOPIC, state(3, hiddenSeq=7))
    late = state(2, hiddenSeq=5)
    assert order.news(TOPIC, late) is late


def test_conversations_and_people_are_apart() -> None:
    order = StateOrder()
    order.news(TOPIC, state(3, lastReadSeq=9))
    for topic, conversation in (("user:bob", "c"), (TOPIC, "d")):
        event = {**state(1, lastReadSeq=1), "conversationId": conversation}
        assert order.news(topic, event) is event


def test_events_without_an_order_are_told_as_they_are() -> None:
    order = StateOrder()
    part: dict[str, object] = {"type": "state.changed", "part": "contacts"}
    for event in (part, state(None, hiddenSeq=5), part):
        assert order.news(TOPIC, event) is event


def test_only_the_last_changed_are_kept() -> None:
    order = StateOrder()
    for number in range(MAX_STATES + 10):
        order.news(TOPIC, {**state(1, notify="all"), "conversationId": str(number)})
    assert len(order._told) == MAX_STATES


@in_loop
async def test_a_repeated_event_changes_nothing_that_is_newer() -> None:
    async with Scene() as scene:
        client, socket = await scene.listen()
        person, conversation = socket.user_id, str(uuid4())

        def told(rev: int, **fields: object) -> None:
            event = {**state(rev, **fields), "conversationId": conversation}
            scene.hub.deliver([to_user(UUID(str(person)), event, is_repeatable=True)])

        told(1, lastReadSeq=1)
        told(2, lastReadSeq=2)
        told(1, lastReadSeq=1)
        await scene.settle()
        assert [frame["lastReadSeq"] for frame in client.frames] == [1, 2]


# -- what no event has told


def test_a_change_that_never_came_is_not_taken_for_told() -> None:
    order = StateOrder()
    for rev in (1, 2, 4):
        order.news(TOPIC, state(rev, lastReadSeq=rev))
    assert order.is_told(TOPIC, state(2))
    assert not order.is_told(TOPIC, state(4))
    assert order.news(TOPIC, state(4, lastReadSeq=4, notify="none"), is_whole=True)
    assert order.is_told(TOPIC, state(4))
    order.news(TOPIC, state(5, lastReadSeq=5))
    assert order.is_told(TOPIC, state(5))


@in_loop
async def test_the_reconciler_tells_it_once_and_to_nobody_else() -> None:
    async with Scene() as scene:
        client, socket = await scene.listen()
        outsider, _ = await scene.listen()
        await scene.hub.reconciler.run_round()
        event = {**state(3, notify="none"), "conversationId": str(uuid4())}
        scene.queries.states = [(socket.user_id, event)]
        for _ in range(2):
            scene.hub.reconciler.hurry()
            await scene.hub.reconciler.run_round()
        await scene.settle()
        assert client.frames == [event]
        assert outsider.frames == []
        assert scene.queries.states_since == "7"  # from where the last question ended
