"""From where staff may come: where an office says so, only from its own networks."""

from ipaddress import IPv4Network, IPv6Network, ip_network

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from core.audit.client_address import client_address

Network = IPv4Network | IPv6Network


def staff_networks() -> list[Network]:
    """Those of the settings. Raises ImproperlyConfigured for what is none."""
    try:
        return [ip_network(text.strip(), strict=False) for text in settings.STAFF_NETWORKS]
    except ValueError as error:
        raise ImproperlyConfigured(f"STAFF_NETWORKS: {error}") from None


def may_be_staff(request: HttpRequest | None) -> bool:
    """Whether staff may come from there; without a request, or a setting, from anywhere."""
    networks = staff_networks()
    if request is None or not networks:
        return True
    address = client_address(request)
    return bool(address) and any(_within(ip_network(address), each) for each in networks)


def _within(here: Network, network: Network) -> bool:
    if isinstance(here, IPv6Network):
        # an IPv6 home is counted as a whole: a rule for a part of it is a rule for it
        return isinstance(network, IPv6Network) and here.overlaps(network)
    return isinstance(network, IPv4Network) and here.subnet_of(network)
