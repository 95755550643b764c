"""`manage.py up`, which `make run` calls: everything from an empty folder to a running chat."""

from collections.abc import Sequence

from django.conf import settings
from django.core.checks import Tags
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.models import User
from accounts.people.first_operator import first_operator_url
from chatproject.core.web import static_files
from chatproject.management.commands import serve
from messaging import demo


class Command(serve.Command):
    logins: Sequence[str] = ()
    help = "Prepares database, demo data and static files, then serves; for one machine."

    def start_postgres(self) -> None:
        data = settings.EMBEDDED_POSTGRES.data
        self.say(f"PostgreSQL    {'in' if data.exists() else 'making a database in'} {data}")
        super().start_postgres()

    def prepare(self) -> None:
        self.check(tags=[Tags.database], databases=["default"])
        self.check(tags=["storage"], include_deployment_checks=True)
        self.migrate()
        call_command("seed_demo", if_empty=True, stdout=self.stdout)
        if static_files.collect_if_changed():
            self.say(f"Static files  collected in {settings.STATIC_ROOT}")
        if settings.EMAIL_FILE_PATH:
            self.say(f"Mail          written to {settings.EMAIL_FILE_PATH}")
        self.logins = demo_logins()
        self.operator_url = first_operator_url()

    def migrate(self) -> None:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            self.say(f"Migrations    {len(plan)} to apply")
            call_command("migrate", interactive=False, verbosity=0)

    def announce(self) -> None:
        """One line, the last one: where it is and who may enter."""
        self.say_how_to_set_up()
        line = f"The chat runs at {settings.PUBLIC_URL}"
        if self.logins:
            line += f", log in as {' or '.join(self.logins)}, password {demo.DEMO_PASSWORD}"
        self.say(f"\n{line} (Ctrl-C stops it)")


def demo_logins() -> list[str]:
    """The emails of the demo people who are there."""
    emails = [email for _, email in demo.DEMO_PEOPLE]
    there = User.objects.filter(email__in=emails, is_active=True).values_list("email", flat=True)
    return [email for email in emails if email in set(there)]
