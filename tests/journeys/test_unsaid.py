"""What was committed and never published, as by a process that died or has no bus, is said.

`manage.py` is such a process. The server compares what its sockets know with the database at least
every 5 s.
"""

import asyncio
from uuid import uuid4

from tests.journeys.stage import Person, Stage, history, texts

SWEPT = 6.0  # seconds; the round of the sweep and a second to tell


async def behind_the_scenes(stage: Stage, program: str) -> None:
    """Runs Python in another process on the same database."""
    setup = "from uuid import UUID, uuid4; "
    await asyncio.to_thread(
        stage.server.manage, "shell", "--verbosity=0", "--command", setup + program
    )


def sending(person: Person, conversation: str, content: str) -> str:
    return (
        "from messaging.sending.send import send_message; "
        "from messaging.sending.drafts import Draft; "
        f"send_message(Draft(UUID('{conversation}'), UUID('{person.id}'), uuid4(), '{content}'))"
    )


async def test_messages_of_another_process_are_said(stage: Stage) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    conversation = await stage.direct(ann, bob)
    ann_client, bob_client = await stage.connect_all(ann, bob)
    await behind_the_scenes(stage, sending(ann, conversation, "from nowhere"))
    for client in (ann_client, bob_client):
        await client.reads("from nowhere", seconds=SWEPT)

    await behind_the_scenes(stage, sending(ann, conversation, "again"))
    await ann_client.chat.send(conversation, "live, behind the gap")
    await bob_client.reads("live, behind the gap")
    assert bob_client.contents() == ["from nowhere", "again", "live, behind the gap"]


async def test_a_retry_of_what_another_process_stored_is_found(stage: Stage) -> None:
    """As when the server dies between the commit and the acknowledgement."""
    ann, bob = await stage.people("Ann", "Bob")
    conversation = await stage.direct(ann, bob)
    ann_client, bob_client = await stage.connect_all(ann, bob)
    client_id = uuid4()
    await behind_the_scenes(
        stage,
        sending(ann, conversation, "once").replace("uuid4()", f"UUID('{client_id}')"),
    )
    stored = await ann_client.chat.send(conversation, "once", client_id=client_id)
    assert stored["seq"] == 1
    await bob_client.reads("once", seconds=SWEPT)
    assert texts(await history(bob, conversation)) == ["once"]


async def test_changes_of_another_process_are_said(stage: Stage) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    group = await stage.group(ann, bob)
    ann_client, bob_client = await stage.connect_all(ann, bob)
    seq = (await ann_client.chat.send(group, "first"))["seq"]
    await bob_client.reads("first")
    who = f"conversation_id=UUID('{group}'), user_id=UUID('{ann.id}'), seq={seq}"
    await behind_the_scenes(
        stage,
        f"from messaging.actions.edit import edit_message; edit_message({who}, body='second')",
    )
    edited = await bob_client.hears("message.updated", seconds=SWEPT)
    assert edited.data["message"]["content"] == "second"
    await behind_the_scenes(
        stage,
        "from messaging.membership.change_conversation import change_conversation; "
        "change_conversation("
        f"conversation_id=UUID('{group}'), by=UUID('{ann.id}'), title='Renamed elsewhere')",
    )
    renamed = await bob_client.hears("conversation.updated", seconds=SWEPT)
    assert renamed.data["conversation"]["name"] == "Renamed elsewhere"


async def test_being_added_and_removed_by_another_process_is_said(stage: Stage) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    group = await stage.group(ann)
    ann_client, bob_client = await stage.connect_all(ann, bob)
    await ann_client.chat.send(group, "before")
    await behind_the_scenes(
        stage,
        "from messaging.membership.members import add_people; add_people("
        f"conversation_id=UUID('{group}'), by=UUID('{ann.id}'), user_ids=[UUID('{bob.id}')])",
    )
    await bob_client.hears(
        "conversation.joined", lambda it: it.conversation_id == group, seconds=SWEPT
    )
    await ann_client.chat.send(group, "welcome")
    await bob_client.reads("welcome")
    assert bob_client.contents() == ["welcome"]

    await behind_the_scenes(
        stage,
        "from messaging.membership.members import remove_person; remove_person("
        f"conversation_id=UUID('{group}'), by=UUID('{ann.id}'), user_id=UUID('{bob.id}'))",
    )
    await ann_client.chat.send(group, "not for bob")
    await bob_client.hears(
        "conversation.left", lambda it: it.conversation_id == group, seconds=SWEPT
    )
    assert bob_client.contents() == ["welcome"]
    assert texts(await history(bob, group)) == ["welcome"]
