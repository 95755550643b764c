"""What other apps can hear of files without this one knowing them."""

from django.dispatch import Signal

# Sent with `conversation_id` and `seq`, outside of any transaction, after a file in a message has
# become ready or was refused. It may be sent twice for one change.
attachment_changed = Signal()
