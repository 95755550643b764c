"""The hub tells every socket what it sees, in order, whatever the bus does."""

import asyncio
from uuid import uuid4

import orjson
import pytest

from chatproject.core.api.json import dump
from chatproject.realtime import reconciler
from chatproject.realtime.bus import Publication, to_user
from chatproject.realtime.feed import GAP_PATIENCE
from chatproject.realtime.hub_queries import Head
from chatproject.realtime.socket import MAX_QUEUED_BYTES, MAX_QUEUED_FRAMES, Socket
from chatproject.realtime.websocket import CLOSE_GOING_AWAY, CLOSE_RESUME, CLOSE_SIGNED_OUT
from tests.realtime.scene import FOREVER, Held, RecordingClient, Scene, in_loop


@in_loop
async def test_events_come_in_order_to_all() -> None:
    async with Scene() as scene:
        (one, _), (other, _) = await scene.listen(), await scene.listen()
        scene.hub.publish_here(scene.commit(scene.event(1), scene.event(2)))
        scene.hub.publish_here(scene.commit(scene.event(3)))
        await scene.settle()
        assert one.heard == other.heard == [1, 2, 3]


@in_loop
async def test_nothing_for_who_is_not_in() -> None:
    async with Scene() as scene:
        client = RecordingClient()
        await scene.hub.connect(Socket(client.send, user_id=uuid4(), sign_in_id=uuid4()))
        scene.hub.publish_here(scene.commit(scene.event(1)))
        await scene.settle()
        assert client.frames == []


@in_loop
async def test_events_out_of_turn_are_put_in_order() -> None:
    async with Scene() as scene:
        client, _ = await scene.listen()
        first, second, third = scene.commit(scene.event(1), scene.event(2), scene.event(3))
        scene.hub.publish_here([third])
        scene.hub.publish_here([first])
        await scene.settle()
        assert client.heard == [1]
        scene.hub.publish_here([second])
        await scene.settle()
        assert client.heard == [1, 2, 3]
        assert scene.queries.asked == []


@in_loop
async def test_a_missing_event_is_fetched_once_for_all() -> None:
    async with Scene() as scene:
        (one, _), (other, _) = await scene.listen(), await scene.listen()
        _, second = scene.commit(scene.event(1), scene.event(2))
        scene.hub.publish_here([second])
        await scene.settle(GAP_PATIENCE * 2)
        assert one.heard == other.heard == [1, 2]
        assert scene.queries.asked == ["missed since 0"]


@in_loop
async def test_a_late_event_is_not_told_again() -> None:
    async with Scene() as scene:
        client, _ = await scene.listen()
        first, second = scene.commit(scene.event(1), scene.event(2))
        scene.hub.publish_here([second])
        await scene.settle(GAP_PATIENCE * 2)
        scene.hub.publish_here([first])
        await scene.settle()
        assert client.heard == [1, 2]


@in_loop
async def test_of_a_gap_that_is_too_long_the_rev_is_told() -> None:
    async with Scene() as scene:
        client, _ = await scene.listen()
        events = scene.commit(*(scene.event(n) for n in range(1, 21)))
        scene.hub.publish_here(events[-1:])
        await scene.settle(GAP_PATIENCE * 2)
        (hint,) = client.frames
        assert (hint["type"], hint["rev"]) == ("conversation.rev", 20)


@in_loop
async def test_the_sweep_tells_what_was_never_published() -> None:
    async with Scene() as scene:
        client, _ = await scene.listen()
        scene.commit(scene.event(1), scene.event(2))
        await scene.hub.reconciler.run_round()
        await scene.settle()
        assert client.heard == [1, 2]


@in_loop
async def test_the_sweep_hurries_when_the_bus_has_lost_something(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reconciler, "ROUND_SECONDS", 600.0)
    async with Scene() as scene:
        client, _ = await scene.listen()
        await scene.settle()
        scene.commit(scene.event(1))
        scene.hub.reconciler.hurry()
        async with asyncio.timeout(20):
            while not client.frames:  # noqa: ASYNC110 (the sweep has no event to wait for)
                await asyncio.sleep(0.01)
        assert client.heard == [1]


@in_loop
async def test_who_may_not_see_the_seq_gets_the_rev_alone() -> None:
    async with Scene() as scene:
        early, _ = await scene.listen()
        late, _ = await scene.listen(((5, FOREVER),))
        back, _ = await scene.listen(((1, 2), (5, FOREVER)))
        scene.hub.publish_here(scene.commit(scene.event(1, seq=2), scene.event(2, seq=4)))
        scene.hub.publish_here(scene.commit(scene.event(3, seq=6)))
        await scene.settle()
        assert early.heard == [1, 2, 3]
        assert [frame.get("rev", frame.get("n")) for frame in late.frames] == [1, 2, 3]
        assert [frame.get("type") for frame in late.frames] == ["conversation.rev"] * 2 + [None]
        assert [frame.get("type") for frame in back.frames] == [None, "conversation.rev", None]


