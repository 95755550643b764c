"""Who comes in while others come and go hears what they may see, and not a word more."""

import asyncio
from uuid import uuid4

from chatproject.core.realtime.bus import to_user
from chatproject.core.realtime.directory import Head
from chatproject.core.realtime.socket import Socket
from tests.realtime.scene import FOREVER, Ears, Scene, in_loop


class Late:
    """Somebody whose conversations were read, and who is not told of them yet."""

    def __init__(self, scene: Scene) -> None:
        self.ears, self.person = Ears(), uuid4()
        self._scene = scene
        self._was_read, self._go_on = asyncio.Event(), asyncio.Event()
        scene.directory.sight[scene.conversation, self.person] = ((1, FOREVER),)
        self._socket = Socket(self.ears.send, user_id=self.person, sign_in_id=uuid4())

    async def begin(self) -> None:
        read, directory = self._scene.directory.views, self._scene.directory

        async def slowly(user_id: object) -> object:
            views = await read(self.person)
            self._was_read.set()
            await self._go_on.wait()
            return views

        directory.views = slowly  # type: ignore[assignment,method-assign]
        self._coming = asyncio.create_task(self._scene.hub.connect(self._socket))
        await self._was_read.wait()
        directory.views = read  # type: ignore[method-assign]

    async def end(self) -> dict[str, int] | None:
        self._go_on.set()
        return await self._coming

    def put_out(self) -> None:
        """In the database; whether it is said is up to the test."""
        del self._scene.directory.sight[self._scene.conversation, self.person]
        head = self._scene.directory.head[self._scene.conversation]
        self._scene.directory.head[self._scene.conversation] = head._replace(
            member_rev=head.member_rev + 1
        )


def words(ears: Ears) -> list[object]:
    return [frame.get("n", frame.get("type")) for frame in ears.frames]


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
        assert late.ears.heard == [3]


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
        assert words(late.ears) == ["conversation.rev", 3]
        assert late.ears.frames[0]["rev"] == 2


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
        await late.end()
        scene.hub.publish_here(scene.commit(scene.event(2, member_rev=1)))
        await scene.settle()
        assert stays.heard == [1, 2]
        assert words(late.ears) == ["conversation.rev", "conversation.left"]


@in_loop
async def test_who_was_put_out_in_silence_is_found_by_the_sweep() -> None:
    async with Scene() as scene:
        await scene.listen()
        late = Late(scene)
        await late.begin()
        late.put_out()
        await late.end()
        await scene.hub.sweep()
        await scene.settle()
        assert words(late.ears) == ["conversation.left"]


@in_loop
async def test_who_comes_while_the_others_are_read_is_read_too() -> None:
    async with Scene() as scene:
        stays, _ = await scene.listen()
        late = Late(scene)
        await late.begin()
        late.put_out()
        read, go_on = scene.directory.spans, asyncio.Event()

        async def slowly(*args: object) -> object:
            answer = await read(*args)  # type: ignore[arg-type]
            await go_on.wait()
            return answer

        scene.directory.spans = slowly  # type: ignore[assignment,method-assign]
        scene.hub.publish_here(scene.commit(scene.event(1, member_rev=1)))
        await scene.settle()
        assert await late.end() == {str(scene.conversation): 0}
        go_on.set()
        await scene.settle()
        assert stays.heard == [1]
        assert words(late.ears) == ["conversation.left"]
        assert scene.directory.asked == ["spans", "spans"]


@in_loop
async def test_who_is_added_while_coming_in_is_told_once_of_all() -> None:
    async with Scene() as scene:
        late = Late(scene)
        del scene.directory.sight[scene.conversation, late.person]
        await late.begin()
        scene.directory.sight[scene.conversation, late.person] = ((1, FOREVER),)
        scene.directory.head[scene.conversation] = Head(1, 1)
        joined = {"type": "conversation.joined", "conversationId": str(scene.conversation)}
        scene.hub.publish_here([to_user(late.person, {**joined, "rev": 1})])
        await scene.settle()
        assert await late.end() == {}
        scene.hub.publish_here(scene.commit(scene.event(2, member_rev=1)))
        await scene.settle()
        assert words(late.ears) == ["conversation.joined", 2]
