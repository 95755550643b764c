from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    name = "messaging"
    verbose_name = _("Messaging")

    def ready(self) -> None:
        from accounts.events import account_closing  # noqa: PLC0415 (needs the models)
        from attachments.actions.process_picture import attachment_changed  # noqa: PLC0415
        from conversations.events import own_state_changed  # noqa: PLC0415
        from messaging.actions.attachments import on_attachment_changed  # noqa: PLC0415
        from messaging.archive import gauges as archive_gauges  # noqa: PLC0415
        from messaging.inbox import gauges as inbox_gauges  # noqa: PLC0415
        from messaging.inbox.entries import on_own_state_changed  # noqa: PLC0415
        from messaging.membership.account_closing import on_account_closing  # noqa: PLC0415
        from messaging.moderation.groups import make_groups  # noqa: PLC0415
        from messaging.relay import gauges as relay_gauges  # noqa: PLC0415
        from messaging.search import lag_gauges  # noqa: PLC0415

        attachment_changed.connect(on_attachment_changed, dispatch_uid="messaging.tell_of_files")
        account_closing.connect(on_account_closing, dispatch_uid="messaging.leave_everything")
        own_state_changed.connect(on_own_state_changed, dispatch_uid="messaging.keep_inbox")
        post_migrate.connect(make_groups, sender=self, dispatch_uid="messaging.make_groups")
        inbox_gauges.register()
        lag_gauges.register()
        relay_gauges.register()
        archive_gauges.register()
