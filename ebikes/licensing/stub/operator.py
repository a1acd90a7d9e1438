"""The digital-yuan operator: carries out an order once, however often it arrives, and keeps a book.

A payment fails, for ever, when the wallet's last four digits are 0000 (NO_WALLET), 0001 (NAME_MISMATCH),
0002 (WALLET_FROZEN) or 0003 (WALLET_CLOSED), or the amount is over 2,000 yuan (LIMIT_EXCEEDED). An order
whose totals do not agree with its lines is refused as a whole (ACCEPT_FAIL, TOTAL_MISMATCH). Everything else
succeeds.

The book is one JSON line for each order, on disk before the order is answered; a line broken off by a crash
was never answered, and is dropped on restart.
"""

import json
import os
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from core.money import plain_yuan
from core.shanghai import local
from ebikes.licensing.stub.orders import Line, Order

FAILING_WALLETS = {
    "0000": "NO_WALLET",
    "0001": "NAME_MISMATCH",
    "0002": "WALLET_FROZEN",
    "0003": "WALLET_CLOSED",
}
MOST_PER_PAYMENT_FEN = 200_000

Entry = dict[str, Any]


class DuplicateDifferent(Exception):
    """A number that is known with other content; the message is the number."""


def name_on(asked: Entry) -> str:
    """Whether a wallet bears the name: those that would fail for the name, or for want of a wallet, say so before."""
    found = FAILING_WALLETS.get(str(asked.get("payee_wallet_id", ""))[-4:])
    return {"NO_WALLET": "NO_WALLET", "NAME_MISMATCH": "MISMATCH"}.get(found or "", "MATCH")


