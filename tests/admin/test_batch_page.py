"""A payout batch's page: its lines a page at a time, and first what went wrong."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from subsidies.models import Hold, PayoutBatch, PayoutLine
from subsidies.payouts.pages import batches
from subsidies.review.services.holds import place_holds
from tests.admin.district import logged_in, url, who_it_is
from tests.console import tamper
from tests.factories import NOW, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _two_on_a_page(monkeypatch):
    monkeypatch.setattr(batches, "PAGE", 2)


@pytest.fixture
def finance():
    return logged_in(make_staff("finance"))


def make_batch(district, *states):
    """A batch with a line in each of these states, in this order."""
    batch = district.pay(*(district.grow() for _state in states))
    for line, state in zip(batch.lines.order_by("pk"), states, strict=True):
        reason = "NO_WALLET" if state == "failed" else ""
        tamper(
            "UPDATE subsidies_payoutline SET state = %s, fail_reason = %s, finished_at = now() WHERE id = %s",
            state,
            reason,
            line.pk,
        )
    return batch


def opened(client, batch, **query):
    response = client.get(url(PayoutBatch, "change", batch.pk), query)
    assert response.status_code == 200
    return response


def states_on(page):
    return [line.state for line, _payee, _failure in page.context["lines"]]


def test_what_failed_comes_first_then_what_is_not_known(district, finance):
    batch = make_batch(district, "success", "unknown", "success", "failed", "success")
    assert [states_on(opened(finance, batch, page=number)) for number in (1, 2, 3)] == [
        ["failed", "unknown"],
        ["success", "success"],
        ["success"],
    ]


def test_every_line_stands_on_one_page_and_the_sums_are_of_all(district, finance):
    batch = make_batch(district, *["success"] * 5)
    pages = [opened(finance, batch, page=number) for number in (1, 2, 3)]
    shown = [line.pk for page in pages for line, _payee, _failure in page.context["lines"]]
    assert shown == list(batch.lines.order_by("pk").values_list("pk", flat=True))
    assert {(page.context["count"], page.context["fen"]) for page in pages} == {(5, 150_000)}
    assert "1 / 3" in pages[0].content.decode()
    assert not [page for page in pages if who_it_is(page)]


def test_lines_of_one_state_alone_keep_it_while_one_leafs(district, finance):
    batch = make_batch(district, "failed", "success", "failed", "success", "failed")
    first = opened(finance, batch, state="failed")
    assert states_on(first) == ["failed", "failed"]
    assert 'href="?state=failed&amp;page=2#lines"' in first.content.decode()
    assert states_on(opened(finance, batch, state="failed", page=2)) == ["failed"]


@pytest.mark.parametrize("query", [{"state": "nonsense"}, {"page": "nonsense"}, {"page": "0"}])
def test_nonsense_in_the_address_is_as_if_it_were_not_there(district, finance, query):
    batch = make_batch(district, "success", "success")
    page = opened(finance, batch, **query)
    assert states_on(page) == ["success", "success"]
    assert "nonsense" not in page.content.decode()


def test_a_longer_batch_asks_the_database_no_more_often(district, finance):
    found = []
    for count in (3, 9):
        batch = make_batch(district, "failed", *["success"] * (count - 1))
        opened(finance, batch)
        with CaptureQueriesContext(connection) as queries:
            opened(finance, batch)
        found.append(len(queries))
    assert found[0] == found[1]


def test_payments_are_filtered_by_their_state_and_taken_away_so(district, finance):
    batch = make_batch(district, "failed", "success")
    filters = {"batch__id__exact": batch.pk, "state__exact": "failed"}
    listed = finance.get(url(PayoutLine, "changelist"), filters)
    assert [line.state for line in listed.context["cl"].result_list] == ["failed"]
    link = f"{url(PayoutLine, 'changelist')}?batch__id__exact={batch.pk}&amp;state__exact=failed"
    assert link in opened(finance, batch, state="failed").content.decode()


def test_held_claims_are_named_and_can_be_left_behind(district, finance):
    batch = make_batch(district, "ready", "ready")
    held, other = (line.claim for line in batch.lines.order_by("pk"))
    place_holds(kind=Hold.Kind.OBJECTION, evidence={held.pk: {}}, by=None, now=NOW)
    page = opened(finance, batch)
    assert page.context["held"] == [(held.pk, held.trade_in.record_no)]
    address = reverse("staff-batch-verb", args=[batch.pk, "leave_held"])
    assert address in page.content.decode()
    seen = finance.get(address).context["form"]["seen"].value()
    finance.post(address, {"confirmed": "1", "seen": seen, "note": "一份待查"})
    batch.refresh_from_db()
    again = PayoutBatch.objects.latest("pk")
    assert (batch.state, [line.claim for line in again.lines.all()]) == ("discarded", [other])


def test_where_nothing_is_held_there_is_nothing_to_leave_behind(district, finance):
    batch = make_batch(district, "ready")
    page = opened(finance, batch).content.decode()
    assert reverse("staff-batch-verb", args=[batch.pk, "leave_held"]) not in page
