from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts.auth import browser_sessions, checks  # noqa: F401, PLC0415 (connects, registers)
