"""What the operator says is judged payment by payment: what is sound is booked, what is odd holds up nobody else."""

from datetime import timedelta

import pytest
from aiohttp import web

from core.privacy.sealing import seal
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import LedgerEntry, OperatorAnswer, PayoutLine
from subsidies.payouts.operator import ask_operator
from subsidies.payouts.services.payouts import release_payout
from subsidies.payouts.services.record_results import lease_due_order, record_results
from tests.console import refused, tamper, update
from tests.factories import NOW
from tests.subsidies.outside import served

pytestmark = pytest.mark.django_db

WHEN = "2022-09-21T10:00:00+08:00"


@pytest.fixture
def released(batch, releaser, outside):
    release_payout(batch=batch, by=releaser, now=NOW)
    return batch


def good(number, **differs):
    return {"out_request_no": number, "state": "SUCCESS", "gmt_pay": WHEN} | differs


def failed(number, **differs):
    return {"out_request_no": number, "state": "FAIL", "fail_reason": "NO_WALLET"} | differs


def asked(settings, make, *, times=6):
    """The operator takes the order and says of its payments what `make` makes of their numbers, each time it is asked."""
    sent = []

    async def send(request):
        sent.append(await request.json())
        return web.json_response({"out_request_no": sent[-1]["out_request_no"], "state": "ACCEPTING"})

    async def query(request):
        body = await request.json()
        numbers = [line["out_request_no"] for line in sent[-1]["lines"]]
        answer = make(numbers)
        told = answer if isinstance(answer, dict) else {"lines": answer}
        return web.json_response({"out_request_no": body["out_request_no"], "state": "FINISH"} | told)

    app = web.Application()
    app.router.add_post("/ecny/transfers", send)
    app.router.add_post("/ecny/transfers/query", query)
    with served(app) as url:
        settings.ECNY_URL = url
        for time in range(times):
            now = NOW + timedelta(hours=3 * time)
            if order := lease_due_order(now=now):
                record_results(order, ask_operator(order), now=now)
    return sent


def in_turn(answers):
    """Each time the next answer."""

    def answer(numbers):
        return next(answers)(numbers)

    return answer


def outcome():
    return {
        (line.state, line.claim.state, line.doubt)
        for line in PayoutLine.objects.select_related("claim").order_by("pk")
    }


def first_and(odd):
    """The first payment succeeded; of the second this is said."""
    return lambda numbers: [good(numbers[0]), *odd(numbers[1])]


ODD = {
    "a state that nobody knows": (lambda n: [good(n, state="WAIT_PAY")], "state"),
    "a payment returned": (lambda n: [good(n, state="REFUND")], "state"),
    "a state in small letters": (lambda n: [good(n, state="success")], "state"),
    "no state at all": (lambda n: [{"out_request_no": n}], "state"),
    "a failure without its reason": (lambda n: [failed(n, fail_reason=None)], "reason"),
    "a failure with an empty reason": (lambda n: [failed(n, fail_reason=" ")], "reason"),
    "a time without its zone": (lambda n: [good(n, gmt_pay="2022-09-21 10:00:00")], "time"),
    "a time as banks write it": (lambda n: [good(n, gmt_pay="20220921100000")], "time"),
    "no time": (lambda n: [good(n, gmt_pay=None)], "time"),
    "a time to come": (lambda n: [good(n, gmt_pay="2099-01-01T00:00:00+08:00")], "time"),
    "a time before the order left": (lambda n: [good(n, gmt_pay="2022-01-01T00:00:00+08:00")], "time"),
    "nothing": (lambda _n: [], "missing"),
    "another payment": (lambda _n: [good("FREMD")], "missing"),
    "success and failure": (lambda n: [good(n), failed(n)], "contradiction"),
    "failure and success": (lambda n: [failed(n), good(n)], "contradiction"),
    "success at two times": (
        lambda n: [good(n), good(n, gmt_pay="2022-09-21T11:00:00+08:00")],
        "contradiction",
    ),
    "another amount": (lambda n: [good(n, amount="1.00")], "amount"),
    "an amount that is a number": (lambda n: [good(n, amount=200)], "amount"),
    "another payee": (lambda n: [good(n, payee="****9999")], "payee"),
    "a payee that is no text": (lambda n: [good(n, payee=7)], "payee"),
}


