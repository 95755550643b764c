from django.apps import AppConfig


class ServerConfig(AppConfig):
    name = "chatproject.server"

    def ready(self) -> None:
        from chatproject.server import checks  # noqa: F401, PLC0415 (registers the checks)
