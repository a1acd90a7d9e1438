"""An order that the operator declines: nobody is asked for ever, it is taken apart and ordered again."""

from datetime import timedelta

import pytest
from aiohttp import web

from subsidies.models import Claim, PayoutLine
from subsidies.payouts.judge import LineResult
from subsidies.payouts.operator import Heard, Order, ask_operator
from subsidies.payouts.services.payouts import WrongState, make_payouts, release_payout, take_apart
from subsidies.payouts.services.record_results import lease_due_order, record_results
from tests.console import refused, update
from tests.factories import NOW
from tests.subsidies.outside import served

pytestmark = pytest.mark.django_db


def sweep(now=NOW):
    if order := lease_due_order(now=now):
        record_results(order, ask_operator(order), now=now)


def declining(status, body):
    """An operator that takes no order, and knows none."""

    async def send(_request):
        return web.json_response(body(await _request.json()) if callable(body) else body, status=status)

    async def query(request):
        number = (await request.json())["out_request_no"]
        return web.json_response({"code": "NOT_FOUND", "out_request_no": number}, status=404)

    app = web.Application()
    app.router.add_post("/ecny/transfers", send)
    app.router.add_post("/ecny/transfers/query", query)
    return served(app)


@pytest.fixture
def rejected(batch, releaser, outside, settings):
    stub = settings.ECNY_URL
    release_payout(batch=batch, by=releaser, now=NOW)
    with declining(400, {"code": "INVALID", "field": "payer_name"}) as url:
        settings.ECNY_URL = url
        sweep()
    settings.ECNY_URL = stub
    batch.refresh_from_db()
    return batch


def test_it_says_so_with_the_operators_words_and_is_asked_no_more(rejected):
    assert (rejected.state, rejected.rejection) == ("rejected", "HTTP 400 INVALID")
    assert lease_due_order(now=NOW + timedelta(days=1)) is None
    assert set(Claim.objects.values_list("state", flat=True)) == {"payout_unknown"}


def test_taken_apart_it_is_ordered_again_under_the_same_numbers_and_paid_once(
    rejected, maker, releaser, outside
):
    assert take_apart(batch=rejected, by=maker, now=NOW) == 2
    rejected.refresh_from_db()
    assert rejected.state == "discarded"
    claims = Claim.objects.all()
    assert set(claims.values_list("state", flat=True)) == {"approved"}
    (again,) = make_payouts(scheme=rejected.scheme, claims=claims, by=maker, now=NOW).batches
    assert again.request_no == rejected.request_no
    release_payout(batch=again, by=releaser, now=NOW)
    sweep()
    assert set(Claim.objects.values_list("state", flat=True)) == {"paid"}
    assert outside.operator.summary()["payments"] == 2


@pytest.mark.parametrize("state", ["draft", "released", "finished"])
def test_nothing_else_is_taken_apart(batch, maker, releaser, outside, state):
    if state != "draft":
        release_payout(batch=batch, by=releaser, now=NOW)
    if state == "finished":
        sweep()
    batch.refresh_from_db()
    with pytest.raises(WrongState):
        take_apart(batch=batch, by=maker, now=NOW)


def test_what_the_operator_knows_under_other_content_is_not_ordered_again(
    batch, releaser, maker, settings, outside
):
    """After a restored backup the payee of a claim is another: the operator has that number already."""
    release_payout(batch=batch, by=releaser, now=NOW)

    def known(order):
        return {"code": "DUPLICATE_DIFFERENT", "out_request_no": order["lines"][0]["out_request_no"]}

    with declining(409, known) as url:
        settings.ECNY_URL = url
        sweep()
    assert take_apart(batch=batch, by=maker, now=NOW) == 1
    batch.refresh_from_db()
    assert batch.state == "rejected"
    assert sorted(batch.lines.values_list("state", "doubt")) == [("discarded", ""), ("unknown", "known")]
    held = batch.lines.get(state="unknown")
    assert refused(update(held, "state = 'discarded'"), because="only what the operator declined")


def test_a_slower_colleague_who_heard_that_it_is_there_has_the_last_word(rejected, outside):
    """Two workers: one was declined, the other's sending had been taken. It is asked about again."""
    order = Order(rejected, tuple(rejected.lines.select_related("claim__trade_in")), attempt=1)
    under_way = {line.request_no: LineResult(PayoutLine.State.UNKNOWN) for line in order.lines}
    record_results(order, Heard(under_way), now=NOW)
    rejected.refresh_from_db()
    assert rejected.state == "released"
    assert rejected.next_ask_at > NOW


def test_declined_after_a_sending_that_may_have_arrived_proves_nothing(batch, releaser, outside, settings):
    """The first sending met silence; the second is declined, and the query does not know it yet."""
    release_payout(batch=batch, by=releaser, now=NOW)
    outside.behave(fail=1.0, modes=("error",))
    sweep()
    with declining(400, {"code": "INVALID"}) as url:
        settings.ECNY_URL = url
        sweep(NOW + timedelta(hours=1))
    batch.refresh_from_db()
    assert batch.state == "released"
    assert set(batch.lines.values_list("state", "doubt")) == {("unknown", "forgotten")}


def test_an_order_that_was_declined_and_carried_out_all_the_same_is_believed(
    batch, releaser, settings, outside
):
    """HTTP says one thing, its book another: the book counts."""
    release_payout(batch=batch, by=releaser, now=NOW)
    order = lease_due_order(now=NOW)
    ask_operator(order)  # it is in the operator's book now; nobody heard

    sweep(NOW + timedelta(hours=1))

    batch.refresh_from_db()
    assert batch.state == "finished"