@pytest.mark.parametrize("odd", ODD)
def test_one_odd_payment_stays_unknown_with_its_reason_and_holds_nobody_up(released, settings, odd):
    said, doubt = ODD[odd]
    sent = asked(settings, first_and(said))
    assert outcome() == {("success", "paid", ""), ("unknown", "payout_unknown", doubt)}
    released.refresh_from_db()
    assert released.state == "released"  # it is asked again
    assert len(sent) == 1
    assert LedgerEntry.objects.filter(kind="pay").count() == 1
    assert verify_ledger(scheme=released.scheme) == []


def test_the_word_that_was_not_understood_is_kept(released, settings):
    asked(settings, first_and(lambda n: [good(n, state="WAIT_PAY")]))
    assert PayoutLine.objects.get(state="unknown").said == "WAIT_PAY"


@pytest.mark.parametrize(
    "sound",
    [
        lambda numbers: [good(number) for number in numbers],
        lambda numbers: [good(number) for number in (*numbers, numbers[1])],
        lambda numbers: [good(number) for number in (*numbers, "FREMD")],
        lambda numbers: [good(number, amount=None, payee=None) for number in numbers],
        lambda numbers: [good(number) for number in reversed(numbers)],
    ],
    ids=["plain", "the same twice", "one that is not ours besides", "without amounts", "in another order"],
)
def test_what_is_sound_is_believed(released, settings, sound):
    asked(settings, sound)
    assert outcome() == {("success", "paid", "")}
    assert set(PayoutLine.objects.values_list("finished_at", flat=True)) == {NOW + timedelta(hours=25)}


def test_a_reason_is_the_same_code_however_it_is_written(released, settings):
    asked(settings, first_and(lambda n: [failed(n, fail_reason=" no_wallet ")]), times=1)
    assert PayoutLine.objects.get(state="failed").fail_reason == "NO_WALLET"


@pytest.mark.parametrize("total", [{"total_amount": "1.00"}, {"total_num": 3}])
def test_where_the_total_is_another_nothing_is_believed(released, settings, total):
    asked(settings, lambda numbers: total | {"lines": [good(number) for number in numbers]})
    assert outcome() == {("unknown", "payout_unknown", "total")}


@pytest.mark.parametrize(
    ("whole", "doubt"),
    [({"fail_reason": None}, "reason"), ({"fail_reason": "X", "lines": "paid"}, "contradiction")],
    ids=["without a reason", "and one was paid"],
)
def test_an_order_refused_as_a_whole_must_say_why_and_nothing_else(released, settings, whole, doubt):
    def answer(numbers):
        paid = {"lines": [good(numbers[0])]} if "lines" in whole else {}
        return {"state": "ACCEPT_FAIL"} | whole | paid

    asked(settings, answer)
    assert outcome() == {("unknown", "payout_unknown", doubt)}


def test_an_order_is_not_refused_as_a_whole_after_one_of_it_was_paid(released, settings):
    answers = iter(
        [
            lambda n: [good(n[0]), {"out_request_no": n[1], "state": "INIT"}],
            *[lambda _n: {"state": "ACCEPT_FAIL", "fail_reason": "PAYER_INSUFFICIENT", "lines": []}] * 9,
        ]
    )
    asked(settings, in_turn(answers))
    assert outcome() == {("success", "paid", ""), ("unknown", "payout_unknown", "contradiction")}


def test_what_was_contradicted_once_is_not_believed_later(released, settings):
    """It said success and failure: that it says failure now proves nothing. A person settles it."""
    answers = iter(
        [lambda n: [good(n[0]), good(n[1]), failed(n[1])], *[lambda n: [good(n[0]), failed(n[1])]] * 9]
    )
    asked(settings, in_turn(answers))
    assert outcome() == {("success", "paid", ""), ("unknown", "payout_unknown", "contradiction")}


def test_an_odd_word_that_is_followed_by_a_sound_one_is_forgotten(released, settings):
    answers = iter(
        [lambda n: [good(n[0]), good(n[1], state="WAIT_PAY")], *[lambda n: [good(m) for m in n]] * 9]
    )
    asked(settings, in_turn(answers))
    assert outcome() == {("success", "paid", "")}
    released.refresh_from_db()
    assert released.state == "finished"


