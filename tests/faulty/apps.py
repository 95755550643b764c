from django.apps import AppConfig


class FaultyConfig(AppConfig):
    name = "tests.faulty"
    label = "faulty"

    def ready(self) -> None:
        from tests.faulty import frames  # noqa: F401 (registers them)
