"""The variables of the environment, and what is found wrong with them."""

from collections.abc import Mapping
from typing import NamedTuple


class Problem(NamedTuple):
    """A wrong setting: the id of its system check, what is wrong, and what to do."""

    id: str
    message: str
    hint: str


class Reader:
    """Reads variables; what is wrong with them is in `problems` afterwards.

    A reader that meets a wrong value notes a `Problem` and goes on with the default, so that
    settings can always be imported. An empty variable counts as unset.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.problems: list[Problem] = []

    @property
    def variables(self) -> Mapping[str, str]:
        return self._variables

    def note(self, check: str, message: str, hint: str) -> None:
        self.problems.append(Problem(f"chat.{check}", message, hint))

    def text(self, name: str, default: str = "") -> str:
        return self._variables.get(name, "").strip() or default

    def words(self, name: str) -> list[str]:
        return [word.strip() for word in self.text(name).split(",") if word.strip()]
