from django.apps import AppConfig


class AttachmentsConfig(AppConfig):
    name = "attachments"

    def ready(self) -> None:
        from attachments import metrics  # noqa: PLC0415 (needs the settings)

        metrics.register()
