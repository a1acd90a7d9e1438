"""Payouts against the operator: whatever breaks on the way, each payment is made once, under its one number."""

from datetime import timedelta

import pytest
from aiohttp import web

from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Claim, LedgerEntry, PayoutLine
from subsidies.payouts.judge import LineResult
from subsidies.payouts.operator import ask_operator
from subsidies.payouts.services.payouts import release_payout
from subsidies.payouts.services.record_results import lease_due_order, record_results
from tests.factories import NOW
from tests.subsidies.answers import heard
from tests.subsidies.outside import served

pytestmark = pytest.mark.django_db


@pytest.fixture
def released(batch, releaser, outside):
    release_payout(batch=batch, by=releaser, now=NOW)
    return batch


def sweep(now=NOW):
    order = lease_due_order(now=now)
    if order is not None:
        record_results(order, ask_operator(order), now=now)
    return order


def states(model=Claim):
    return set(model.objects.values_list("state", flat=True))


def test_a_released_batch_is_paid_and_the_books_balance(released, outside):
    sweep()

    released.refresh_from_db()
    assert (released.state, states(), states(PayoutLine)) == ("finished", {"paid"}, {"success"})
    assert outside.operator.summary()["payments"] == 2
    assert released.scheme.ledger.filter(kind="pay").count() == 2
    assert verify_ledger(scheme=released.scheme) == []


def test_a_draft_never_leaves(batch, outside):
    assert sweep() is None
    assert outside.operator.summary()["orders"] == 0


def test_money_that_moved_unseen_is_asked_about_and_not_sent_again(released, outside):
    """The order arrived, but no answer came back: the worker died between sending and writing down."""
    ask_operator(lease_due_order(now=NOW))

    sweep(NOW + timedelta(minutes=5))

    assert states() == {"paid"}
    assert outside.operator.summary()["duplicates"] == []
    assert outside.operator.summary()["payments"] == 2
    assert LedgerEntry.objects.filter(kind="pay").count() == 2


@pytest.mark.parametrize("mode", ["error", "garbage", "drop"])
def test_through_any_weather_each_payment_is_made_once(released, outside, mode):
    outside.behave(fail=0.6, modes=(mode,))

    now = NOW
    for _attempt in range(30):
        sweep(now)
        now += timedelta(hours=2)

    outside.behave(fail=0.0)
    sweep(now)
    assert states() == {"paid"}
    assert outside.operator.summary()["duplicates"] == []
    assert outside.operator.summary()["payments"] == 2
    assert verify_ledger(scheme=released.scheme) == []


def test_an_unknown_outcome_shows_as_unknown_and_is_asked_again_with_back_off(released, outside):
    outside.behave(fail=1.0, modes=("error",))

    sweep()

    released.refresh_from_db()
    assert (states(), released.next_ask_at) == ({"payout_unknown"}, NOW + timedelta(seconds=30))


def test_recording_the_results_twice_pays_once_in_the_ledger(released):
    order = lease_due_order(now=NOW)
    results = ask_operator(order)

    for _again in range(2):
        record_results(order, results, now=NOW)

    assert LedgerEntry.objects.filter(kind="pay").count() == 2


def test_the_numbers_of_an_order_never_change_between_attempts(released, outside):
    outside.behave(fail=1.0, modes=("error",))
    first = sweep()
    second = sweep(NOW + timedelta(hours=2))

    assert [line.request_no for line in first.lines] == [line.request_no for line in second.lines]
    assert first.batch.request_no == second.batch.request_no


def answering(status, body, paths=("/ecny/transfers", "/ecny/transfers/query")):
    """An operator that always says the same."""

    async def handler(request):
        order = await request.json()
        return web.json_response({"out_request_no": order["out_request_no"]} | body, status=status)

    app = web.Application()
    for path in paths:
        app.router.add_post(path, handler)
    return served(app)


def test_an_order_refused_as_a_whole_fails_every_line_with_the_reason(released, settings):
    with answering(200, {"state": "ACCEPT_FAIL", "fail_reason": "PAYER_INSUFFICIENT", "lines": []}) as url:
        settings.ECNY_URL = url
        sweep()

    assert states() == {"payout_failed"}
    assert set(PayoutLine.objects.values_list("fail_reason", flat=True)) == {"PAYER_INSUFFICIENT"}
    assert verify_ledger(scheme=released.scheme) == []


@pytest.mark.parametrize(
    "body",
    [
        {"state": "FINISH", "lines": []},
        {"state": "FINISH", "lines": [{"out_request_no": "ANOTHER", "state": "SUCCESS", "gmt_pay": None}]},
        {"out_request_no": "ANOTHER", "state": "ACCEPT_FAIL", "fail_reason": "X", "lines": []},
        {"state": "FINISH"},
    ],
)
def test_an_answer_about_something_else_is_not_believed(released, settings, body):
    with answering(200, body) as url:
        settings.ECNY_URL = url
        sweep()

    assert states() == {"payout_unknown"}
    assert states(PayoutLine) == {"unknown"}


def test_a_page_not_found_is_not_taken_for_an_order_never_seen(released, outside, settings):
    stub = settings.ECNY_URL
    ask_operator(lease_due_order(now=NOW))
    with answering(404, {"code": "NO_SUCH_PAGE"}) as url:
        settings.ECNY_URL = url
        sweep(NOW + timedelta(minutes=5))
    assert states() == {"payout_unknown"}

    settings.ECNY_URL = stub
    sweep(NOW + timedelta(hours=2))
    assert states() == {"paid"}


def test_an_order_that_the_operator_rejects_is_reported_and_stays_open(released, settings, caplog):
    with answering(400, {"code": "INVALID"}, paths=("/ecny/transfers",)) as url:
        settings.ECNY_URL = url
        sweep()

    assert states() == {"payout_unknown"}
    assert released.request_no in caplog.text


def test_a_wallet_that_does_not_exist_fails_and_its_money_stays_reserved(batch, releaser, outside):
    release_payout(batch=batch, by=releaser, now=NOW)
    order = lease_due_order(now=NOW)
    results = {each.request_no: LineResult(PayoutLine.State.SUCCESS, paid_at=NOW) for each in order.lines[1:]}
    results[order.lines[0].request_no] = LineResult(PayoutLine.State.FAILED, "NO_WALLET")

    record_results(order, heard(order, results), now=NOW)

    assert states() == {"paid", "payout_failed"}
    batch.scheme.refresh_from_db()
    assert batch.scheme.reserved_fen == order.lines[0].amount_fen
    assert verify_ledger(scheme=batch.scheme) == []