@in_loop
async def test_ranges_are_read_anew_before_an_event_with_a_newer_member_rev() -> None:
    async with Scene() as scene:
        stays, _ = await scene.listen()
        goes, socket = await scene.listen()
        del scene.queries.visible[scene.conversation, socket.user_id]
        event = scene.event(1, member_rev=1)
        scene.commit(event)
        scene.queries.head[scene.conversation] = Head(1, 1)
        scene.hub.publish_here([event])
        scene.hub.publish_here(scene.commit(scene.event(2, member_rev=1)))
        await scene.settle()
        assert stays.heard == [1, 2]
        assert [frame["type"] for frame in goes.frames] == ["conversation.left"]
        assert scene.queries.asked == ["spans"]


@in_loop
async def test_the_sweep_notices_who_was_put_out() -> None:
    async with Scene() as scene:
        goes, socket = await scene.listen()
        del scene.queries.visible[scene.conversation, socket.user_id]
        scene.commit(scene.event(1))
        scene.queries.head[scene.conversation] = Head(1, 1)
        await scene.hub.reconciler.run_round()
        await scene.settle()
        assert [frame["type"] for frame in goes.frames] == ["conversation.left"]


@in_loop
async def test_what_stands_beside_the_log_is_told_at_once() -> None:
    async with Scene() as scene:
        client, _ = await scene.listen()
        scene.commit(scene.event(1), scene.event(2))
        scene.hub.publish_here([scene.event(7, rev=0, seq=1)])
        await scene.settle()
        assert client.heard == [7]


@in_loop
async def test_who_is_added_hears_of_it_and_then_all() -> None:
    async with Scene() as scene:
        client = RecordingClient()
        socket = Socket(client.send, user_id=uuid4(), sign_in_id=uuid4())
        await scene.hub.connect(socket)
        scene.queries.visible[scene.conversation, socket.user_id] = ((1, FOREVER),)
        scene.commit(scene.event(7))
        here = {"conversationId": str(scene.conversation), "rev": 7}
        joined = {"type": "conversation.joined", **here}
        scene.hub.publish_here([to_user(socket.user_id, joined)])
        await scene.settle()
        scene.hub.publish_here(scene.commit(scene.event(8)))
        await scene.settle()
        assert client.heard == [joined, 8]


@in_loop
async def test_what_is_sent_before_the_one_who_is_added_listens_is_told_to_be_there() -> None:
    async with Scene() as scene:
        client = RecordingClient()
        socket = Socket(client.send, user_id=uuid4(), sign_in_id=uuid4())
        await scene.hub.connect(socket)
        scene.queries.visible[scene.conversation, socket.user_id] = ((1, FOREVER),)
        scene.commit(scene.event(7), scene.event(8))
        here = {"conversationId": str(scene.conversation)}
        joined = {"type": "conversation.joined", **here, "rev": 7}
        scene.hub.publish_here([to_user(socket.user_id, joined)])
        await scene.settle()
        assert client.heard == [joined, {"type": "conversation.rev", **here, "rev": 8}]


@in_loop
async def test_who_is_added_while_the_database_is_away_hears_of_it_later() -> None:
    async with Scene() as scene:
        client = RecordingClient()
        socket = Socket(client.send, user_id=uuid4(), sign_in_id=uuid4())
        await scene.hub.connect(socket)
        scene.queries.is_away = True
        here = {"conversationId": str(scene.conversation), "rev": 0}
        joined = {"type": "conversation.joined", **here}
        scene.hub.publish_here([to_user(socket.user_id, joined)])
        await scene.settle()
        scene.queries.is_away = False
        scene.queries.visible[scene.conversation, socket.user_id] = ((1, FOREVER),)
        scene.queries.joined = [(socket.user_id, scene.conversation)]
        await scene.hub.reconciler.run_round()
        assert client.heard == [joined]


@in_loop
async def test_the_sweep_tells_who_was_added_in_silence() -> None:
    async with Scene() as scene:
        client = RecordingClient()
        socket = Socket(client.send, user_id=uuid4(), sign_in_id=uuid4())
        await scene.hub.connect(socket)
        scene.queries.visible[scene.conversation, socket.user_id] = ((1, FOREVER),)
        scene.queries.joined = [(socket.user_id, scene.conversation)]
        await scene.hub.reconciler.run_round()
        await scene.hub.reconciler.run_round()
        await scene.settle()
        assert [frame["type"] for frame in client.frames] == ["conversation.joined"]


