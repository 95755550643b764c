"""`manage.py up`, which `make run` calls: everything from an empty folder to a running chat."""

from django.conf import settings
from django.core.management import call_command, get_commands
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from chatproject.core import static
from chatproject.core.management.commands import serve


class Command(serve.Command):
    help = "Prepares database, demo data and static files, then serves; for one machine."

    def start_postgres(self) -> None:
        data = settings.EMBEDDED_POSTGRES.data
        self.say(f"PostgreSQL    {'in' if data.exists() else 'making a database in'} {data}")
        super().start_postgres()

    def prepare(self) -> None:
        self.check(databases=["default"])
        self.migrate()
        if "seed_demo" in get_commands():
            call_command("seed_demo", if_empty=True, stdout=self.stdout)
        if static.collect_if_changed():
            self.say(f"Static files  collected in {settings.STATIC_ROOT}")

    def migrate(self) -> None:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            self.say(f"Migrations    {len(plan)} to apply")
            call_command("migrate", interactive=False, verbosity=0)

    def announce(self) -> None:
        self.say(f"\nThe chat runs at {settings.PUBLIC_URL}  (Ctrl-C stops it)\n{demo_logins()}")


def demo_logins() -> str:
    """Whom a newcomer can log in as."""
    try:  # GUARD
        from messaging import demo
    except ImportError:
        return ""

    emails = ", ".join(email for _, email in demo.DEMO_PEOPLE)
    return f"Log in as {emails} with the password {demo.DEMO_PASSWORD}"
