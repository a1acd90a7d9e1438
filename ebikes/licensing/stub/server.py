"""The stub's HTTP contract. JSON both ways; times ISO 8601 with +08:00; a bearer token except for /health.

e行在线 and 云申领, asked by plate
    POST /exing/filings/query {"plate": "杭A002457"}
      200 {"plate", "id_no", "status": "已注销"|"有效", "deregistered_at": time|null,
           "collected_at": time|null, "agent_point_no": text|null}
      404 {"code": "NOT_FOUND", "plate"}        a certain absence; a 404 without this body is none
    POST /exing/filings/batch {"plates": [at most 500]}
      200 {"results": [{"found": true, …as above} | {"found": false, "plate"}]}   each plate once, in order
    POST /yunshenling/plates/query, /yunshenling/plates/batch   alike
      200 {"plate", "vehicle_code", "id_no", "plated_at": time, "vehicle_kind": "标准"|"非标"}

The digital-yuan operator. One number, one order, for ever: sent again it has the first outcome, pays nothing
    POST /ecny/transfers {"out_request_no", "payer_wallet_id", "payer_name", "total_amount": "600.00",
                          "total_num": 2, "transfer_purpose", "lines": [at most 1000 of
                          {"out_request_no", "payee_wallet_id" or "payee_phone", "payee_name",
                           "payee_inst_id", "amount": "300.00", "memo"}]}
      200 {"out_request_no", "state": "ACCEPTING"|"FINISH"|"ACCEPT_FAIL", "fail_reason": text|null,
           "lines": [{"out_request_no", "amount": "300.00", "payee": "****1234", "state": "INIT"|"SUCCESS"|"FAIL",
                      "fail_reason": text|null, "gmt_pay": time|null}]}
                     no lines with ACCEPT_FAIL; FINISH does not mean all succeeded
      409 {"code": "DUPLICATE_DIFFERENT", "out_request_no"}   known with other content; nothing was paid
    POST /ecny/transfers/query {"out_request_no"}   200 as above | 404 {"code": "NOT_FOUND", "out_request_no"}
    POST /ecny/lines/query {"out_request_no"}       200 one line | 404 alike
    POST /ecny/statements/query {"date_from", "date_to", "page": 1}   what moved on these days (Asia/Shanghai)
      200 {"page", "pages", "payments": [at most 500 of {"out_request_no", "amount", "payee", "memo",
                                         "state": "SUCCESS"|"RETURNED", "gmt_pay"}]}
    POST /ecny/payees/query {"payees": [at most 500 of {"payee_no", "payee_wallet_id"|"payee_phone", "payee_name"}]}
      200 {"results": [{"payee_no", "result": "MATCH"|"MISMATCH"|"NO_WALLET"}]}
    POST /sms/messages {"out_message_no", "phone", "text"}   200, sent once under its number; GET: all that were sent
    GET  /ecny/book    200 {"orders", "orders_refused", "payments", "paid_fen", "failed", "duplicates":
                            [numbers under which money moved more than once]}; ?payments=1: "payments_made"

Everywhere: 400 {"code": "INVALID", "field"}, 401 {"code": "UNAUTHORISED"}.
Never failing: GET /health, GET /ecny/book, GET /control → behaviour and counters; POST /control {any of
"fail", "modes", "latency_ms", "slow_seconds", "away_seconds"} → the same. Under /ecny half of the faults
strike *after* the request was carried out, so that the caller does not know of a payment that was made.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from ebikes.licensing.signatures import Signatures
from ebikes.licensing.stub.faults import Faults
from ebikes.licensing.stub.invalid import Invalid
from ebikes.licensing.stub.mischief import fail_on_purpose
from ebikes.licensing.stub.operator import DuplicateDifferent, Operator, name_on
from ebikes.licensing.stub.orders import read_order
from ebikes.licensing.stub.responses import (
    answer,
    answer_invalid,
    not_found,
    read_body,
    refuse_strangers,
    text_field,
)
from ebikes.licensing.stub.signing import sign_both_ways
from ebikes.licensing.stub.world import Register, World

MOST_PLATES = 500
STATEMENT_PAGE = 500
LONGEST_REQUEST = 4 * 1024 * 1024  # bytes


def make_app(
    *,
    world: World,
    operator: Operator,
    faults: Faults,
    token: str | Mapping[str, str] = "",
    signatures: Signatures | None = None,
) -> web.Application:
    """The stub as an aiohttp application.

    `token`: one for each system, by the first word of its addresses, or one for all; empty lets everybody in. With
    `signatures`, the operator's requests and answers are signed.
    """
    signing = [sign_both_ways(signatures)] if signatures else []
    app = web.Application(
        middlewares=[refuse_strangers(token), *signing, fail_on_purpose(faults), answer_invalid],
        client_max_size=LONGEST_REQUEST,
    )
    app.add_routes(
        [
            web.post("/exing/filings/query", _query(world.exing)),
            web.post("/exing/filings/batch", _batch(world.exing)),
            web.post("/yunshenling/plates/query", _query(world.yunshenling)),
            web.post("/yunshenling/plates/batch", _batch(world.yunshenling)),
            web.post("/ecny/transfers", _transfer(operator)),
            web.post("/ecny/transfers/query", _outcome(operator.order)),
            web.post("/ecny/lines/query", _outcome(operator.line)),
            web.post("/ecny/statements/query", _statement(operator)),
            web.post("/ecny/payees/query", _payees),
            web.post("/sms/messages", _message(operator)),
            web.get("/sms/messages", _messages(operator)),
            web.get("/ecny/book", _book(operator)),
            web.get("/health", _health),
            web.get("/control", _control(faults)),
            web.post("/control", _control(faults)),
        ]
    )
    return app


def _query(register: Register) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        plate = text_field(await read_body(request), "plate")
        record = register.look_up(plate)
        return not_found("plate", plate) if record is None else answer(record)

    return handle


def _batch(register: Register) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        plates = (await read_body(request)).get("plates")
        if not isinstance(plates, list) or not 0 < len(plates) <= MOST_PLATES:
            raise Invalid("plates")
        if not all(isinstance(plate, str) for plate in plates):
            raise Invalid("plates")
        return answer({"results": [_item(register, plate) for plate in dict.fromkeys(plates)]})

    return handle


def _item(register: Register, plate: str) -> dict[str, Any]:
    record = register.look_up(plate)
    return {"found": False, "plate": plate} if record is None else {"found": True, **record}


def _transfer(operator: Operator) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        order = read_order(await read_body(request))
        try:
            return answer(operator.transfer(order))
        except DuplicateDifferent as error:
            return answer({"code": "DUPLICATE_DIFFERENT", "out_request_no": str(error)}, 409)

    return handle


def _outcome(find: Callable[[str], dict[str, Any] | None]) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        number = text_field(await read_body(request), "out_request_no")
        outcome = find(number)
        return not_found("out_request_no", number) if outcome is None else answer(outcome)

    return handle


def _statement(operator: Operator) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        body = await read_body(request)
        try:
            first, last = (date.fromisoformat(str(body[name])) for name in ("date_from", "date_to"))
            page = int(body.get("page", 1))
        except (KeyError, ValueError) as error:
            raise Invalid("date_from") from error
        payments = operator.statement(first, last)
        pages = max(1, -(-len(payments) // STATEMENT_PAGE))
        shown = payments[(page - 1) * STATEMENT_PAGE : page * STATEMENT_PAGE]
        return answer({"page": page, "pages": pages, "payments": shown})

    return handle


async def _payees(request: web.Request) -> web.Response:
    asked = (await read_body(request)).get("payees")
    if not isinstance(asked, list) or not 0 < len(asked) <= MOST_PLATES:
        raise Invalid("payees")
    if not all(isinstance(each, dict) and each.get("payee_name") for each in asked):
        raise Invalid("payee_name")
    return answer({"results": [{"payee_no": each["payee_no"], "result": name_on(each)} for each in asked]})


def _message(operator: Operator) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        body = await read_body(request)
        number, phone, text = (text_field(body, name) for name in ("out_message_no", "phone", "text"))
        return answer(
            operator.messages.setdefault(number, {"out_message_no": number, "phone": phone, "text": text})
        )

    return handle


def _messages(operator: Operator) -> Handler:
    async def handle(_request: web.Request) -> web.Response:
        return answer({"messages": list(operator.messages.values())})

    return handle


def _book(operator: Operator) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        made = {"payments_made": operator.payments()} if "payments" in request.query else {}
        return answer(operator.summary() | made)

    return handle


async def _health(_request: web.Request) -> web.Response:
    return answer({"status": "ok"})


def _control(faults: Faults) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        if request.method == "POST":
            faults.behaviour = faults.behaviour.changed(await read_body(request))
        return answer(faults.snapshot())

    return handle
