"""The digital-yuan operator of the stub: one number, one payment, whatever goes wrong on the way."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ebikes.licensing.stub.faults import Behaviour, Mode
from ebikes.licensing.stub.operator import Operator
from ebikes.licensing.transport import OutsideSystem, Reply
from tests.ebikes.licensing.loopback import GENTLE, connected, failing, running_stub

ANSWERS = frozenset({200, 400, 404, 409})


def line(
    number: str, *, wallet: str = "1234567890123456", amount: str = "300.00", **other: Any
) -> dict[str, Any]:
    return {
        "out_request_no": number,
        "payee_wallet_id": wallet,
        "payee_name": "王伟",
        "payee_inst_id": "",
        "amount": amount,
        "memo": "补贴",
        **other,
    }


def order(number: str, *lines: dict[str, Any], total: str | None = None, **other: Any) -> dict[str, Any]:
    fen = sum(round(float(item["amount"]) * 100) for item in lines)
    return {
        "out_request_no": number,
        "payer_wallet_id": "9999999999999999",
        "payer_name": "区市场监管局",
        "total_amount": total or f"{fen // 100}.{fen % 100:02}",
        "total_num": len(lines),
        "transfer_purpose": "电动自行车补贴",
        "lines": list(lines),
        **other,
    }


def sent(*orders: dict[str, Any], operator: Operator | None = None) -> list[Reply]:
    """What the operator replies to these orders, nothing failing."""

    async def send() -> list[Reply]:
        async with running_stub(operator=operator) as stub, connected(stub.url) as system:
            return [await transfer(system, body) for body in orders]

    return asyncio.run(send())


async def transfer(system: OutsideSystem, body: dict[str, Any]) -> Reply:
    return await system.post_json("/ecny/transfers", body, idempotent=True, answers=ANSWERS)


async def query(system: OutsideSystem, number: str, *, of: str = "transfers") -> Reply:
    return await system.post_json(
        f"/ecny/{of}/query", {"out_request_no": number}, idempotent=True, answers=ANSWERS
    )


def test_an_order_is_carried_out_and_can_be_asked_about() -> None:
    async def send() -> list[Any]:
        async with running_stub() as stub, connected(stub.url) as system:
            await transfer(system, order("B1", line("L1"), line("L2", amount="200.00")))
            replies = [
                await query(system, "B1"),
                await query(system, "L1", of="lines"),
                await query(system, "B9"),
            ]
            return [reply.body for reply in replies]

    whole, one, nothing = asyncio.run(send())
    assert (whole["state"], [item["state"] for item in whole["lines"]]) == ("FINISH", ["SUCCESS", "SUCCESS"])
    assert one == whole["lines"][0]
    assert datetime.fromisoformat(one["gmt_pay"]).utcoffset() == timedelta(hours=8)
    assert nothing == {"code": "NOT_FOUND", "out_request_no": "B9"}


def test_an_order_sent_again_returns_the_first_outcome_and_pays_nothing_more() -> None:
    operator = Operator()
    first, again = sent(order("B1", line("L1")), order("B1", line("L1")), operator=operator)
    assert first.body == again.body
    assert operator.summary()["payments"] == 1


def test_a_line_that_is_known_is_not_paid_again_in_another_order() -> None:
    operator = Operator()
    first, second = sent(order("B1", line("L1")), order("B2", line("L1"), line("L2")), operator=operator)
    assert second.body["lines"][0] == first.body["lines"][0]
    assert operator.summary() | {"payments": 2, "paid_fen": 60_000, "duplicates": []} == operator.summary()


@pytest.mark.parametrize(
    "other",
    [
        order("B1", line("L1", amount="200.00")),
        order("B1", line("L1", wallet="1234567890123457")),
        order("B1", line("L1"), transfer_purpose="别的"),
        order("B2", line("L1", amount="200.00")),
    ],
)
def test_a_known_number_with_other_content_is_refused(other: dict[str, Any]) -> None:
    operator = Operator()
    reply = sent(order("B1", line("L1")), other, operator=operator)[1]
    assert (reply.status, reply.body["code"]) == (409, "DUPLICATE_DIFFERENT")
    assert operator.summary()["payments"] == 1


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (line("L1", wallet="1234567890120000"), "NO_WALLET"),
        (line("L1", wallet="1234567890120001"), "NAME_MISMATCH"),
        (line("L1", wallet="1234567890120002"), "WALLET_FROZEN"),
        (line("L1", wallet="1234567890120003"), "WALLET_CLOSED"),
        (line("L1", amount="2000.01"), "LIMIT_EXCEEDED"),
    ],
)
def test_a_line_fails_alone_and_says_why(bad: dict[str, Any], reason: str) -> None:
    operator = Operator()
    body = sent(order("B1", bad, line("L2", amount="2000.00")), operator=operator)[0].body
    assert [item["state"] for item in body["lines"]] == ["FAIL", "SUCCESS"]
    assert body["lines"][0]["fail_reason"] == reason
    assert body["state"] == "FINISH"
    assert operator.summary()["paid_fen"] == 200_000


def test_a_payment_to_a_phone_needs_no_wallet() -> None:
    to_phone = line("L1", payee_wallet_id=None, payee_phone="13900001234")
    assert sent(order("B1", to_phone))[0].body["lines"][0]["state"] == "SUCCESS"


def test_totals_that_do_not_agree_refuse_the_order_and_pay_nothing() -> None:
    operator = Operator()
    body = sent(order("B1", line("L1"), total="299.00"), operator=operator)[0].body
    assert (body["state"], body["fail_reason"], body["lines"]) == ("ACCEPT_FAIL", "TOTAL_MISMATCH", [])
    assert operator.summary()["payments"] == 0


@pytest.mark.parametrize(
    "bad",
    [
        order("B-1", line("L1")),
        order("B1"),
        order("B1", line("L1"), line("L1")),
        order("B1", line("L1", payee_phone="13900001234")),
        order("B1", line("L1", wallet="123")),
        order("B1", line("L1", memo="a=b")),
        order("B1", line("L1", payee_name="")),
        order("B1", line("L1"), total="300"),
        order("B1", line("L1"), total_num=True),
        order("B1", line("L1"), payer_name=None),
    ],
)
def test_an_order_that_cannot_be_read_is_invalid(bad: dict[str, Any]) -> None:
    operator = Operator()
    reply = sent(bad, operator=operator)[0]
    assert (reply.status, reply.body["code"]) == (400, "INVALID")
    assert operator.summary()["orders"] == 0


def test_an_order_is_in_progress_until_it_settles() -> None:
    now = [datetime(2022, 7, 1, tzinfo=UTC)]
    operator = Operator(settle=timedelta(seconds=5), clock=lambda: now[0])
    body = sent(order("B1", line("L1")), operator=operator)[0].body
    assert (body["state"], body["lines"][0]["state"], body["lines"][0]["gmt_pay"]) == (
        "ACCEPTING",
        "INIT",
        None,
    )
    now[0] += timedelta(seconds=5)
    settled = operator.order("B1")
    assert settled is not None
    assert (settled["state"], settled["lines"][0]["gmt_pay"]) == ("FINISH", "2022-07-01T08:00:05+08:00")


@pytest.mark.parametrize("mode", ["drop", "error", "garbage", "slow", "away"])
def test_money_may_move_although_the_caller_learns_nothing(mode: Mode) -> None:
    async def send() -> tuple[list[Reply], Operator]:
        config = replace(GENTLE, timeout=0.1) if mode == "slow" else GENTLE
        async with running_stub(failing(mode)) as stub, connected(stub.url, config) as system:
            bodies = [order(f"B{n}", line(f"L{n}")) for n in range(12)]
            replies = await asyncio.gather(*(transfer(system, body) for body in bodies))
            return replies, stub.operator

    replies, operator = asyncio.run(send())
    if mode != "garbage":  # that one shows itself only to a reader
        assert all(reply.problem for reply in replies)
    assert operator.summary()["payments"] > 0


def test_asking_and_sending_again_under_the_same_number_pays_exactly_once_through_every_fault() -> None:
    async def persist(system: OutsideSystem, body: dict[str, Any]) -> None:
        """Send, ask, send again, until the operator says that it is finished."""
        while True:
            for reply in (await transfer(system, body), await query(system, body["out_request_no"])):
                fields = reply.body if isinstance(reply.body, dict) else {}
                if (fields.get("out_request_no"), fields.get("state")) == (body["out_request_no"], "FINISH"):
                    return

    async def send() -> dict[str, Any]:
        config = replace(GENTLE, timeout=0.2)
        behaviour = Behaviour(fail=0.5, slow_seconds=0.3, away_seconds=0.02)
        async with running_stub(behaviour, seed=7) as stub, connected(stub.url, config) as system:
            await asyncio.gather(*(persist(system, order(f"B{n}", line(f"L{n}"))) for n in range(60)))
            return stub.operator.summary()

    summary = asyncio.run(send())
    assert (summary["orders"], summary["payments"], summary["duplicates"]) == (60, 60, [])


def test_a_restarted_operator_remembers_its_book(tmp_path: Path) -> None:
    book = tmp_path / "book.jsonl"
    body = order("B1", line("L1"), line("L2", wallet="1234567890120000"))
    first = sent(body, operator=Operator(book))[0]
    after = Operator(book)
    again, other = sent(body, order("B2", line("L1")), operator=after)
    assert again.body == first.body
    assert other.body["lines"][0] == first.body["lines"][0]
    assert (after.summary()["payments"], after.summary()["failed"]) == (1, 1)
    assert [payment["payee"] for payment in after.payments()] == ["3456"]


def test_a_book_broken_off_by_a_crash_is_read_up_to_the_last_whole_entry(tmp_path: Path) -> None:
    book = tmp_path / "book.jsonl"
    sent(order("B1", line("L1")), operator=Operator(book))
    whole = book.read_bytes()
    book.write_bytes(whole + b'{"out_request_no": "B2", "li')
    assert Operator(book).summary()["orders"] == 1
    assert book.read_bytes() == whole


def test_the_book_holds_no_wallet_number_and_no_name(tmp_path: Path) -> None:
    book = tmp_path / "book.jsonl"
    sent(order("B1", line("L1")), operator=Operator(book))
    assert "1234567890123456" not in book.read_text("utf-8")
    assert "王伟" not in book.read_text("utf-8")


def test_a_payment_made_twice_would_show(tmp_path: Path) -> None:
    book = tmp_path / "book.jsonl"
    sent(order("B1", line("L1")), operator=Operator(book))
    book.write_bytes(book.read_bytes() * 2)
    assert Operator(book).summary()["duplicates"] == ["L1"]