@pytest.mark.parametrize(
    "shape", [{"lines": None}, {"lines": {}}, {"out_request_no": "ANOTHER"}, {"lines": "paid"}]
)
def test_an_answer_without_the_shape_of_one_says_nothing(released, settings, shape):
    asked(settings, lambda _numbers: shape)
    assert outcome() == {("unknown", "payout_unknown", "")}


def test_every_answer_is_kept_as_it_was_received_and_sealed(released, settings):
    asked(settings, first_and(lambda n: [good(n, state="WAIT_PAY")]), times=2)
    kept = OperatorAnswer.objects.order_by("pk")
    assert list(kept.values_list("asked", flat=True)) == ["sent", "queried", "queried"]
    assert "WAIT_PAY" in kept.last().raw


def test_the_record_s_number_stands_in_the_memo(released, settings):
    (order,) = asked(settings, lambda numbers: [good(number) for number in numbers], times=1)
    records = [line.claim.trade_in.record_no for line in released.lines.select_related("claim__trade_in")]
    assert [line["memo"].split()[-1] for line in order["lines"]] == records


def test_never_seen_is_believed_of_a_young_order_alone(released, settings):
    """It left once and no answer came. After so long, an operator that does not know it proves nothing."""

    async def lost(_request):
        return web.Response(status=500)

    async def never_seen(request):
        body = await request.json()
        return web.json_response({"code": "NOT_FOUND", "out_request_no": body["out_request_no"]}, status=404)

    sent = []

    async def send(request):
        sent.append(await request.json())
        return await lost(request)

    app = web.Application()
    app.router.add_post("/ecny/transfers", send)
    app.router.add_post("/ecny/transfers/query", never_seen)
    with served(app) as url:
        settings.ECNY_URL = url
        for now in (NOW, NOW + timedelta(days=6), NOW + timedelta(days=8)):
            order = lease_due_order(now=now)
            record_results(order, ask_operator(order), now=now)
            before = len(sent)
    assert outcome() == {("unknown", "payout_unknown", "forgotten")}
    assert before == len(sent)
    assert {each["out_request_no"] for each in sent} == {released.request_no}


# ------------------------------------------------------------------ what an attacker, or a muddle, would say


@pytest.mark.parametrize(
    "lines",
    [
        [{"out_request_no": "N", "state": "INIT"}],
        [{"out_request_no": "N", "state": "PAID", "gmt_pay": WHEN}],
        {"N": {"state": "SUCCESS"}},
        5,
    ],
    ids=["under way", "paid in other words", "as an object", "a number"],
)
def test_refused_as_a_whole_is_believed_of_an_order_with_nothing_else_said(released, settings, lines):
    asked(settings, lambda _numbers: {"state": "ACCEPT_FAIL", "fail_reason": "X", "lines": lines}, times=2)
    assert outcome() == {("unknown", "payout_unknown", "contradiction")}


@pytest.mark.parametrize(
    "odd",
    [
        lambda n: [good(n, fail_reason="NO_WALLET")],
        lambda n: [failed(n, gmt_pay=WHEN)],
    ],
    ids=["success with a reason", "failure with a time"],
)
def test_one_saying_that_contradicts_itself_is_not_believed(released, settings, odd):
    asked(settings, first_and(odd), times=2)
    assert outcome() == {("success", "paid", ""), ("unknown", "payout_unknown", "contradiction")}


@pytest.mark.parametrize(
    "odd",
    [
        lambda n: good(n, gmt_pay=None),
        lambda n: good(n, amount="1.00"),
        lambda n: good(n, payee="****9999"),
        lambda n: good(n, state="REFUND"),
    ],
    ids=["no time", "another amount", "another payee", "another word"],
)
def test_a_failure_after_what_sounded_like_success_is_a_contradiction(released, settings, odd):
    """Else a next attempt would pay again what was paid and told badly."""
    answers = iter([lambda n: [good(n[0]), odd(n[1])], *[lambda n: [good(n[0]), failed(n[1])]] * 9])
    asked(settings, in_turn(answers))
    assert outcome() == {("success", "paid", ""), ("unknown", "payout_unknown", "contradiction")}


