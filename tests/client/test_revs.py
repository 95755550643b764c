from hypothesis import given
from hypothesis import strategies as st

from chatproject.client.events import Event
from chatproject.client.revs import MAX_HELD, Revs
from tests.client.log import Log


def told(events: list[Event]) -> list[tuple[str, int | None]]:
    return [(event.type, event.rev) for event in events]


def catch_up(revs: Revs, log: Log, limit: int = 200) -> list[Event]:
    """Fetches until nothing is behind, as the shell does."""
    events = []
    while behind := revs.behind():
        since = behind[log.id]
        events += revs.answer(log.id, since, log.changes(since, limit))
    return events


def connected(log: Log) -> Revs:
    revs = Revs()
    assert revs.hello({log.id: log.rev}) == []
    return revs


def test_events_in_turn_are_handed_out_at_once():
    log = Log()
    revs = connected(log)
    assert told(revs.take(log.create())) == [("message.created", 1)]
    assert told(revs.take(log.edit(1))) == [("message.updated", 2)]
    assert revs.behind() == {}
    assert revs.known() == {"c": 2}


def test_what_came_before_the_first_connection_is_not_told():
    log = Log()
    event = log.create()
    revs = connected(log)
    assert revs.take(event) == []
    assert revs.behind() == {}


def test_events_that_share_a_rev_are_all_handed_out_and_none_twice():
    log = Log()
    revs = connected(log)
    message = log.create()
    events = revs.take(message)
    events += revs.take(log.beside("participant.joined"))
    events += revs.take(log.beside("conversation.updated"))
    events += revs.take(log.beside("participant.joined"))
    events += revs.take(message)
    assert told(events) == [
        ("message.created", 1),
        ("participant.joined", 1),
        ("conversation.updated", 1),
    ]


def test_a_gap_is_fetched_and_what_came_meanwhile_follows():
    log = Log()
    revs = connected(log)
    log.create()
    assert revs.take(log.create()) == []
    assert revs.behind() == {"c": 0}
    answer = log.changes(0)
    assert revs.take(log.create()) == []
    assert told(revs.answer("c", 0, answer) + catch_up(revs, log)) == [
        ("message.created", 1),
        ("message.created", 2),
        ("message.created", 3),
    ]


def test_a_gap_that_the_missing_event_fills_needs_no_fetch():
    log = Log()
    revs = connected(log)
    first, second = log.create(), log.create()
    assert revs.take(second) == []
    assert told(revs.take(first)) == [("message.created", 1), ("message.created", 2)]
    assert revs.behind() == {}


def test_an_answer_that_comes_too_late_counts_for_nothing():
    log = Log()
    revs = connected(log)
    first, second = log.create(), log.create()
    revs.take(second)
    answer = log.changes(0)
    revs.take(first)
    assert revs.answer("c", 0, answer) == []
    assert revs.known() == {"c": 2}


def test_a_hint_is_looked_after_even_when_it_is_the_next_rev():
    log = Log()
    revs = connected(log)
    log.create()
    assert revs.take(log.hint()) == []
    assert told(catch_up(revs, log)) == [("message.created", 1)]


def test_a_hint_of_what_one_may_not_see_moves_on_without_an_event():
    log = Log()
    revs = connected(log)
    log.rev += 1
    revs.take(log.hint())
    assert catch_up(revs, log) == []
    assert revs.known() == {"c": 1}


def test_a_hint_during_a_fetch_is_not_forgotten():
    log = Log()
    revs = connected(log)
    log.create()
    revs.take(log.hint())
    answer = log.changes(0)
    log.create()
    revs.take(log.hint())
    assert told(revs.answer("c", 0, answer)) == [("message.created", 1)]
    assert told(catch_up(revs, log)) == [("message.created", 2)]


def test_heads_after_a_reconnect_tell_what_is_missing():
    log = Log()
    revs = connected(log)
    revs.take(log.create())
    log.create()
    log.edit(1)
    assert revs.hello({"c": log.rev}) == []
    events = catch_up(revs, log)
    assert told(events) == [("message.created", 2), ("message.updated", 3)]
    assert all(event.resumed for event in events)


def test_what_was_sent_and_changed_in_a_gap_is_told_as_new():
    log = Log()
    revs = connected(log)
    revs.take(log.create())
    log.create()
    log.create()
    log.edit(2)
    revs.hello({"c": log.rev})
    assert told(catch_up(revs, log, limit=1)) == [
        ("message.created", 3),
        ("message.created", 4),
    ]


def test_a_new_message_that_moves_on_while_others_are_fetched_is_new_all_the_same():
    log = Log()
    revs = connected(log)
    revs.take(log.create())
    log.create()
    log.create()
    fetched = log.changes(1)
    fetched["results"] = fetched["results"][1:]  # the first has a later rev by now
    revs.hello({"c": 3})
    assert told(revs.answer("c", 1, fetched)) == [("message.created", 3)]
    assert told(revs.take(log.edit(2))) == [("message.created", 4)]
    assert told(revs.take(log.edit(2))) == [("message.updated", 5)]


def test_a_new_message_that_the_server_tells_as_changed_is_new_all_the_same():
    log = Log()
    revs = connected(log)
    revs.take(log.create())
    log.create()
    late = log.edit(2)
    revs.hello({"c": 2})
    catch = log.changes(1)
    catch["results"], catch["throughRev"] = [], 2
    revs.answer("c", 1, catch)
    (event,) = revs.take(late)
    assert (event.type, event.data["type"]) == ("message.created", "message.created")


def test_joining_sets_where_events_begin():
    revs, log = connected(Log("other")), Log()
    log.create()
    joined = {"type": "conversation.joined", "conversationId": "c", "rev": 1}
    assert told(revs.take(joined)) == [("conversation.joined", 1)]
    assert told(revs.take(log.create())) == [("message.created", 2)]


