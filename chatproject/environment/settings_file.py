"""Reads SETTINGS_FILE, which the environment overrides."""

from pathlib import Path

from chatproject.environment import Environment


def with_file(environment: Environment, path: Path | None) -> Environment:
    """The environment with the lines NAME=value of the file beneath it; `#` begins a comment line.

    A new one: problems with the file are in its `problems`, behind those that were noted before.
    """
    if path is None:
        return environment
    beneath: dict[str, str] = {}
    wrong: list[str] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        lines, wrong = [], [f"SETTINGS_FILE={path} cannot be read: {error}."]
    for number, line in enumerate(lines, 1):
        name, equals, value = line.partition("=")
        name = name.strip()
        if not line.strip() or name.startswith("#"):
            continue
        if not equals or not (name.isascii() and name.isidentifier() and name.isupper()):
            wrong.append(f"SETTINGS_FILE={path} has a line {number} that is not NAME=value.")
            continue
        beneath[name] = value.strip()
    merged = Environment({**beneath, **environment.variables})
    merged.problems = list(environment.problems)
    for message in wrong:
        merged.note("E040", message, "Correct the file, or unset SETTINGS_FILE.")
    return merged
