"""Who comes in while others come and go hears what they may see, and not a word more."""

import asyncio
from uuid import uuid4

from chatproject.realtime.bus import conversation_topic, to_user
from chatproject.realtime.hub_queries import Head
from chatproject.realtime.socket import Socket
from tests.realtime.scene import FOREVER, Held, RecordingClient, Scene, in_loop


class Late:
    """Somebody whose conversations were read, and who is not told of them yet."""

    def __init__(self, scene: Scene) -> None:
        self.client, self.person = RecordingClient(), uuid4()
        self._scene = scene
        scene.queries.visible[scene.conversation, self.person] = ((1, FOREVER),)
        self._socket = Socket(self.client.send, user_id=self.person, sign_in_id=uuid4())

    async def begin(self) -> None:
        self._reading = Held(self._scene.queries, "views")
        self._coming = asyncio.create_task(self._scene.hub.connect(self._socket))
        await self._reading.was_read.wait()

    async def end(self) -> dict[str, int] | None:
        self._reading.go_on.set()
        return await self._coming

    def put_out(self) -> None:
        """In the database; whether it is said is up to the test."""
        del self._scene.queries.visible[self._scene.conversation, self.person]
        head = self._scene.queries.head[self._scene.conversation]
        self._scene.queries.head[self._scene.conversation] = head._replace(
            member_rev=head.member_rev + 1
        )


def words(client: RecordingClient) -> list[object]:
    return [frame.get("n", frame.get("type")) for frame in client.frames]


@in_loop
async def test_one_reading_is_enough_where_others_listen() -> None:
    async with Scene() as scene:
        await scene.listen()
        late = Late(scene)
        await late.begin()  # a second reading would wait for nobody, and see the removal
        late.put_out()
        assert await late.end() == {str(scene.conversation): 0}


@in_loop
async def test_where_nobody_listens_it_is_read_after_the_subscription() -> None:
    async with Scene() as scene:
        late = Late(scene)
        await late.begin()
        scene.commit(scene.event(1), scene.event(2))
        assert await late.end() == {str(scene.conversation): 2}
        scene.hub.publish_here(scene.commit(scene.event(3)))
        await scene.settle()
        assert late.client.heard == [3]


@in_loop
async def test_where_others_listened_and_left_it_is_heard_all_the_same() -> None:
    async with Scene() as scene:
        _, other = await scene.listen()
        late, unheard = Late(scene), uuid4()
        scene.queries.head[unheard] = Head(0, 0)
        scene.queries.visible[unheard, late.person] = ((1, FOREVER),)
        await late.begin()
        second = Held(scene.queries, "views")  # for what nobody listens to
        coming = asyncio.create_task(late.end())
        await second.was_read.wait()
        await scene.hub.disconnect(other)
        second.go_on.set()
        assert await coming == {str(scene.conversation): 0, str(unheard): 0}
        scene.hub.publish_here(scene.commit(scene.event(1)))
        await scene.settle()
        assert late.client.heard == [1]


@in_loop
async def test_two_who_were_read_before_either_listened_miss_nothing() -> None:
    async with Scene() as scene:
        one, other = Late(scene), Late(scene)
        await one.begin()
        await other.begin()
        scene.hub.publish_here(scene.commit(scene.event(1)))  # to nobody
        second = Held(scene.queries, "views")
        first_in = asyncio.create_task(one.end())
        await second.was_read.wait()
        assert await other.end() == {str(scene.conversation): 1}
        second.go_on.set()
        assert await first_in == {str(scene.conversation): 1}


@in_loop
async def test_what_was_told_since_the_reading_is_hinted_at() -> None:
    async with Scene() as scene:
        await scene.listen()
        late = Late(scene)
        await late.begin()
        scene.hub.publish_here(scene.commit(scene.event(1), scene.event(2)))
        assert await late.end() == {str(scene.conversation): 0}
        scene.hub.publish_here(scene.commit(scene.event(3)))
        await scene.settle()
        assert words(late.client) == ["conversation.rev", 3]
        assert late.client.frames[0]["rev"] == 2


