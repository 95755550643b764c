"""Requests to addresses that people name: webhooks, and previews of links.

Such an address may name our own network. So a name is resolved once, every address that it has must
be public, and the connection goes to the very address that was checked. `request` follows nothing;
`fetch` follows few redirects, and checks each as if it had been named.
"""

from chatproject.core.outbound.addresses import AddressRefused, is_public, public_addresses
from chatproject.core.outbound.client import Answer, Unreachable, request
from chatproject.core.outbound.fetching import Document, Unfit, fetch

__all__ = [
    "AddressRefused",
    "Answer",
    "Document",
    "Unfit",
    "Unreachable",
    "fetch",
    "is_public",
    "public_addresses",
    "request",
]
