"""One rule, held by every path: whoever asks, and however, is shown what the oracle says.

Lives of a conversation are generated (worlds.py): people come and go, are banned and let in again,
clear, hide, delete, edit and react; the conversation is elevated, its past closed and opened. Then
each path is asked in the name of each person, and compared with the visibility rule in plain Python
(oracle.py), which shares no code with the product.

To add a path (say, a search), write one function in paths.py and decorate it:

    @path
    def search(case: Case) -> None:
        found = search_messages(user_id=case.user_id, text="words")
        expected = [seq for seq in case.visible if "words" in case.oracle.text(case.user_id, seq)]
        assert sorted(hit["seq"] for hit in found) == expected

`case.visible` is what is shown to the person, `case.oracle.covered` the same with what they have
hidden, `case.oracle.text` a message's text as they see it; `case.check_shapes(results)` compares
whole messages, and gives their seqs. What is not there yet in a generated life (a deed, a kind of
message) is one method and one name in worlds.py. A failure prints the life, and the path.
"""

from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, example, given, settings

from tests.conformance.oracle import Oracle
from tests.conformance.paths import PATHS, PATHS_OF_WORLD, Case, Check
from tests.conformance.worlds import lives, make_changing_world
from tests.messaging.reads.world import Step, undone

pytestmark = pytest.mark.django_db

# Of a step's message the number counts from the newest, 0, back.
LEFT_THEN_EDITED = [
    *(("react", 1, 0, 0), ("pin", 0, 1, 0), ("hide", 2, 3, 0), ("leave", 2, 0, 1)),
    *(("edit", 0, 1, 0), ("edit", 0, 4, 0), ("unreact", 1, 1, 0), ("react", 0, 1, 1)),
]
ELEVATED_THEN_BANNED = [
    *(("join", 3, 0, 0), ("say", 3, 0, 0), ("leave", 3, 0, 1), ("elevate", 0, 0, 1)),
    *(("say", 0, 0, 0), ("ban", 3, 0, 0), ("say", 1, 0, 0)),
]
BANNED_READER = [("ban", 0, 0, 3)]
# Leo does not see what was said between his leaving and the opening, and hides the rest.
OPENED_AFTER_LEAVING = [
    *(("leave", 2, 1, 1), ("say", 0, 1, 0), ("elevate", 0, 1, 1)),
    *(("hide", 2, seq, 0) for seq in range(1, 30)),
]
HIDDEN_FILE = [("file", 0, 0, 1), ("hide", 1, 0, 1), ("join", 3, 0, 0)]
CLEARED = [("say", 0, 0, 0), ("hide", 0, 0, 0), ("clear", 1, 0, 0)]


@settings(
    max_examples=10,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(lives())
@example(("group", LEFT_THEN_EDITED))
@example(("group", ELEVATED_THEN_BANNED))
@example(("public", BANNED_READER))
@example(("group", OPENED_AFTER_LEAVING))
@example(("group", HIDDEN_FILE))
@example(("direct", CLEARED))
def test_every_path_shows_what_the_rule_says(life: tuple[str, list[Step]]) -> None:
    kind, steps = life
    with undone():
        world = make_changing_world(kind)
        world.live(steps)
        oracle = Oracle.of(world.id)
        hold(PATHS_OF_WORLD, Case(world, oracle, world.people[0]))
        for person in world.people:
            hold(PATHS, Case(world, oracle, person))


def hold(paths: Mapping[str, Check], case: Case) -> None:
    for name, check in paths.items():
        try:
            check(case)
        except Exception as error:
            error.add_note(f"path {name}, in the name of {case.person.name}")
            raise
