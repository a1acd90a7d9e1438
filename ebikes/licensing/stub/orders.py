"""Transfer orders as the operator reads them: what is well-formed, and what makes two of them the same."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ebikes.licensing.stub.invalid import Invalid

NUMBER = re.compile(r"[0-9A-Za-z]{1,64}")
AMOUNT = re.compile(r"\d{1,9}\.\d{2}")
WALLET = re.compile(r"\d{16}")
PHONE = re.compile(r"(\+86)?1\d{10}")
FORBIDDEN_IN_MEMO = re.compile(r"[/=&<>]")
MOST_LINES = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One payment as ordered. `payee` is a wallet of 16 digits or a mobile number; amount in fen."""

    out_request_no: str
    payee: str
    payee_name: str
    amount_fen: int
    memo: str
    digest: str


@dataclass(frozen=True, slots=True)
class Order:
    """A batch as ordered; amounts in fen."""

    out_request_no: str
    total_fen: int
    total_num: int
    lines: tuple[Line, ...]
    digest: str

    @property
    def adds_up(self) -> bool:
        """Whether the totals agree with the lines."""
        return self.total_num == len(self.lines) and self.total_fen == sum(
            line.amount_fen for line in self.lines
        )


def read_order(body: object) -> Order:
    """Read the body of a transfer request. Raises Invalid."""
    head = _object(body, "body")
    for name in ("payer_wallet_id", "payer_name", "transfer_purpose"):
        _text(head, name)
    raw_lines = head.get("lines")
    if not isinstance(raw_lines, list) or not 0 < len(raw_lines) <= MOST_LINES:
        raise Invalid("lines")
    lines = tuple(_read_line(_object(raw, "lines")) for raw in raw_lines)
    if len({line.out_request_no for line in lines}) < len(lines):
        raise Invalid("lines.out_request_no")
    total_num = head.get("total_num")
    if not isinstance(total_num, int) or isinstance(total_num, bool):
        raise Invalid("total_num")
    return Order(_number(head), _fen(head, "total_amount"), total_num, lines, _digest(head))


def _read_line(raw: Mapping[str, Any]) -> Line:
    wallet, phone = raw.get("payee_wallet_id") or "", raw.get("payee_phone") or ""
    if bool(wallet) == bool(phone):
        raise Invalid("lines.payee_wallet_id")
    payee, shape = (wallet, WALLET) if wallet else (phone, PHONE)
    if not isinstance(payee, str) or not shape.fullmatch(payee):
        raise Invalid("lines.payee_wallet_id" if wallet else "lines.payee_phone")
    memo = raw.get("memo") or ""
    if not isinstance(memo, str) or FORBIDDEN_IN_MEMO.search(memo):
        raise Invalid("lines.memo")
    return Line(_number(raw), payee, _text(raw, "payee_name"), _fen(raw, "amount"), memo, _digest(raw))


def _object(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Invalid(name)
    return value


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Invalid(name)
    return value


def _number(fields: Mapping[str, Any]) -> str:
    value = _text(fields, "out_request_no")
    if not NUMBER.fullmatch(value):
        raise Invalid("out_request_no")
    return value


def _fen(fields: Mapping[str, Any], name: str) -> int:
    """Yuan with two places, as fen."""
    value = _text(fields, name)
    if not AMOUNT.fullmatch(value) or value.strip("0.") == "":
        raise Invalid(name)
    return int(value.replace(".", ""))


def _digest(fields: Mapping[str, Any]) -> str:
    """Equal for equal content, whatever the order of the fields."""
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()
