"""The server counts what is unread as the vectors say."""

from typing import Any

import pytest

from accounts.models import User
from conversations.models import Conversation
from messaging.actions.delete import delete_message
from messaging.actions.edit import edit_message
from messaging.actions.hides import hide_message
from messaging.actions.receipts import mark_read
from messaging.log import writing
from messaging.reads.inbox.conversations import conversation_json_for
from tests.cast import make_conversation, make_person, say
from tests.vectors import load


def act(step: dict[str, Any], conversation: Conversation, cast: dict[str, User]) -> None:
    ids = {role: f"<@{person.pk}>" for role, person in cast.items()}
    where = {"conversation_id": conversation.pk}
    match step:
        case {"say": [role, content]}:
            say(conversation, cast[role], content.format(**ids))
        case {"reply": [role, content, *also]}:
            text = content.format(**ids)
            fields = {"thread_seq": 1, "also_to_conversation": bool(also)}
            say(conversation, cast[role], text, **fields)
        case {"edit": [seq, content]}:
            new = content.format(**ids)
            edit_message(**where, user_id=cast["other"].pk, seq=seq, body=new)
        case {"delete": seq}:
            delete_message(**where, user_id=cast["other"].pk, seq=seq)
        case {"hide": seq}:
            hide_message(**where, user_id=cast["me"].pk, seq=seq)
        case {"read": seq}:
            mark_read(**where, user_id=cast["me"].pk, seq=seq)
        case {"system": _}:
            with writing(conversation.pk) as log:
                log.append_system("conversation.renamed", by=cast["other"].pk, title="Tea")
        case _:
            raise AssertionError(step)


@pytest.mark.django_db
@pytest.mark.parametrize("case", load("unread"), ids=lambda case: case["name"])
def test_unread(case: dict[str, Any]) -> None:
    cast = {"me": make_person("Mia"), "other": make_person("Olga")}
    conversation = make_conversation(cast["other"], cast["me"])
    for step in case["steps"]:
        act(step, conversation, cast)
        (entry,) = conversation_json_for(cast["me"].pk, [conversation.pk])
        expected = (step["unread"], step["unreadMentions"])
        assert (entry["unread"], entry["unreadMentions"]) == expected, step
