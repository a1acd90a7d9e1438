"""The number of a payment follows from what it pays: whoever restores a backup arrives at the same one."""

import pytest

from subsidies.payouts.numbers import order_no, payment_no

PAYMENT = {
    "scheme_code": "gongshu-2022",
    "record_no": "TH202200000001",
    "vehicle_code": "123422200000001",
    "amount_fen": 30_000,
    "attempt": 1,
}


def test_the_same_payment_has_the_same_number():
    assert payment_no(**PAYMENT) == payment_no(**dict(reversed(PAYMENT.items())))


@pytest.mark.parametrize(
    "other",
    [
        {"scheme_code": "gongshu-2023"},
        {"record_no": "TH202200000002"},
        {"vehicle_code": "123422200000002"},
        {"amount_fen": 20_000},
        {"attempt": 2},
    ],
    ids=lambda other: next(iter(other)),
)
def test_another_payment_has_another_number(other):
    assert payment_no(**PAYMENT | other) != payment_no(**PAYMENT)


def test_no_two_facts_run_into_each_other():
    one = PAYMENT | {"record_no": "1", "vehicle_code": "23"}
    other = PAYMENT | {"record_no": "12", "vehicle_code": "3"}
    assert payment_no(**one) != payment_no(**other)


def test_nobody_without_the_key_makes_it(settings):
    before = payment_no(**PAYMENT)
    settings.NUMBER_KEY = "B" * 42 + "A="
    assert payment_no(**PAYMENT) != before


def test_an_order_is_its_payments_in_whatever_order_they_stand():
    assert order_no(["A", "B"]) == order_no(iter(["B", "A"]))
    assert order_no(["A", "B"]) != order_no(["A"])
