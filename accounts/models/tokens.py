"""API tokens, and the bots that use them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts.models.sign_ins import SignIn
from accounts.models.user import User


class ApiToken(models.Model):
    """A token of a person's script or of a bot, by which its sign-in of kind `api` is found.

    Only a hash of the secret is stored. Whatever ends the sign-in ends the token: revoking it, a
    log-out everywhere, a new password, a suspension, a closed account.
    """

    sign_in = models.OneToOneField(
        SignIn, on_delete=models.CASCADE, primary_key=True, related_name="api_token"
    )
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    name = models.CharField(max_length=100)
    scopes = ArrayField(models.CharField(max_length=30))
    # The only conversations that it reaches; empty is all that its account is in.
    conversation_ids = ArrayField(models.UUIDField(), default=list, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.name


class Bot(models.Model):
    """The account of a program, and who made it. Its name and state are the account's."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="bot"
    )
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="bots")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"bot {self.user_id}"