class Operator:
    """Orders and payments by their numbers. `settle` is how long an accepted order stays in progress."""

    def __init__(
        self,
        book: Path | None = None,
        *,
        settle: timedelta = timedelta(0),
        clock: Callable[[], datetime] = timezone.now,
    ) -> None:
        self._book = book
        self._settle = settle
        self._clock = clock
        self._orders: dict[str, Entry] = {}
        self._lines: dict[str, Entry] = {}
        self.messages: dict[str, Entry] = {}  # short messages by their numbers
        self._moved: Counter[str] = Counter()  # how often money moved under a line's number
        if book is not None and book.exists():
            self._reload(book)

    def transfer(self, order: Order) -> Entry:
        """Carry out an order, or say what became of it the first time. Raises DuplicateDifferent, OSError."""
        known = self._orders.get(order.out_request_no)
        if known is not None:
            if known["digest"] != order.digest:
                raise DuplicateDifferent(order.out_request_no)
            return self._show_order(known)
        for line in order.lines:
            if self._lines.get(line.out_request_no, {"digest": line.digest})["digest"] != line.digest:
                raise DuplicateDifferent(line.out_request_no)
        entry = self._carry_out(order)
        self._write(entry)
        self._remember(entry)
        return self._show_order(entry)

    def order(self, number: str) -> Entry | None:
        """What became of an order."""
        entry = self._orders.get(number)
        return None if entry is None else self._show_order(entry)

    def line(self, number: str) -> Entry | None:
        """What became of one payment."""
        entry = self._lines.get(number)
        return None if entry is None else self._show_line(entry)

    def summary(self) -> Entry:
        """Counts over the book; `duplicates` are numbers under which money moved more than once."""
        paid = [line for line in self._lines.values() if line["state"] in ("SUCCESS", "RETURNED")]
        return {
            "orders": len(self._orders),
            "orders_refused": sum(order["state"] == "ACCEPT_FAIL" for order in self._orders.values()),
            "payments": sum(self._moved.values()),
            "paid_fen": sum(line["amount_fen"] * self._moved[line["out_request_no"]] for line in paid),
            "failed": len(self._lines) - len(paid),
            "duplicates": sorted(number for number, times in self._moved.items() if times > 1),
        }

    def take_back(self, number: str) -> None:
        """A payment that was made comes back days later: the wallet was closed meanwhile."""
        self._lines[number]["state"] = "RETURNED"

    def statement(self, first: date, last: date) -> list[Entry]:
        """Every payment whose money moved on these local days, in order."""
        lines = [self._lines[number] for number in self._moved]
        days = [(line, local(datetime.fromisoformat(line["gmt_pay"])).date()) for line in lines]
        shown = ("memo", "state", "gmt_pay")
        return [
            self._told(line) | {key: line[key] for key in shown} for line, day in days if first <= day <= last
        ]

    def payments(self) -> list[Entry]:
        """Every payment that succeeded, in order: number, the payee's last four digits, fen, memo, time."""
        shown = ("out_request_no", "payee", "amount_fen", "memo", "gmt_pay")
        return [{key: self._lines[number][key] for key in shown} for number in self._moved]

    def _carry_out(self, order: Order) -> Entry:
        now = self._clock()
        fail_reason = None if order.adds_up else "TOTAL_MISMATCH"
        lines = [self._lines.get(line.out_request_no) or self._pay(line, now) for line in order.lines]
        new = [line["out_request_no"] for line in lines if line["out_request_no"] not in self._lines]
        return {
            "out_request_no": order.out_request_no,
            "digest": order.digest,
            "accepted_at": now.isoformat(),
            "state": "ACCEPT_FAIL" if fail_reason else "FINISH",
            "fail_reason": fail_reason,
            "lines": [] if fail_reason else lines,
            "new": [] if fail_reason else new,
        }

    def _pay(self, line: Line, now: datetime) -> Entry:
        fail_reason = FAILING_WALLETS.get(line.payee[-4:]) if len(line.payee) == 16 else None
        if line.amount_fen > MOST_PER_PAYMENT_FEN:
            fail_reason = "LIMIT_EXCEEDED"
        paid_at = local(now + self._settle).isoformat(timespec="seconds")
        return {
            "out_request_no": line.out_request_no,
            "digest": line.digest,
            "payee": line.payee[-4:],
            "amount_fen": line.amount_fen,
            "memo": line.memo,
            "done_at": (now + self._settle).isoformat(),
            "state": "FAIL" if fail_reason else "SUCCESS",
            "fail_reason": fail_reason,
            "gmt_pay": None if fail_reason else paid_at,
        }

    def _remember(self, entry: Entry) -> None:
        self._orders[entry["out_request_no"]] = entry
        new = set(entry["new"])
        for line in entry["lines"]:
            if line["out_request_no"] in new:
                self._lines.setdefault(line["out_request_no"], line)
                if line["state"] == "SUCCESS":
                    self._moved[line["out_request_no"]] += 1

    def _show_order(self, entry: Entry) -> Entry:
        lines = [self._show_line(line) for line in entry["lines"]]
        in_progress = any(line["state"] == "INIT" for line in lines)
        return {
            "out_request_no": entry["out_request_no"],
            "state": "ACCEPTING" if in_progress else entry["state"],
            "fail_reason": entry["fail_reason"],
            "lines": lines,
        }

    def _show_line(self, line: Entry) -> Entry:
        if self._clock() < datetime.fromisoformat(line["done_at"]):
            return self._told(line) | {"state": "INIT", "fail_reason": None, "gmt_pay": None}
        return self._told(line) | {key: line[key] for key in ("state", "fail_reason", "gmt_pay")}

    def _told(self, line: Entry) -> Entry:
        return {
            "out_request_no": line["out_request_no"],
            "amount": plain_yuan(line["amount_fen"]),
            "payee": f"****{line['payee']}",
        }

    def _write(self, entry: Entry) -> None:
        if self._book is None:
            return
        with self._book.open("ab") as file:
            file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _reload(self, book: Path) -> None:
        whole = book.read_bytes()
        sound = whole[: whole.rfind(b"\n") + 1]
        if len(sound) < len(whole):
            os.truncate(book, len(sound))
        for line in sound.splitlines():
            self._remember(json.loads(line))
