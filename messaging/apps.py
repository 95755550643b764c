from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "messaging"

    def ready(self) -> None:
        from accounts.signals import account_closing
        from messaging.actions.accounts import on_account_closing

        account_closing.connect(on_account_closing, dispatch_uid="messaging.leave_everything")