@pytest.mark.parametrize(
    "silence",
    [
        lambda n: [{"out_request_no": n, "state": "INIT"}],
        lambda _n: [],
        lambda n: [failed(n, fail_reason=None)],
    ],
    ids=["under way", "missing", "no reason"],
)
def test_silence_in_between_makes_it_no_better(released, settings, silence):
    answers = iter(
        [
            lambda n: [good(n[0]), good(n[1], gmt_pay=None)],
            lambda n: [good(n[0]), *silence(n[1])],
            *[lambda n: [good(n[0]), failed(n[1])]] * 9,
        ]
    )
    asked(settings, in_turn(answers))
    assert outcome() == {("success", "paid", ""), ("unknown", "payout_unknown", "contradiction")}


def test_a_success_after_a_failure_holds_the_claim(released, settings):
    answers = iter(
        [
            lambda n: [failed(n[0]), {"out_request_no": n[1], "state": "INIT"}],
            *[lambda n: [good(m) for m in n]] * 9,
        ]
    )
    asked(settings, in_turn(answers))
    line = PayoutLine.objects.get(state="failed")
    assert list(line.claim.holds.values_list("kind", flat=True)) == ["operator"]


@pytest.mark.parametrize("state", ["CLOSED", ["FINISH"], 7])
def test_an_order_in_a_state_that_nobody_knows_says_nothing(released, settings, state):
    asked(settings, lambda n: {"state": state, "lines": [good(m) for m in n]}, times=2)
    assert outcome() == {("unknown", "payout_unknown", "state")}


@pytest.mark.parametrize("total", ["", 0, []])
def test_an_empty_total_is_another_total(released, settings, total):
    asked(settings, lambda n: {"total_amount": total, "lines": [good(m) for m in n]}, times=2)
    assert outcome() == {("unknown", "payout_unknown", "total")}


@pytest.mark.parametrize(
    "reason", ["A\u0000B", "\ud800", "x" * 100, 7, ["NO_WALLET"], {"code": "NO_WALLET"}], ids=repr
)
def test_a_reason_that_cannot_be_kept_holds_nobody_else_up(released, settings, reason):
    asked(settings, first_and(lambda n: [failed(n, fail_reason=reason)]), times=2)
    assert outcome() == {("success", "paid", ""), ("unknown", "payout_unknown", "reason")}


@pytest.mark.parametrize(
    "state", ["A\u0000B", "\ud800", {"phone": "13912345678"}, ["SUCCESS"], None, 1.5], ids=repr
)
def test_a_state_of_any_shape_is_kept_without_what_could_be_somebodys_number(released, settings, state):
    asked(settings, first_and(lambda n: [good(n, state=state)]), times=2)
    assert outcome() == {("success", "paid", ""), ("unknown", "payout_unknown", "state")}
    assert "13912345678" not in PayoutLine.objects.get(state="unknown").said


@pytest.mark.parametrize("whose", ["the key holder's", "another line's"])
def test_a_payee_that_was_altered_in_the_database_is_not_paid(released, settings, whose):
    """Past every verb: the line's sealed wallet swapped, its index left as it was let in; sealed even for this line."""
    line = released.lines.order_by("pk")[0]
    wallet = PayoutLine._meta.get_field("payee_wallet")
    place = line if whose == "the key holder's" else released.lines.latest("pk")
    other = seal("6217000099998888", context=wallet.context_of(place))
    tamper("UPDATE subsidies_payoutline SET payee_wallet = %s WHERE id = %s", other, line.pk)
    sent = asked(settings, lambda n: [good(m) for m in n], times=2)
    assert [len(order["lines"]) for order in sent] == [1]
    assert outcome() == {("success", "paid", ""), ("unknown", "payout_unknown", "altered")}


@pytest.mark.parametrize("doubt", ["contradiction", "known", "altered", "unproved"])
def test_the_database_books_no_outcome_of_what_takes_evidence(released, doubt):
    line = lease_due_order(now=NOW).lines[0]
    PayoutLine.objects.filter(pk=line.pk).update(doubt=doubt)
    for state in ("success", "failed"):
        assert refused(
            update(line, f"state = '{state}', doubt = ''"), because="takes evidence that two people accept"
        )
