"""Somebody sits on the line to the operator: nothing that he says, changes or repeats pays anybody, or keeps from it."""

import asyncio
import json
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web

from ebikes.evidence.wording import problem_in_words
from ebikes.licensing import outside as outside_module
from ebikes.licensing.stub.faults import FORGERIES
from subsidies.models import Claim, OperatorAnswer, PayoutBatch, PayoutLine
from subsidies.payouts.operator import ask_operator
from subsidies.payouts.services.payouts import release_payout
from subsidies.payouts.services.record_results import lease_due_order, record_results
from tests.ebikes.licensing.loopback import TOKEN
from tests.factories import NOW
from tests.subsidies.outside import Outside, at_work, served

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(settings):
    """The stub, which signs and believes what is signed alone."""
    settings.OPERATOR_SIGNED = True
    with at_work(Outside(), settings) as running:
        yield running


@pytest.fixture
def released(batch, releaser):
    release_payout(batch=batch, by=releaser, now=NOW)
    return batch


class Line:
    """What stands between: every request goes on to the stub, as `change` leaves it, and back as `answer` leaves it."""

    def __init__(self, url):
        self.url, self.sent = url, []
        self.change = lambda body: body
        self.answer = lambda status, body, headers: (status, body, headers)

    async def handle(self, request):
        body = await request.read()
        headers = {
            k: v for k, v in request.headers.items() if k.lower().startswith(("x-", "auth", "content-type"))
        }
        self.sent.append((request.path, headers, body))
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.url + request.path, data=self.change(body), headers=headers) as answer,
        ):
            kept = {k: v for k, v in answer.headers.items() if k.startswith("X-")}
            status, text, kept = self.answer(answer.status, await answer.read(), kept)
        return web.Response(status=status, body=text, headers=kept, content_type="application/json")


@pytest.fixture
def line(operator, settings):
    between = Line(settings.ECNY_URL)
    app = web.Application()
    app.router.add_post("/{rest:.*}", between.handle)
    with served(app) as url:
        settings.ECNY_URL = url
        yield between


def asked(*, times=1):
    """The workers ask about what is due, so often."""
    for turn in range(times):
        now = NOW + timedelta(hours=2 * turn)
        order = lease_due_order(now=now)
        if order is not None:
            record_results(order, ask_operator(order), now=now)


def problems():
    return set(OperatorAnswer.objects.values_list("problem", flat=True))


def nothing_is_known():
    """Nobody is paid, nobody is told to have failed, and the order is not declined."""
    return (
        {*PayoutLine.objects.values_list("state", flat=True)} == {"unknown"}
        and {*Claim.objects.values_list("state", flat=True)} == {"payout_unknown"}
        and PayoutBatch.objects.get().state == "released"
    )


def test_an_order_goes_out_signed_and_its_signed_answer_is_believed(released, operator):
    asked()
    assert {*PayoutLine.objects.values_list("state", flat=True)} == {"success"}
    assert problems() == {""}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_an_answer_that_is_not_signed_just_so_is_no_answer(released, operator, forgery):
    operator.behave(fail=1.0, modes=(forgery,))
    asked()
    assert nothing_is_known()
    assert problems() == {"unverified"}
    assert "签名" in problem_in_words("unverified")
    operator.behave(fail=0.0)
    asked(times=2)
    assert {*PayoutLine.objects.values_list("state", flat=True)} == {"success"}
    assert operator.operator.summary()["duplicates"] == []


def test_an_amount_that_was_changed_on_the_way_is_not_carried_out(released, operator, line):
    line.change = lambda body: body.replace(b'"300.00"', b'"999.00"')
    asked()
    assert operator.operator.summary()["payments"] == 0
    assert nothing_is_known()


def test_a_payee_that_was_changed_on_the_way_is_not_paid(released, operator, line):
    line.change = lambda body: body.replace(b'"payee_phone": "+861', b'"payee_phone": "+862')
    asked()
    assert operator.operator.summary()["payments"] == 0


def test_a_failure_that_was_made_a_success_on_the_way_is_not_booked(released, operator, line):
    line.answer = lambda status, body, headers: (status, body.replace(b"SUCCESS", b"FAILED"), headers)
    asked()
    assert nothing_is_known()


@pytest.mark.parametrize("status", [200, 400, 404, 409, 302])
def test_whoever_sits_on_the_line_cannot_decline_an_order(released, operator, line, status):
    """Declined, its claims could be ordered again: while the operator has paid."""
    number = released.request_no
    line.answer = lambda _s, _b, _h: (
        status,
        json.dumps({"code": "NOT_FOUND", "out_request_no": number}).encode(),
        {},
    )
    asked()
    assert nothing_is_known()
    assert problems() == {"unverified"}


def test_an_answer_to_an_earlier_question_is_not_believed(released, operator, line):
    """It was true once: that nothing of the kind was ever received."""
    first = []

    def repeat(status, body, headers):
        first.append((status, body, headers))
        return first[0]

    line.answer = repeat
    asked()
    assert nothing_is_known()


def test_an_order_that_is_sent_again_by_somebody_else_is_refused(released, operator, line):
    asked()
    path, headers, body = next(each for each in line.sent if each[0] == "/ecny/transfers")

    async def replay():
        async with (
            aiohttp.ClientSession() as session,
            session.post(line.url + path, data=body, headers=headers) as answer,
        ):
            return answer.status, await answer.json()

    assert asyncio.run(replay()) == (401, {"code": "UNAUTHORISED", "why": "a replay"})


def test_whoever_has_the_token_alone_orders_nothing(operator, settings):
    async def order():
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            answer = await session.post(settings.ECNY_URL + "/ecny/transfers", json={})
            return answer.status, (await answer.json())["why"]

    assert asyncio.run(order()) == (401, "unsigned")


def test_an_old_request_is_refused(released, operator, monkeypatch):
    real = outside_module.operator_signatures().request
    monkeypatch.setattr("ebikes.licensing.signatures.time", lambda: 1_000_000_000)
    _signed, headers = real("POST", "/ecny/transfers", b"{}")
    monkeypatch.undo()
    assert headers["X-Timestamp"] == "1000000000"
    from ebikes.licensing.signatures import NotBelieved  # noqa: PLC0415

    with pytest.raises(NotBelieved, match="too old"):
        outside_module.stub_signatures().believe_request("POST", "/ecny/transfers", headers, b"{}")
