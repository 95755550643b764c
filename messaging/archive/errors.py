"""Refusals of the archive."""

from chatproject.core.errors import Conflict, Unavailable


class ArchiveUnavailable(Unavailable):
    """The file storage does not answer, or lacks a file. Messages that are rows are there."""

    code = "archive_unavailable"
    detail = "Older messages cannot be read right now. Try again."


class ArchiveNotWritten(Unavailable):
    """A file could not be written: the disk is full, or the storage does not take it."""

    code = "archive_not_written"
    detail = "A file of the archive cannot be written. Nothing was removed."

    @classmethod
    def because(cls, error: Exception) -> "ArchiveNotWritten":
        reason = getattr(error, "strerror", None) or str(error)
        return cls(f"{cls.detail} {reason}. Run it again when that is mended.")


class ArchiveBusy(Conflict):
    code = "archive_busy"
    detail = "Another process works on the archive."


class ArchiveBroken(Conflict):
    """A file is not what was written; nothing was removed."""

    code = "archive_broken"
    detail = "A file of the archive is not as it was written."


class ArchiveNotInstalled(Conflict):
    code = "archive_not_installed"
    detail = "The archive needs the package pyarrow: pip install -r requirements-archive.txt"
