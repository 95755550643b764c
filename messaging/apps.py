from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "messaging"

    def ready(self) -> None:
        from accounts.signals import account_closing  # noqa: PLC0415 (needs the models)
        from messaging.actions.accounts import on_account_closing  # noqa: PLC0415

        account_closing.connect(on_account_closing, dispatch_uid="messaging.leave_everything")
