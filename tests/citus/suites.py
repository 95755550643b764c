"""The suites that are run on a cluster too, and what of them cannot hold there."""

import pytest

# By the folder or file in which they are, from `tests/` on.
SUITES = (
    "citus/",
    "conformance/test_hot_path.py",
    "conformance/test_posting.py",
    "conformance/test_visibility.py",
    "accounts/test_admin.py",
    "accounts/test_password_reset.py",
    "accounts/test_tickets.py",
    "attachments/test_admin.py",
    "attachments/test_races.py",
    "conversations/",
    "faults/test_races.py",
    "journeys/",
    "management/test_apply_retention.py",
    "management/test_archive_commands.py",
    "management/test_check_inbox.py",
    "management/test_check_unread.py",
    "management/test_erase_on_a_server.py",
    "management/test_erase_user.py",
    "management/test_exports.py",
    "messaging/actions/",
    "messaging/analytics/",
    "messaging/api/",
    "messaging/archive/",
    "messaging/imports/",
    "messaging/inbox/",
    "messaging/integrations/",
    "messaging/membership/",
    "messaging/moderation/",
    "messaging/pages/",
    "messaging/reads/",
    "messaging/relay/test_events.py",
    "messaging/relay/test_relay.py",
    "messaging/search/",
    "messaging/sending/",
    "messaging/test_admin.py",
    "messaging/test_missed_states.py",
)
# That a test may take: a generated life is read by some thirty paths, each many times dearer here.
SECONDS = 900
WHOLE = "*"  # in place of a test's name: all of the file
# Tests by name that look at how one PostgreSQL does it, and so are skipped.
_BESIDE = "its length or size is about Redis or sockets; there is a shorter one, or `make brokers`"
_COUNTED = "it counts queries or trips; here each conversation is asked by itself"
_NOT_SKIPPED = "a locked row of a table that every node has is waited for in place of skipped"
_DECODING = "logical decoding: the log of the coordinator has nothing of what is on the nodes"
_FILLED = "it fills the log within a transaction by statements for one PostgreSQL"
_NOT_IN_REDIS = "last pages are not written to Redis, where nobody could tell an old node's apart"
_PLANNED = "it counts the rows of one PostgreSQL's plans; a shard's are not told"
_NOT_KEPT = "entries are not kept where rows move between nodes, each with versions of its own"
SKIPPED = {
    "conformance/test_posting.py": {
        "test_the_fast_statement_stores_what_the_rule_lets_and_decides_nothing_else": (
            "it is about the statement for one PostgreSQL"
        ),
    },
    "accounts/test_tickets.py": {"test_it_works_once": _COUNTED},
    "attachments/test_races.py": {"test_what_is_being_claimed_is_not_pruned": _NOT_SKIPPED},
    "conversations/test_find_public.py": {
        "test_indexes_serve_the_list_and_the_search": _PLANNED,
    },
    "conversations/test_presence.py": {"test_many_viewers_are_one_statement": _COUNTED},
    "journeys/test_many_processes.py": {"test_a_redis_frozen_for_twenty_seconds": _BESIDE},
    "journeys/test_reconnect_storm.py": {
        "test_five_thousand_clients_reconnect_and_catch_up": _BESIDE,
    },
    "journeys/test_several_redis.py": {WHOLE: _BESIDE},
    "journeys/test_slow_clients.py": {
        "test_a_client_frozen_for_a_minute_beside_a_thousand": _BESIDE,
    },
    "journeys/test_shared_pages.py": {WHOLE: _NOT_IN_REDIS},
    "messaging/actions/test_pointers.py": {"test_one_statement_moves_them_all": _COUNTED},
    "messaging/membership/test_add_people.py": {
        "test_the_cost_does_not_grow_with_the_number": _COUNTED,
    },
    "messaging/membership/test_create_conversation.py": {
        "test_a_thousand_people_cost_no_more_queries_than_two": _COUNTED,
    },
    "messaging/membership/test_join_and_leave.py": {
        "test_joining_and_leaving_cost_a_fixed_number_of_queries": _COUNTED,
    },
    "messaging/moderation/test_lists_stay_quick.py": {
        "test_no_list_reads_the_whole_log": _FILLED,
        "test_messages_are_found_by_text_time_kind_and_person": _FILLED,
        "test_a_page_of_the_list_asks_few_queries": _FILLED,
    },
    "messaging/reads/test_changes_and_sync_api.py": {
        "test_the_number_of_queries_does_not_grow": _COUNTED,
    },
    "messaging/reads/test_inbox_api.py": {"test_the_number_of_queries_does_not_grow": _COUNTED},
    "messaging/reads/test_inbox_entry_cache.py": {
        "test_each_part_of_the_version_is_needed": _NOT_KEPT,
        "test_two_queries_where_all_is_kept": _NOT_KEPT,
        "test_hits_and_misses_are_counted": _NOT_KEPT,
        "test_kept_entries_and_the_same_people_take_one_round_trip": _NOT_KEPT,
    },
    "messaging/reads/test_plans.py": {WHOLE: _PLANNED},
    "messaging/reads/test_shared_pages.py": {
        "test_commands_drop_it_too": _NOT_IN_REDIS,
        "test_a_command_goes_on_without_redis": _NOT_IN_REDIS,
    },
    "messaging/relay/test_relay.py": {
        "test_decoding_is_tried_again_where_it_could_not_be_had": _DECODING,
        "test_decoding_tells_which_conversations_were_written_to": _DECODING,
        "test_everything_is_published_once_and_cursors_stand_at_the_heads[decoding]": _DECODING,
    },
    "messaging/sending/test_broadcast.py": {
        "test_a_post_is_one_row": "it reads the statistics of the node that it is connected to",
    },
    "messaging/sending/test_send_races.py": {
        "test_an_error_at_the_commit_stores_nothing_and_leaves_the_connection_usable": (
            "it makes a trigger, which a distributed table cannot have"
        ),
    },
    "messaging/sending/test_stepwise.py": {
        "test_plain_texts_take_one_trip_and_others_two": _COUNTED,
    },
}
# Tests by name that ought to hold, and why they do not yet.
FAILING = {
    "messaging/inbox/test_follower.py": {
        "test_an_entry_shows_nothing_that_may_not_be_seen": (
            "a page from which a wrong entry is passed over is shorter"
        ),
    },
}


def mark(item: pytest.Item) -> None:
    """Marks the test as one of a suite, and as one that is skipped or is known to fail."""
    file, _, name = item.nodeid.removeprefix("tests/").partition("::")
    if file.startswith(SUITES):
        item.add_marker(pytest.mark.citus)
    if item.get_closest_marker("timeout") is None:
        item.add_marker(pytest.mark.timeout(SECONDS))
    if reason := _reason(SKIPPED.get(file, {}), name):
        item.add_marker(pytest.mark.skip(reason=reason))
    if reason := _reason(FAILING.get(file, {}), name):
        item.add_marker(pytest.mark.xfail(reason=reason, strict=True))


def _reason(known: dict[str, str], name: str) -> str | None:
    """By the name with its parameters, of all of them, or of the whole file."""
    names = (name, name.partition("[")[0], WHOLE)
    return next((known[each] for each in names if each in known), None)
