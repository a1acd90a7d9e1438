"""The stub as a process and as an HTTP service: loading, refusing, being told how to behave."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from ebikes.licensing.stub.faults import Behaviour, Faults
from ebikes.licensing.stub.world import BadWorld, load_world
from tests.ebikes.licensing.loopback import OLD_PLATE, TOKEN, failing, running_stub

EXING = """备案号牌,证件号码,备案状态,注销时间,回收时间,回收代办点编号
杭A002457,330103194704181460,已注销,2022-06-01 10:46:17,,GS-DB-027
"""
YUNSHENLING = """号牌,整车编码,证件号码,上牌时间,车辆类型
浙A1A1031,156722237270615,330103194704181460,2022-06-01 15:52:51,标准
"""


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """The two exports, as the offices write them."""
    paths = {"exing": tmp_path / "exing.csv", "yunshenling": tmp_path / "yunshenling.csv"}
    paths["exing"].write_text(EXING, encoding="utf-8-sig")
    paths["yunshenling"].write_text(YUNSHENLING, encoding="utf-8-sig")
    return paths


def test_the_exports_are_loaded_with_their_times_in_shanghai(files: dict[str, Path]) -> None:
    world = load_world(**files)
    assert world.exing.look_up(OLD_PLATE) == {
        "plate": OLD_PLATE,
        "id_no": "330103194704181460",
        "status": "已注销",
        "deregistered_at": "2022-06-01T10:46:17+08:00",
        "collected_at": None,
        "agent_point_no": "GS-DB-027",
    }
    assert world.yunshenling.look_up("浙A0000000") is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "无法读取文件"),
        (b"", "缺少列"),
        (EXING.replace("备案状态", "状态").encode(), "缺少列：备案状态"),
        (EXING.replace("10:46:17", "25:46:17").encode(), "第 2 行时间无法识别"),
        (EXING.encode("gb18030"), "不是 UTF-8"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_refused_in_one_line(
    files: dict[str, Path], content: bytes | None, message: str
) -> None:
    files["exing"].unlink()
    if content is not None:
        files["exing"].write_bytes(content)
    with pytest.raises(BadWorld, match=message) as refused:
        load_world(**files)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"exing": None}, "缺少参数 --exing"),
        ({"exing": "missing.csv"}, "无法读取文件 missing.csv"),
        ({"port": "99999"}, "参数 --port 的值无效：99999"),
        ({"port": "http"}, "参数 --port 的值无效：http"),
        ({"fail": "1.5"}, "参数 --fail 的值无效：1.5"),
        ({"fail": "nan"}, "参数 --fail 的值无效：nan"),
        ({"modes": "slow,sulk"}, "参数 --modes 的值无效：slow,sulk"),
        ({"latency_ms": "-1"}, "参数 --latency-ms 的值无效：-1"),
        ({"host": "203.0.113.1"}, "无法在 203.0.113.1:0 监听"),
        ({"book": "/"}, "无法读取账簿 /"),
    ],
)
def test_a_wrong_argument_is_refused_in_one_line(
    files: dict[str, Path], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(CommandError, match=message) as refused:
        call_command(
            "stub_licensing", **({name: str(path) for name, path in files.items()} | {"port": "0"} | options)
        )
    assert refused.value.returncode == 2
    assert "\n" not in str(refused.value)


@contextmanager
def stub_process(
    files: dict[str, Path], folder: Path, *arguments: str
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """`manage.py stub_licensing` as a process of its own; the value includes its port."""
    command = [
        sys.executable,
        "manage.py",
        "stub_licensing",
        "--port",
        "0",
        "--port-file",
        str(folder / "port"),
    ]
    for name, path in files.items():
        command += [f"--{name}", str(path)]
    with subprocess.Popen([*command, *arguments], cwd=settings.BASE_DIR, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it says that it is ready
        process.stdout.close()
        try:
            yield process, int((folder / "port").read_text("ascii"))
        finally:
            process.kill()


def test_the_process_serves_on_a_port_of_its_own_and_stops_at_once_when_told(
    files: dict[str, Path], tmp_path: Path
) -> None:
    async def health(port: int) -> Any:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}/health") as response,
        ):
            return await response.json()

    with stub_process(files, tmp_path) as (process, port):
        assert asyncio.run(health(port)) == {"status": "ok"}
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0


def asked(
    method: str, path: str, body: object = None, *, token: str = TOKEN, behaviour: Any = None
) -> tuple[int, Any]:
    async def ask() -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            running_stub(behaviour) as stub,
            aiohttp.ClientSession(stub.url, headers=headers) as session,
        ):
            response = await session.request(method, path, json=body)
            return response.status, await response.json()

    return asyncio.run(ask())


@pytest.mark.parametrize("path", ["/control", "/ecny/book"])
@pytest.mark.parametrize("token", ["", "别人", TOKEN[:-1]])
def test_strangers_are_refused(path: str, token: str) -> None:
    assert asked("GET", path, token=token) == (401, {"code": "UNAUTHORISED"})


def test_the_health_check_needs_no_token_and_meets_no_fault() -> None:
    assert asked("GET", "/health", token="", behaviour=failing("drop")) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/exing/filings/query", {}, "plate"),
        ("/exing/filings/query", {"plate": 7}, "plate"),
        ("/exing/filings/query", [], "body"),
        ("/yunshenling/plates/batch", {"plates": []}, "plates"),
        ("/yunshenling/plates/batch", {"plates": ["浙A"] * 501}, "plates"),
        ("/yunshenling/plates/batch", {"plates": [7]}, "plates"),
        ("/ecny/transfers/query", {"out_request_no": ""}, "out_request_no"),
        ("/control", {"fail": 2}, "fail"),
        ("/control", {"fail": True}, "fail"),
        ("/control", {"modes": "slow"}, "modes"),
        ("/control", {"modes": []}, "modes"),
        ("/control", {"modes": [["slow"]]}, "modes"),
        ("/control", {"mood": "bad"}, "mood"),
    ],
)
def test_a_request_that_cannot_be_read_is_told_which_field(path: str, body: object, field: str) -> None:
    assert asked("POST", path, body) == (400, {"code": "INVALID", "field": field})


def test_behaviour_can_be_changed_while_it_runs_and_is_counted() -> None:
    async def ask() -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with running_stub() as stub, aiohttp.ClientSession(stub.url, headers=headers) as session:
            await session.post("/control", json={"fail": 1, "modes": ["error"]})
            await session.post("/exing/filings/query", json={"plate": OLD_PLATE})
            return await (await session.get("/control")).json()

    shown = asyncio.run(ask())
    assert (shown["fail"], shown["modes"]) == (1, ["error"])
    assert (shown["requests"], shown["faults"]) == ({"/exing/filings/query": 1}, {"error": 1})


def test_an_absence_strikes_every_request_for_its_time_and_then_leaves_a_rest() -> None:
    now = [0.0]
    faults = Faults(Behaviour(fail=0.0, modes=("away",), away_seconds=1.0), 0, clock=lambda: now[0])
    faults.behaviour = faults.behaviour.changed({"fail": 1.0})
    assert faults.draw("/x") == "away"
    faults.behaviour = faults.behaviour.changed({"fail": 0.0})
    assert faults.draw("/x") == "away"
    now[0] = 1.0
    assert faults.draw("/x") is None
    assert faults.injected == {"away": 2}


def test_the_same_seed_fails_the_same_requests() -> None:
    first, second = (Faults(Behaviour(fail=0.3), 5, clock=lambda: 0.0) for _ in range(2))
    assert [first.draw("/x") for _ in range(200)] == [second.draw("/x") for _ in range(200)]