@in_loop
async def test_who_leaves_hears_no_more() -> None:
    async with Scene() as scene:
        client, socket = await scene.listen()
        left = {"type": "conversation.left", "conversationId": str(scene.conversation)}
        scene.hub.publish_here([to_user(socket.user_id, left)])
        await scene.settle()
        scene.hub.publish_here(scene.commit(scene.event(1)))
        await scene.settle()
        assert client.heard == [left]


@in_loop
async def test_the_sweep_looks_back_as_far_as_the_last_that_went_through() -> None:
    async with Scene() as scene:
        await scene.listen()
        scene.hub.reconciler._members_checked_at -= 1_000
        await scene.hub.reconciler.run_round()
        assert scene.queries.joined_asked > 1_000
        await scene.hub.reconciler.run_round()
        assert scene.queries.joined_asked < 1_000


@in_loop
async def test_who_is_removed_in_silence_is_told_so_and_hears_no_more() -> None:
    async with Scene() as scene:
        stays, _ = await scene.listen()
        client, socket = await scene.listen()
        del scene.queries.visible[scene.conversation, socket.user_id]
        scene.queries.ended_at[scene.conversation, socket.user_id] = 1
        scene.commit(scene.event(1, member_rev=1))
        await scene.hub.reconciler.run_round()
        await scene.settle(GAP_PATIENCE)
        here = {"conversationId": str(scene.conversation)}
        assert client.heard == [{"type": "conversation.left", **here, "toSeq": 1}]
        scene.hub.publish_here(scene.commit(scene.event(2, member_rev=1)))
        await scene.settle()
        assert stays.heard == [1, 2]
        assert len(client.heard) == 1

        scene.queries.visible[scene.conversation, socket.user_id] = ((3, FOREVER),)
        scene.queries.joined = [(socket.user_id, scene.conversation)]
        await scene.hub.reconciler.run_round()
        scene.hub.publish_here(scene.commit(scene.event(3, member_rev=1)))
        await scene.settle(GAP_PATIENCE)
        names = [frame.get("type") for frame in client.frames[1:]]
        assert names[0] == "conversation.joined"
        assert client.heard[-1] == 3


@in_loop
async def test_a_removal_that_was_said_is_said_once() -> None:
    async with Scene() as scene:
        client, socket = await scene.listen()
        del scene.queries.visible[scene.conversation, socket.user_id]
        left = {"type": "conversation.left", "conversationId": str(scene.conversation)}
        scene.hub.publish_here(
            [
                *scene.commit(scene.event(1, member_rev=1)),
                to_user(socket.user_id, {**left, "toSeq": 1}),
            ]
        )
        await scene.settle(GAP_PATIENCE)
        assert client.heard == [{**left, "toSeq": 1}]


@in_loop
async def test_signing_out_closes_that_sign_in_alone() -> None:
    async with Scene() as scene:
        client, socket = await scene.listen()
        other = RecordingClient()
        await scene.hub.connect(Socket(other.send, user_id=socket.user_id, sign_in_id=uuid4()))
        whose = {"userId": str(socket.user_id)}
        for _ in range(2):  # a command may come twice
            scene.hub.on_sign_ins_ended({**whose, "signInId": str(socket.sign_in_id)})
        await scene.settle()
        assert (client.close_code, other.close_code) == (CLOSE_SIGNED_OUT, None)
        scene.hub.on_sign_ins_ended({**whose, "signInId": None})
        await scene.settle()
        assert other.close_code == CLOSE_SIGNED_OUT


@in_loop
async def test_the_sweep_closes_a_sign_in_that_has_ended() -> None:
    async with Scene() as scene:
        client, socket = await scene.listen()
        scene.queries.ended = {socket.sign_in_id}
        await scene.hub.reconciler.run_round()
        await scene.settle()
        assert client.close_code == CLOSE_SIGNED_OUT


@in_loop
async def test_a_stop_says_come_back() -> None:
    scene = Scene()
    await scene.hub.start()
    client, _ = await scene.listen()
    await scene.hub.stop()
    await scene.settle()
    assert client.close_code == CLOSE_GOING_AWAY


@in_loop
async def test_after_a_disconnect_nothing_is_kept() -> None:
    async with Scene() as scene:
        client, socket = await scene.listen()
        await scene.hub.disconnect(socket)
        scene.hub.publish_here(scene.commit(scene.event(1)))
        await scene.settle()
        assert client.frames == []
        assert scene.hub.personal.sockets == set()
        assert not scene.hub._feeds
        assert not scene.bus._subscribers


