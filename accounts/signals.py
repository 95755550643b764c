"""What other apps can hear of an account without this one knowing them."""

from django.dispatch import Signal

# Sent with `user` (a User) inside the transaction that closes the account, before it is closed.
# Whatever a receiver raises keeps the account open.
account_closing = Signal()
