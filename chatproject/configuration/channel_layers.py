"""`CHANNEL_LAYERS`: the channel layer, which carries the control plane (realtime/control/)."""

from collections.abc import Collection, Iterable
from typing import Any


def channel_layer(urls: Collection[str]) -> dict[str, Any]:
    """Of these Redis servers; in memory where there is none."""
    return redis_layer(urls) if urls else {"BACKEND": "channels.layers.InMemoryChannelLayer"}


def redis_layer(urls: Iterable[str]) -> dict[str, Any]:
    """A process that is not heard of for `group_expiry` seconds is forgotten; above `capacity` the
    layer drops messages without a word. Receivers wait for 5 s at a time, after which redis-py's
    own socket timeout would end them."""
    hosts = [{"address": url, "socket_timeout": 15, "max_connections": 200} for url in urls]
    config = {"hosts": hosts, "prefix": "chat-layer", "capacity": 5_000, "group_expiry": 120}
    return {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": config}
