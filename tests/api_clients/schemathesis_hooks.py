"""Loaded by schemathesis (SCHEMATHESIS_HOOKS): values it cannot guess, and rules of content."""

import os
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import positive_data_acceptance

KNOWN = os.environ["KNOWN_IDS"].split(",")

# What may be refused though it fits the schema: rules that depend on what is stored, on the time,
# or on more than JSON Schema can say. By field, the codes.
OF_CONTENT: dict[str, set[str]] = {
    "cursor": {"invalid"},  # is opaque, and made by the list that it goes on with
    "": {
        "attachment_not_found",
        "reply_target_not_found",
        "link_not_valid",
        "thread_not_found",
        "file_empty",
    },
    "userId": {"oneself", "invalid"},
    "emoji": {"not_an_emoji"},
    "memberIds": {"unknown_person", "too_many"},
    "name": {"control_character", "blank"},
    # What is made of a schema does not heed its `if`: an address and a bot may come, and neither a
    # nickname nor a number.
    "url": {"exclusive", "address_refused"},
    "nickname": {"control_character", "blank", "required"},
    **{
        name: {"control_character"}
        for name in ("topic", "about", "reason", "comment", "text", "description")
    },
    "email": {"invalid", "email_taken"},
    **{
        name: {
            f"password_{why}"
            for why in ("too_short", "too_common", "too_similar", "entirely_numeric")
        }
        for name in ("password", "newPassword")
    },
    **{
        name: {"out_of_range", "past", "too_far"}
        for name in ("until", "expiresAt", "sendAt", "remindAt", "closesAt")
    },
    "quietHours": {"empty"},  # the two times are the same
    "keys.p256dh": {"invalid"},  # no point of the curve
    "endpoint": {"invalid"},  # no public address
    "cards": {"no_card"},
    "contactNumber": {"not_a_number"},  # too few digits among the other characters
    "before": {"exclusive", "not_a_day", "not_negatable"},
    "after": {"exclusive", "not_a_day", "not_negatable"},
    "around": {"exclusive"},
    # A search's text may hold filters, whose values are people, conversations and days.
    "q": {"too_many", "nul"},
    **{
        name: {"unknown_person", "unknown_conversation", "invalid"}
        for name in ("from", "in", "with")
    },
    **{name: {"unknown_choice", "invalid"} for name in ("has", "is")},
    "on": {"not_a_day", "not_negatable"},
    "timeZone": {"unknown_time_zone", "unknown_zone", "nul"},
}

# Of any value, in fields that are not named too: numbers beyond 64 bits.
ANYWHERE = {"too_large"}

schemathesis.openapi.format("uuid", st.uuids().map(str) | st.sampled_from(KNOWN))
schemathesis.openapi.format("emoji", st.sampled_from(["👍", "❤️", ":house:"]))


@schemathesis.check
def documented_input_is_taken(ctx: Any, response: Any, case: schemathesis.Case) -> bool | None:
    """schemathesis' own check of this, but for the rules of content."""
    if response.status_code == 400:
        errors = response.json().get("errors") or [{"field": "", "code": response.json()["code"]}]
        if all(_is_of_content(each["field"], each["code"]) for each in errors):
            return None
    taken: bool | None = positive_data_acceptance(ctx, response, case)
    return taken


def _is_of_content(field: str, code: str) -> bool:
    return code in ANYWHERE or code in OF_CONTENT.get(field, ())
