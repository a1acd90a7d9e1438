"""A printed page says what it is of, by whom and when it was printed; a button that ends something does not invite."""

import pytest

from core.staff.ending import is_ending
from subsidies.models import Claim, PayoutBatch
from tests.admin.district import act, logged_in, url
from tests.factories import make_staff

pytestmark = pytest.mark.django_db


def test_a_printed_claim_says_its_number_its_scheme_its_printer_and_the_day(district):
    claim, reviewer = district.grow(), make_staff("reviewer")
    html = logged_in(reviewer).get(url(Claim, "change", claim.pk)).content.decode()
    printed = html.partition('<p class="printed">')[2]
    assert printed.startswith(f"{claim.trade_in.record_no} · {claim.scheme.name}</p>")
    assert f"打印人 {reviewer.username} · 20" in printed


def test_what_ends_something_is_marked_on_the_page_and_where_it_is_asked(client, district):
    batch = district.pay(district.grow())
    html = client.get(url(PayoutBatch, "change", batch.pk)).content.decode()
    assert f'class="go ends" href="/admin/payouts/{batch.pk}/discard/"' in html
    assert f'class="go" href="/admin/payouts/{batch.pk}/release/"' in html
    assert act(client, PayoutBatch, "discard", batch).context["variant"] == "danger"
    assert act(client, PayoutBatch, "release", batch).context["variant"] == ""


@pytest.mark.parametrize(
    ("address", "ends"),
    [("/admin/work/1/refuse/?tab=holds", True), ("/admin/work/1/hold/", False), ("", False)],
)
def test_an_address_tells_whether_it_ends_something(address, ends):
    assert is_ending(address) is ends
