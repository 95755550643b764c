"""Readers of how the installation presents itself: its name and its picture; and its colours."""

from pathlib import Path

from chatproject.environment.paths import PathReaders

LONGEST_SITE_NAME = 40
LARGEST_PICTURE = 256 * 1024
PICTURES = (".svg", ".png", ".webp")
# As in css/accents.css; the first is that of tokens.css.
ACCENTS = ("indigo", "blue", "teal", "green", "amber", "rose", "violet", "graphite")


class BrandingReaders(PathReaders):
    """Of what people see of the installation."""

    def site_name(self, name: str, default: str) -> str:
        """A short line of printable text."""
        value = self.text(name, default)
        if len(value) <= LONGEST_SITE_NAME and value.isprintable():
            return value
        self.note(
            "E068",
            f"{name} has more than {LONGEST_SITE_NAME} characters, or unprintable ones.",
            f"Set {name} to the name of the installation, such as Example Chat.",
        )
        return default

    def picture(self, name: str, *, base: Path) -> Path | None:
        """The path of a small picture that is there; None if unset."""
        path = self.path(name, base=base)
        if path is None:
            return None
        fits = path.suffix.lower() in PICTURES and path.is_file()
        if fits and path.stat().st_size <= LARGEST_PICTURE:
            return path
        self.note(
            "E069",
            f"{name}={path} is no SVG, PNG or WebP file of at most {LARGEST_PICTURE // 1024} KB.",
            f"Set {name} to the path of such a file, or unset it.",
        )
        return None