@in_loop
async def test_who_goes_while_another_is_told_of_a_joining_leaves_nothing_behind() -> None:
    async with Scene() as scene:
        person = uuid4()
        sockets = [
            Socket(RecordingClient().send, user_id=person, sign_in_id=uuid4()) for _ in range(2)
        ]
        for socket in sockets:
            await scene.hub.connect(socket)
        scene.queries.visible[scene.conversation, person] = ((1, FOREVER),)
        view = Held(scene.queries, "view")
        joined = {"type": "conversation.joined", "conversationId": str(scene.conversation)}
        scene.hub.publish_here([to_user(person, joined)])
        await view.was_read.wait()
        for socket in sockets:
            await scene.hub.disconnect(socket)
        view.go_on.set()
        await scene.settle()
        assert (scene.hub._feeds, scene.hub.socket_count) == ({}, 0)


@in_loop
async def test_one_large_frame_is_no_sign_of_a_slow_client() -> None:
    client = RecordingClient()
    socket = Socket(client.send, user_id=uuid4(), sign_in_id=uuid4())
    socket.write([dump({"n": "x" * MAX_QUEUED_BYTES})])
    for _ in range(20):
        await asyncio.sleep(0)
    assert (len(client.frames), client.close_code) == (1, None)


@in_loop
async def test_a_client_that_does_not_read_is_told_to_resume_and_slows_nobody() -> None:
    async with Scene() as scene:
        slow, _ = await scene.listen()
        quick, _ = await scene.listen()
        slow.deaf.clear()
        for n in range(1, MAX_QUEUED_FRAMES + 3):
            scene.hub.publish_here(scene.commit(scene.event(n)))
            await scene.settle()
        assert len(quick.frames) == MAX_QUEUED_FRAMES + 2
        slow.deaf.set()
        await scene.settle()
        assert slow.close_code == CLOSE_RESUME
        assert quick.close_code is None


@in_loop
async def test_of_a_slow_client_the_ephemeral_is_dropped_first() -> None:
    async with Scene() as scene:
        slow, _ = await scene.listen()
        slow.deaf.clear()
        scene.hub.publish_here([scene.event(-1, seq=0, rev=0)] * MAX_QUEUED_FRAMES)
        events = scene.commit(*(scene.event(n) for n in range(1, 10)))
        for event in events:
            scene.hub.publish_here([event])
        await scene.settle()
        slow.deaf.set()
        await scene.settle()
        assert [n for n in slow.heard if n > 0] == list(range(1, 10))
        assert slow.close_code is None


@in_loop
async def test_what_is_dropped_while_it_is_being_sent_takes_nothing_else_along() -> None:
    async with Scene() as scene:
        slow, _ = await scene.listen()
        slow.deaf.clear()
        ephemeral = scene.event(-1, seq=0, rev=0)
        scene.hub.publish_here([ephemeral])
        await scene.settle()
        events = scene.commit(*(scene.event(n) for n in range(1, 10)))
        scene.hub.publish_here(events)
        scene.hub.publish_here([ephemeral] * MAX_QUEUED_FRAMES)
        await scene.settle()
        slow.deaf.set()
        await scene.settle()
        assert slow.heard == [-1, *range(1, 10)]


@in_loop
async def test_a_held_socket_gets_hello_first() -> None:
    async with Scene() as scene:
        client, socket = await scene.listen()
        socket.hold()
        scene.hub.publish_here(scene.commit(scene.event(1)))
        await scene.settle()
        assert client.frames == []
        socket.release(orjson.dumps({"n": "hello"}))
        await scene.settle()
        assert client.heard == ["hello", 1]


@in_loop
async def test_a_broken_publication_ends_nothing() -> None:
    async with Scene() as scene:
        client, socket = await scene.listen()
        broken = Publication(f"user:{socket.user_id}", b"no json")
        scene.hub.publish_here([broken, *scene.commit(scene.event(1))])
        await scene.settle()
        assert client.heard == [1]


@in_loop
async def test_a_scoped_socket_hears_of_its_conversation_alone() -> None:
    async with Scene() as scene:
        client = RecordingClient()
        socket = Socket(client.send, user_id=uuid4(), sign_in_id=uuid4(), is_scoped=True)
        scene.queries.visible[scene.conversation, socket.user_id] = ((1, FOREVER),)
        assert await scene.hub.connect(socket, scene.conversation) == {str(scene.conversation): 0}
        other = str(uuid4())
        scene.hub.publish_here(
            [
                to_user(socket.user_id, {"type": "conversation.joined", "conversationId": other}),
                to_user(socket.user_id, {"type": "state.changed", "conversationId": other}),
                to_user(socket.user_id, {"n": 1, "conversationId": str(scene.conversation)}),
                *scene.commit(scene.event(1)),
            ]
        )
        await scene.settle()
        assert client.heard == [1, 1]


@in_loop
async def test_a_scoped_socket_of_what_one_may_not_see_is_refused() -> None:
    async with Scene() as scene:
        client = RecordingClient()
        socket = Socket(client.send, user_id=uuid4(), sign_in_id=uuid4(), is_scoped=True)
        assert await scene.hub.connect(socket, scene.conversation) is None
