"""What the two adapters make of everything that a licensing system can do."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from ebikes.licensing.answers import ExingRecord, PlateRecord, Problem
from ebikes.licensing.exing import exing
from ebikes.licensing.stub.faults import Behaviour, Mode
from ebikes.licensing.yunshenling import yunshenling
from tests.ebikes.licensing.loopback import (
    GENTLE,
    KEPT_PLATE,
    NEW_PLATE,
    OLD_PLATE,
    OWNER,
    AnyAnswer,
    answering,
    both_registers,
    connected,
    failing,
    running_stub,
)

BATCHES = replace(GENTLE, batch_size=500)


def answers_under(
    behaviour: Behaviour, *, batch_size: int = 1, timeout: float = 5.0, seed: int = 0
) -> list[AnyAnswer]:
    """What both adapters answer about a plate that is known."""

    async def ask() -> list[AnyAnswer]:
        config = replace(GENTLE, batch_size=batch_size, timeout=timeout)
        async with running_stub(behaviour, seed=seed) as stub, both_registers(stub.url, config) as registers:
            return [(await register.look_up_many([plate]))[plate] for register, plate in registers]

    return asyncio.run(ask())


@pytest.mark.parametrize("batch_size", [1, 500])
def test_a_filing_and_a_plate_are_found_with_their_times_aware(batch_size: int) -> None:
    filing, plate = (answer.record for answer in answers_under(Behaviour(), batch_size=batch_size))
    assert isinstance(filing, ExingRecord)
    assert filing.deregistered_at == datetime(2022, 6, 1, 2, 46, 17, tzinfo=UTC)
    assert isinstance(plate, PlateRecord)
    assert plate.plated_at == datetime(2022, 6, 1, 7, 52, 51, tzinfo=UTC)


@pytest.mark.parametrize("config", [GENTLE, BATCHES])
def test_each_of_many_plates_gets_its_own_answer(config: Any) -> None:
    async def ask() -> dict[str, Any]:
        async with running_stub() as stub, connected(stub.url, config) as system:
            return await exing(system).look_up_many([OLD_PLATE, "杭Z000000", KEPT_PLATE, OLD_PLATE])

    answers = asyncio.run(ask())
    assert {plate: answer.outcome for plate, answer in answers.items()} == {
        OLD_PLATE: "found",
        "杭Z000000": "absent",
        KEPT_PLATE: "found",
    }
    assert answers[KEPT_PLATE].record.deregistered_at is None


def test_evidence_says_who_was_asked_when_and_keeps_the_wording() -> None:
    evidence = answers_under(Behaviour())[0].evidence
    assert (evidence.source, evidence.adapter_version, evidence.http_status) == ("exing", "exing/1", 200)
    assert json.loads(evidence.raw)["plate"] == OLD_PLATE
    assert evidence.asked_at <= evidence.answered_at
    assert evidence.asked_at.tzinfo is not None


def test_the_request_id_in_the_evidence_is_the_one_that_was_sent() -> None:
    seen: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.headers["X-Request-Id"])
        return web.json_response({})

    async def ask() -> str:
        async with answering(handler) as url, connected(url) as system:
            return (await exing(system).look_up(OLD_PLATE)).evidence.request_id

    assert [asyncio.run(ask())] == seen


def test_no_identity_number_shows_in_a_repr() -> None:
    for answer in answers_under(Behaviour()):
        assert OWNER not in repr(answer)


MODES: list[tuple[Mode, set[Problem]]] = [
    ("slow", {Problem.TIMEOUT}),
    ("refuse", {Problem.THROTTLED, Problem.SERVER_ERROR}),
    ("drop", {Problem.DROPPED}),
    ("garbage", {Problem.GARBAGE}),
    ("error", {Problem.SERVER_ERROR}),
    ("away", {Problem.DROPPED}),
]


@pytest.mark.parametrize("batch_size", [1, 500])
@pytest.mark.parametrize(("mode", "problems"), MODES)
def test_every_way_of_failing_is_an_unknown_answer(
    mode: Mode, problems: set[Problem], batch_size: int
) -> None:
    timeout = 0.1 if mode == "slow" else 5.0
    for answer in answers_under(failing(mode), batch_size=batch_size, timeout=timeout):
        assert (answer.outcome, answer.record) == ("unknown", None)
        assert answer.problem in problems


@pytest.mark.parametrize("batch_size", [1, 500])
def test_no_kind_of_garbage_is_ever_believed(batch_size: int) -> None:
    async def ask() -> set[Any]:
        config = replace(GENTLE, batch_size=batch_size)
        async with running_stub(failing("garbage")) as stub, both_registers(stub.url, config) as registers:
            questions = [
                (r, plate) for _ in range(60) for r, known in registers for plate in (known, "杭Z000000")
            ]
            answers = [(await register.look_up_many([plate]))[plate] for register, plate in questions]
            return {(answer.outcome, answer.problem) for answer in answers}

    assert asyncio.run(ask()) == {("unknown", Problem.GARBAGE)}


def test_nobody_listening_is_refused() -> None:
    async def ask() -> AnyAnswer:
        async with running_stub() as stub:
            gone = stub.url
        async with connected(gone) as system:
            return await yunshenling(system).look_up(NEW_PLATE)

    answer = asyncio.run(ask())
    assert (answer.outcome, answer.problem) == ("unknown", Problem.REFUSED)
    assert (answer.evidence.http_status, answer.evidence.raw) == (None, "")


def test_a_wrong_token_is_unknown_and_not_absent() -> None:
    async def ask() -> AnyAnswer:
        async with running_stub() as stub, connected(stub.url, replace(GENTLE, token=OWNER)) as system:
            return await exing(system).look_up(OLD_PLATE)

    assert asyncio.run(ask()).problem == Problem.UNAUTHORISED
