"""Files that a command writes for an operator."""

from pathlib import Path

from chatproject.management.operating.command import BadArgument


def new_file(path: Path, *, may_replace: bool) -> Path:
    """The absolute path. Raises BadArgument where nothing may be written."""
    path = path.absolute()
    if not path.parent.is_dir():
        raise BadArgument(f"There is no folder {path.parent}.")
    if path.is_dir() or (path.exists() and not may_replace):
        raise BadArgument(f"{path} exists already. Give another name, or --force to replace it.")
    return path
