from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "chatproject.core"

    def ready(self) -> None:
        from chatproject.core import checks  # noqa: F401, PLC0415 (registers the checks)
