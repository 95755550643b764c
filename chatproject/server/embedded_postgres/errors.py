from django.db.utils import OperationalError


class PostgresFailed(OperationalError):
    """The embedded PostgreSQL cannot be run; the text says why and what to do."""