def test_what_comes_before_the_joining_is_told_waits_for_it():
    revs, log = connected(Log("other")), Log()
    log.create()
    assert revs.take(log.create()) == []
    assert revs.behind() == {}
    joined = {"type": "conversation.joined", "conversationId": "c", "rev": 1}
    assert told(revs.take(joined)) == [("conversation.joined", 1), ("message.created", 2)]


def test_a_hint_before_the_joining_is_told_is_looked_after():
    revs, log = connected(Log("other")), Log()
    log.create()
    log.create()
    assert revs.take(log.hint()) == []
    revs.take({"type": "conversation.joined", "conversationId": "c", "rev": 1})
    assert told(catch_up(revs, log)) == [("message.created", 2)]


def test_who_is_out_gets_the_last_events_and_then_the_farewell():
    log = Log()
    revs = connected(log)
    log.create()
    left = {"type": "conversation.left", "conversationId": "c", "toSeq": 1}
    assert revs.take(left) == []
    assert told(catch_up(revs, log)) == [
        ("message.created", 1),
        ("conversation.left", None),
    ]
    assert revs.known() == {}


def test_who_is_out_and_may_see_nothing_is_told_so():
    revs = connected(Log())
    revs.take({"type": "conversation.left", "conversationId": "c", "toSeq": None})
    assert told(revs.gone("c")) == [("conversation.left", None)]
    assert revs.gone("c") == []


def test_what_was_joined_and_left_while_away_is_told():
    log, other = Log(), Log("other")
    revs = connected(log)
    other.create()
    assert told(revs.hello({"other": other.rev})) == [("conversation.joined", 1)]
    assert told(catch_up(revs, log)) == [("conversation.left", None)]
    assert revs.known() == {"other": 1}


def test_an_opened_conversation_is_not_left_because_no_head_tells_of_it():
    log = Log()
    revs = Revs()
    revs.hello({})
    revs.opened.add("c")
    revs.head("c", log.rev)
    log.create()
    revs.hello({})
    assert revs.behind() == {}
    revs.head("c", log.rev)
    assert told(catch_up(revs, log)) == [("message.created", 1)]


def test_an_earlier_run_is_gone_on_from():
    log, other = Log(), Log("other")
    log.create()
    log.create()
    revs = Revs({"c": 1})
    assert told(revs.hello({"c": log.rev, "other": 0})) == [("conversation.joined", 0)]
    assert told(catch_up(revs, log)) == [("message.created", 2)]
    assert told(revs.take(other.create())) == [("message.created", 1)]


def test_a_log_from_a_backup_is_begun_anew():
    log = Log()
    revs = Revs({"c": 7})
    log.create()
    revs.hello({"c": log.rev})
    events = revs.answer("c", 7, {"reset": True, "throughRev": 1, "more": False})
    assert told(events) == [("conversation.reset", 1)]
    assert told(revs.take(log.create())) == [("message.created", 2)]
    assert revs.behind() == {}


def test_what_has_no_place_in_a_log_passes_through():
    revs = connected(Log())
    receipt = {"type": "receipt.advanced", "conversationId": "c", "upToSeq": 1}
    assert told(revs.take(receipt)) == [("receipt.advanced", None)]
    assert told(revs.take({"type": "state.changed"})) == [("state.changed", None)]


def test_a_flood_behind_a_gap_is_fetched_rather_than_held():
    log = Log()
    revs = connected(log)
    log.create()
    for _ in range(MAX_HELD + 10):
        revs.take(log.create())
    events = catch_up(revs, log)
    assert [event.rev for event in events] == list(range(1, log.rev + 1))


def test_what_was_dropped_is_fetched_again():
    log = Log()
    revs = connected(log)
    for _ in range(3):
        revs.take(log.create())
    revs.rewind("c", 1)
    assert told(catch_up(revs, log)) == [("message.created", 2), ("message.created", 3)]


steps = st.lists(
    st.one_of(
        st.just("create"),
        st.tuples(st.sampled_from(["edit", "delete"]), st.integers(1, 5)),
        st.sampled_from(
            ["deliver", "lose", "swap", "double", "hint", "ask", "answer", "reconnect"]
        ),
    ),
    max_size=60,
)


@given(steps=steps, limit=st.integers(1, 3))
def test_whatever_the_wire_does_old_state_and_events_are_fresh_state(
    steps: list[str | tuple[str, int]], limit: int
) -> None:
    log, wire, handed_out = Log(), [], []
    revs = connected(log)
    asked = []
    for step in steps:
        match step:
            case "create":
                wire.append(log.create())
            case (change, seq) if seq in log.messages:
                wire.append(getattr(log, change)(seq))
            case "deliver" if wire:
                handed_out += revs.take(wire.pop(0))
            case "lose" if wire:
                wire.pop(0)
            case "swap" if len(wire) > 1:
                wire[0], wire[1] = wire[1], wire[0]
            case "double" if wire:
                wire.insert(0, wire[0])
            case "hint":
                wire.append(log.hint())
            case "ask":
                asked += [(since, log.changes(since, limit)) for since in revs.behind().values()]
            case "answer" if asked:
                handed_out += revs.answer("c", *asked.pop(0))
            case "reconnect":
                wire.clear()
                asked.clear()
                revs.hello({"c": log.rev})
    revs.hello({"c": log.rev})
    handed_out += catch_up(revs, log, limit)

    revs_told = [event.rev for event in handed_out]
    assert revs_told == sorted(set(revs_told))
    state = {event.data["message"]["seq"]: event.message for event in handed_out}
    assert state == log.messages
