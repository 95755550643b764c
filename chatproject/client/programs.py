"""What people make for programs: bots, tokens, webhooks, slash commands. Secrets come once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from .messages import Id, Json, moment, without_none
from .rest import Rest


class ProgramCalls:
    """A part of ChatClient."""

    rest: Rest

    # -- bots and tokens

    async def bots(self) -> list[Json]:
        """Those that one has made."""
        return list((await self.rest.get("bots"))["results"])

    async def create_bot(self, name: str, *, about: str | None = None) -> Json:
        return dict(await self.rest.post("bots", body=without_none(name=name, about=about)))

    async def close_bot(self, bot_id: Id) -> None:
        await self.rest.delete("bots", bot_id)

    async def create_bot_token(
        self,
        bot_id: Id,
        name: str,
        scopes: Sequence[str],
        *,
        expires_at: datetime | None = None,
        conversation_ids: Sequence[Id] = (),
    ) -> Json:
        """`token` is the secret."""
        body = _token(name, scopes, expires_at, conversation_ids)
        return dict(await self.rest.post("bots", bot_id, "tokens", body=body))

    async def revoke_bot_token(self, bot_id: Id, token_id: Id) -> None:
        await self.rest.delete("bots", bot_id, "tokens", token_id)

    async def tokens(self) -> list[Json]:
        """One's own."""
        return list((await self.rest.get("users", "me", "tokens"))["results"])

    async def create_token(
        self,
        name: str,
        scopes: Sequence[str],
        *,
        expires_at: datetime | None = None,
        conversation_ids: Sequence[Id] = (),
    ) -> Json:
        """A token for a script of one's own; `token` is the secret."""
        body = _token(name, scopes, expires_at, conversation_ids)
        return dict(await self.rest.post("users", "me", "tokens", body=body))

    async def revoke_token(self, token_id: Id) -> None:
        await self.rest.delete("users", "me", "tokens", token_id)

    # -- webhooks and commands of a conversation, for its admins

    async def webhooks(self, conversation_id: Id) -> list[Json]:
        return await self._list(conversation_id, "hooks")

    async def create_webhook(
        self, conversation_id: Id, name: str, *, any_conversation: bool = False
    ) -> Json:
        """An incoming one; programs post to its `url`, which is the secret."""
        body = {"name": name, "anyConversation": any_conversation}
        return await self._make(conversation_id, "hooks", body)

    async def end_webhook(self, conversation_id: Id, webhook_id: Id) -> None:
        await self.rest.delete("conversations", conversation_id, "hooks", webhook_id)

    async def outgoing_webhooks(self, conversation_id: Id) -> list[Json]:
        return await self._list(conversation_id, "outgoing-hooks")

    async def create_outgoing_webhook(
        self,
        conversation_id: Id,
        name: str,
        url: str,
        *,
        events: Sequence[str] = ("message.created",),
        words: Sequence[str] = (),
    ) -> Json:
        """Tells the program at `url`; `secret` signs what it gets."""
        body = {"name": name, "url": url, "events": list(events), "words": list(words)}
        return await self._make(conversation_id, "outgoing-hooks", body)

    async def end_outgoing_webhook(self, conversation_id: Id, webhook_id: Id) -> None:
        await self.rest.delete("conversations", conversation_id, "outgoing-hooks", webhook_id)

    async def commands(self, conversation_id: Id) -> list[Json]:
        """The slash commands, for everybody in the conversation."""
        return await self._list(conversation_id, "commands")

    async def create_command(
        self,
        conversation_id: Id,
        name: str,
        *,
        url: str | None = None,
        bot_id: Id | None = None,
        description: str | None = None,
    ) -> Json:
        """Calls the program at `url`, or the app of a bot; `secret` signs the calls."""
        bot = None if bot_id is None else str(bot_id)
        body = without_none(name=name, url=url, botId=bot, description=description)
        return await self._make(conversation_id, "commands", body)

    async def end_command(self, conversation_id: Id, command_id: Id) -> None:
        await self.rest.delete("conversations", conversation_id, "commands", command_id)

    async def _list(self, conversation_id: Id, what: str) -> list[Json]:
        return list((await self.rest.get("conversations", conversation_id, what))["results"])

    async def _make(self, conversation_id: Id, what: str, body: Mapping[str, Any]) -> Json:
        return dict(await self.rest.post("conversations", conversation_id, what, body=body))


def _token(
    name: str, scopes: Sequence[str], expires_at: datetime | None, conversation_ids: Sequence[Id]
) -> dict[str, Any]:
    return without_none(
        name=name,
        scopes=[str(each) for each in scopes],
        expiresAt=moment(expires_at),
        conversationIds=[str(each) for each in conversation_ids] or None,
    )
