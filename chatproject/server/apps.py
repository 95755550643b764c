from django.apps import AppConfig
from django.conf import settings


class ServerConfig(AppConfig):
    name = "chatproject.server"

    def ready(self) -> None:
        from chatproject.realtime import control  # noqa: PLC0415 (needs the settings)
        from chatproject.realtime.control.layer import outside_sender  # noqa: PLC0415
        from chatproject.server import checks  # noqa: F401, PLC0415 (registers the checks)
        from chatproject.server.metrics import task_gauges  # noqa: PLC0415

        control.install_outside(outside_sender)
        task_gauges.register()
        if settings.SENTRY_DSN:
            from chatproject.server import error_reports  # noqa: PLC0415

            error_reports.start()
