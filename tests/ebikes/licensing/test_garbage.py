"""Answers that must not be believed: each would otherwise refuse an owner, or pay somebody, on nothing."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from ebikes.licensing.answers import Problem
from ebikes.licensing.exing import exing
from tests.ebikes.licensing.loopback import (
    GENTLE,
    KEPT_PLATE,
    OLD_PLATE,
    OTHER_OLD_PLATE,
    OWNER,
    AnyAnswer,
    answering,
    connected,
)

BATCHES = replace(GENTLE, batch_size=500)
FILING: dict[str, Any] = {
    "plate": OLD_PLATE,
    "id_no": OWNER,
    "status": "已注销",
    "deregistered_at": "2022-06-01T10:46:17+08:00",
    "collected_at": None,
    "agent_point_no": None,
}


def exing_answer_to(body: object, *, status: int = 200) -> AnyAnswer:
    """What the e行在线 adapter makes of exactly this response."""

    async def handler(_request: web.Request) -> web.Response:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return web.Response(body=data, status=status)

    async def ask() -> AnyAnswer:
        async with answering(handler) as url, connected(url) as system:
            return await exing(system).look_up(OLD_PLATE)

    return asyncio.run(ask())


UNBELIEVABLE: dict[str, Any] = {
    "about another plate": FILING | {"plate": OTHER_OLD_PLATE},
    "about no plate": {key: value for key, value in FILING.items() if key != "plate"},
    "a list": [FILING],
    "null": None,
    "a number for a text": FILING | {"id_no": 330103194704181460},
    "an identity number that is none": FILING | {"id_no": "<script>"},
    "no identity number": FILING | {"id_no": None},
    "a status of control characters": FILING | {"status": "已\u0000注销"},
    "half a surrogate pair": FILING | {"status": "\ud800"},
    "an endless status": FILING | {"status": "注" * 33},
    "a time without its field": {key: value for key, value in FILING.items() if key != "collected_at"},
    "a time without an offset": FILING | {"collected_at": "2022-06-01T10:46:17"},
    "a thirteenth month": FILING | {"collected_at": "2022-13-01T10:46:17+08:00"},
    "a time of the last century": FILING | {"collected_at": "1970-01-01T00:00:00+08:00"},
    "a time to come": FILING | {"collected_at": "2999-01-01T00:00:00+08:00"},
    "a time as a number": FILING | {"collected_at": 1654051577},
    "not JSON": b"<html></html>",
    "nothing": b"",
    "not a number": b'{"plate": NaN}',
    "deeply nested": b"[" * 200_000,
    "too long": b" " * 1_100_000,
}


@pytest.mark.parametrize("name", UNBELIEVABLE)
def test_an_unbelievable_answer_is_garbage(name: str) -> None:
    answer = exing_answer_to(UNBELIEVABLE[name])
    assert (answer.outcome, answer.problem) == ("unknown", Problem.GARBAGE)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>404</html>",
        {"code": "NOT_FOUND"},
        {"plate": OLD_PLATE},
        {"code": "NOT_FOUND", "plate": "x"},
    ],
)
def test_a_404_that_does_not_name_the_plate_is_no_absence(body: object) -> None:
    assert exing_answer_to(body, status=404).problem == Problem.GARBAGE


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (204, Problem.GARBAGE),
        (302, Problem.REJECTED),
        (400, Problem.REJECTED),
        (403, Problem.UNAUTHORISED),
        (408, Problem.TIMEOUT),
        (500, Problem.SERVER_ERROR),
    ],
)
def test_any_other_status_is_unknown_whatever_the_body_says(status: int, problem: Problem) -> None:
    answer = exing_answer_to(FILING, status=status)
    assert (answer.outcome, answer.problem, answer.evidence.http_status) == ("unknown", problem, status)


ITEM = FILING | {"found": True}
BAD_BATCHES: dict[str, Any] = {
    "a plate is missing": [ITEM],
    "a plate stands twice": [ITEM, ITEM],
    "a plate that nobody asked about": [ITEM, {"found": False, "plate": "杭X"}],
    "one too many": [ITEM, {"found": False, "plate": KEPT_PLATE}, {"found": False, "plate": "杭X"}],
    "an item is no object": [ITEM, 7],
}


def batch_answers_to(results: object) -> dict[str, Any]:
    async def handler(_request: web.Request) -> web.Response:
        return web.json_response({"results": results})

    async def ask() -> dict[str, Any]:
        async with answering(handler) as url, connected(url, BATCHES) as system:
            return await exing(system).look_up_many([OLD_PLATE, KEPT_PLATE])

    return asyncio.run(ask())


@pytest.mark.parametrize("name", BAD_BATCHES)
def test_a_batch_about_anything_but_the_plates_asked_is_garbage_for_all(name: str) -> None:
    answers = batch_answers_to(BAD_BATCHES[name])
    assert {answer.problem for answer in answers.values()} == {Problem.GARBAGE}
    assert set(answers) == {OLD_PLATE, KEPT_PLATE}


@pytest.mark.parametrize("bad", [{"found": True}, {"found": "no"}, {}])
def test_a_bad_item_in_a_batch_does_not_spoil_the_others(bad: dict[str, Any]) -> None:
    answers = batch_answers_to([ITEM, {"plate": KEPT_PLATE} | bad])
    assert answers[OLD_PLATE].outcome == "found"
    assert answers[KEPT_PLATE].problem == Problem.GARBAGE
