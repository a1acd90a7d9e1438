"""Where a request comes from, as far as that can be trusted."""

from ipaddress import IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

_ONE_HOME = 64  # bits: whoever has one IPv6 address has all that share these


def client_address(request: HttpRequest | None) -> str:
    """The client's IPv4 address or IPv6 network; empty where none can be told.

    Of X-Forwarded-For only what our own proxies wrote counts: the last `settings.PROXIES` entries.
    """
    if request is None:
        return ""
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    ours = forwarded[-settings.PROXIES :] if settings.PROXIES else []
    for text in (*ours[:1], request.META.get("REMOTE_ADDR", "")):
        try:
            address = ip_address(text.strip())
        except ValueError:
            continue
        if isinstance(address, IPv6Address):
            return str(address.ipv4_mapped or IPv6Network((int(address), _ONE_HOME), strict=False))
        return str(address)
    return ""