@in_loop
async def test_who_was_put_out_since_the_reading_hears_nothing() -> None:
    async with Scene() as scene:
        stays, _ = await scene.listen()
        late = Late(scene)
        await late.begin()
        late.put_out()
        scene.hub.publish_here(scene.commit(scene.event(1, member_rev=1)))
        await scene.settle()
        assert stays.heard == [1]  # and what all others see is known already
        assert await late.end() == {}
        scene.hub.publish_here([scene.event(7, rev=0, seq=1)])  # a receipt says no member_rev
        scene.hub.publish_here(scene.commit(scene.event(2, member_rev=1)))
        await scene.settle()
        assert stays.heard == [1, 7, 2]
        assert late.client.frames == []


@in_loop
async def test_what_was_missed_is_not_for_who_was_put_out_meanwhile() -> None:
    async with Scene() as scene:
        stays, _ = await scene.listen()
        late = Late(scene)
        await late.begin()
        late.put_out()
        scene.commit(scene.event(1, member_rev=1))  # never published
        spans = Held(scene.queries, "spans")
        scene.hub._feeds[conversation_topic(scene.conversation)].catch_up(Head(1, 0))
        await spans.was_read.wait()
        await late.end()
        spans.go_on.set()
        await scene.settle()
        assert stays.heard == [1]
        assert words(late.client) == ["conversation.left"]


@in_loop
async def test_who_comes_back_while_the_others_are_read_is_not_put_out_again() -> None:
    async with Scene() as scene:
        await scene.listen()
        client, socket = await scene.listen()
        here, person = scene.conversation, socket.user_id
        event = {"conversationId": str(here), "rev": 2, "toSeq": 0}
        del scene.queries.visible[here, person]
        spans = Held(scene.queries, "spans")
        scene.hub.publish_here(scene.commit(scene.event(1, member_rev=1)))
        await spans.was_read.wait()
        scene.hub.publish_here([to_user(person, {"type": "conversation.left", **event})])
        await scene.settle()
        scene.queries.visible[here, person] = ((1, FOREVER),)
        scene.hub.publish_here(scene.commit(scene.event(2, member_rev=2)))
        scene.hub.publish_here([to_user(person, {"type": "conversation.joined", **event})])
        await scene.settle()
        spans.go_on.set()
        await scene.settle()
        scene.hub.publish_here(scene.commit(scene.event(3, member_rev=2)))
        await scene.settle()
        told = words(client)
        assert told[:2] == ["conversation.left", "conversation.joined"]
        assert (told.count("conversation.left"), told[-1]) == (1, 3)


@in_loop
async def test_one_comes_in_where_the_log_was_turned_back_to_a_backup() -> None:
    async with Scene() as scene:
        scene.queries.head[scene.conversation] = Head(9, 3)
        await scene.listen()
        scene.queries.head[scene.conversation] = Head(2, 1)
        async with asyncio.timeout(5):
            client, _ = await scene.listen()
        await scene.settle()
        assert words(client) == ["conversation.rev"]


@in_loop
async def test_who_was_put_out_in_silence_is_found_by_the_sweep() -> None:
    async with Scene() as scene:
        await scene.listen()
        late = Late(scene)
        await late.begin()
        late.put_out()
        await late.end()
        await scene.hub.reconciler.run_round()
        await scene.settle()
        assert words(late.client) == ["conversation.left"]


@in_loop
async def test_who_comes_while_the_others_are_read_is_read_too() -> None:
    async with Scene() as scene:
        stays, _ = await scene.listen()
        late = Late(scene)
        await late.begin()
        late.put_out()
        spans = Held(scene.queries, "spans")
        scene.hub.publish_here(scene.commit(scene.event(1, member_rev=1)))
        await scene.settle()
        assert await late.end() == {str(scene.conversation): 0}
        spans.go_on.set()
        await scene.settle()
        assert stays.heard == [1]
        assert words(late.client) == ["conversation.left"]
        assert scene.queries.asked == ["spans", "spans"]


@in_loop
async def test_who_is_added_while_coming_in_is_told_once_of_all() -> None:
    async with Scene() as scene:
        late = Late(scene)
        del scene.queries.visible[scene.conversation, late.person]
        await late.begin()
        scene.queries.visible[scene.conversation, late.person] = ((1, FOREVER),)
        scene.queries.head[scene.conversation] = Head(1, 1)
        joined = {"type": "conversation.joined", "conversationId": str(scene.conversation)}
        scene.hub.publish_here([to_user(late.person, {**joined, "rev": 1})])
        await scene.settle()
        assert await late.end() == {}
        scene.hub.publish_here(scene.commit(scene.event(2, member_rev=1)))
        await scene.settle()
        assert words(late.client) == ["conversation.joined", 2]
