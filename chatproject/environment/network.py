"""Readers of where the server is found: its own address, its public one, its proxies."""

import ipaddress
from urllib.parse import SplitResult

from chatproject.environment.addresses import (
    is_address,
    is_host_name,
    is_origin,
    is_port,
    split_url,
)
from chatproject.environment.reader import Reader


class NetworkReaders(Reader):
    """Of addresses to listen on, and of those that others reach the server by."""

    def host(self, name: str, default: str) -> str:
        """An IP address or a host name to listen on."""
        value = self.text(name, default)
        if is_address(value) or is_host_name(value):
            return value
        self.note(
            "E015",
            f"{name}={value!r} is not an address to listen on.",
            f"Set {name} to an address of this machine, such as 127.0.0.1 or 0.0.0.0.",
        )
        return default

    def port(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if not is_port(value):
            self.note(
                "E002",
                f"{name}={value!r} is not a port.",
                f"Set {name} to a number from 1 to 65535.",
            )
            return default
        return int(value)

    def public_url(self, name: str) -> SplitResult | None:
        """Where people reach the server: scheme and host, with a port where it is not the usual."""
        value = self.text(name)
        if not value:
            return None
        url = split_url(value)
        if url is None or url.scheme not in ("http", "https") or not is_origin(url):
            self.note(
                "E003",
                f"{name}={value!r} is not an http or https address without a path.",
                f"Set {name} to the address in people's browsers, such as https://chat.example.org.",
            )
            return None
        return url._replace(path="")

    def networks(self, name: str) -> list[str]:
        """IP addresses and networks in CIDR form, separated by commas."""
        networks = []
        for item in self.words(name):
            try:
                networks.append(str(ipaddress.ip_network(item)))
            except ValueError:
                self.note(
                    "E010",
                    f"{name} has {item!r}, which is neither an IP address nor a network.",
                    f"Set {name} to addresses separated by commas, such as 127.0.0.1,10.0.0.0/8.",
                )
        return networks
