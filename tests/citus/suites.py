"""The suites that are run on a cluster too, and what of them cannot hold there."""

import pytest

# By the folder or file in which they are, from `tests/` on.
SUITES = (
    "citus/",
    "conformance/test_posting.py",
    "conformance/test_visibility.py",
    "accounts/test_admin.py",
    "attachments/test_admin.py",
    "conversations/test_admin.py",
    "faults/test_races.py",
    "journeys/test_client.py",
    "journeys/test_direct.py",
    "journeys/test_durability.py",
    "journeys/test_fresh_state.py",
    "journeys/test_group.py",
    "journeys/test_public.py",
    "management/test_apply_retention.py",
    "management/test_archive_commands.py",
    "management/test_check_inbox.py",
    "management/test_check_unread.py",
    "management/test_erase_on_a_server.py",
    "management/test_erase_user.py",
    "management/test_exports.py",
    "messaging/actions/",
    "messaging/analytics/",
    "messaging/archive/",
    "messaging/inbox/",
    "messaging/integrations/",
    "messaging/membership/",
    "messaging/moderation/",
    "messaging/reads/",
    "messaging/relay/test_events.py",
    "messaging/relay/test_relay.py",
    "messaging/sending/",
    "messaging/test_admin.py",
)
# Tests by the beginning of their name in the report, and why they fail there.
_OWN_LOCK = "the test itself locks a row without naming its conversation"
_TRIGGER = "the test makes a trigger, which a distributed table cannot have"
_SEARCH = "search asks several shards"
_DECODING = "the log of the coordinator has nothing of what is on the nodes"
_COUNTS = "a distributed database takes another number of queries"
_SAVED = "saved messages are locked by their id alone"
FAILING: dict[str, str] = {
    "messaging/archive/test_maintenance.py::test_search_is_made_anew": _SEARCH,
    "messaging/archive/test_same_answers.py::test_search": _SEARCH,
    "messaging/archive/test_stores.py::test_old_pages_say_that_it_is_away": _SEARCH,
    "messaging/inbox/test_follower.py::test_an_entry_shows_nothing": (
        "a page from which a wrong entry is passed over is shorter"
    ),
    "messaging/membership/test_add_people.py::test_the_cost_does_not_grow": _COUNTS,
    "messaging/membership/test_create_conversation.py::test_a_thousand_people_cost": _COUNTS,
    "messaging/membership/test_join_and_leave.py::test_joining_and_leaving_cost": _COUNTS,
    "messaging/moderation/test_lists_stay_quick.py": (
        "it fills the log within a transaction by statements for one PostgreSQL"
    ),
    "messaging/relay/test_relay.py::test_decoding_": _DECODING,
    "messaging/relay/test_relay.py::test_everything_is_published_once_and_cursors_stand_at_the"
    "_heads[decoding]": _DECODING,
    "messaging/actions/test_link_previews.py::test_old_previews_that_nobody_shows": (
        "pruning link previews asks all shards whether one is shown"
    ),
    "messaging/actions/test_pointers.py::test_one_statement_moves_them_all": "it takes three here",
    "messaging/actions/test_polls.py::test_the_question_is_found": "search asks several shards",
    "messaging/actions/test_races.py::test_a_batch_waits": _OWN_LOCK,
    "messaging/actions/test_races.py::test_a_pointer": _OWN_LOCK,
    "messaging/actions/test_saved.py": _SAVED,
    "messaging/sending/test_broadcast.py::test_a_post_is_one_row": "it counts rows on one node",
    "messaging/sending/test_send_races.py::test_an_error_at_the_commit": _TRIGGER,
    "messaging/sending/test_send_races.py::test_a_lost_connection": _TRIGGER,
    "messaging/sending/test_send_races.py::test_no_message_after": (
        "the test looks for who waits on the coordinator"
    ),
    "messaging/sending/test_stepwise.py::test_plain_texts_take_one_trip": "they take two here",
    "messaging/reads/test_changes_and_sync_api.py::test_the_number_of_queries": (
        "each conversation is asked by itself"
    ),
    "messaging/reads/test_inbox_api.py::test_the_number_of_queries": (
        "each conversation is asked by itself"
    ),
    "conformance/test_posting.py": "one of the paths is the statement for one PostgreSQL",
}
# Paths of the visibility oracle that Citus refuses.
FAILING_PATHS = {"moderators_search", "search", "search_by_filters", "search_conversations"}


def mark(item: pytest.Item) -> None:
    """Marks the test as one of a suite, or as one that is known to fail."""
    name = item.nodeid.removeprefix("tests/")
    if name.startswith(SUITES):
        item.add_marker(pytest.mark.citus)
    reason = next((why for known, why in FAILING.items() if name.startswith(known)), None)
    if reason is not None:
        item.add_marker(pytest.mark.xfail(reason=reason, strict=False))
