"""Where a request comes from: what the client writes itself is never believed."""

import pytest
from django.test import RequestFactory

from core.audit.client_address import client_address

FORGED = "198.51.100.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "address"),
    [
        (0, None, "203.0.113.9", "203.0.113.9"),
        (0, FORGED, "203.0.113.9", "203.0.113.9"),
        (1, "203.0.113.9", "10.0.0.1", "203.0.113.9"),
        (1, f"{FORGED}, 203.0.113.9", "10.0.0.1", "203.0.113.9"),
        (2, f"{FORGED}, 203.0.113.9, 10.0.0.2", "10.0.0.1", "203.0.113.9"),
        (1, None, "10.0.0.1", "10.0.0.1"),
        (1, "", "10.0.0.1", "10.0.0.1"),
        (1, "unknown", "10.0.0.1", "10.0.0.1"),
        (1, f"{FORGED}, <script>", "10.0.0.1", "10.0.0.1"),
        (0, None, "", ""),
        (0, None, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (0, None, "2001:db8:1:2::1", "2001:db8:1:2::/64"),
        (0, None, "::ffff:203.0.113.9", "203.0.113.9"),
        (0, None, "fe80::1%eth0", "fe80::/64"),
    ],
)
def test_the_address_is_the_one_that_our_own_proxies_saw(settings, proxies, forwarded, remote, address):
    settings.PROXIES = proxies
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    assert client_address(RequestFactory(headers=headers, REMOTE_ADDR=remote).get("/")) == address


def test_without_a_request_there_is_no_address():
    assert client_address(None) == ""
