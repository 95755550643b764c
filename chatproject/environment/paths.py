"""Readers of folders and files."""

from pathlib import Path

from chatproject.environment.reader import Reader


class PathReaders(Reader):
    """Of paths; a relative one counts from a folder that the caller names."""

    def folder(self, name: str, default: str, *, base: Path) -> Path:
        """An absolute path; a relative one counts from `base`."""
        path = (base / Path(self.text(name, default)).expanduser()).resolve()
        if path.exists() and not path.is_dir():
            self.note("E013", f"{name}={path} is not a folder.", f"Set {name} to a folder.")
        return path

    def path(self, name: str, *, base: Path) -> Path | None:
        """An absolute path; a relative one counts from `base`. None if unset."""
        value = self.text(name)
        return (base / Path(value).expanduser()).resolve() if value else None
