"""Whole districts, run by the command with real workers, give the answers that came with them, row for row."""

import csv
import importlib.util
import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rich.console import Console

from config.local.progress import Steps
from config.packs import results
from config.packs.load import NotADistrict, load_registers, load_scheme, load_trade_ins
from config.packs.logins import scheme_makers
from core.database.owner import owning
from core.districts.reader import working_in
from core.models import District
from ebikes.licensing.stub.world import load_world
from subsidies.allocation.services.allocate import allocate
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.tasks import sweep_checks
from tests.subsidies.outside import Outside, at_work

ROOT = Path(__file__).resolve().parents[3]
GENERATOR = ROOT.parent / "shared" / "data" / "make_district.py"
SIZE = ("--bikes", "500", "--trade-ins", "300")

needs_generator = pytest.mark.skipif(
    not GENERATOR.exists(),
    reason="the generator of district packs (../shared/data) is not beside this checkout",
)


def command(*args: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "manage.py", *args],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finish(process: "subprocess.Popen[str]", seconds: float = 400) -> str:
    said, _ = process.communicate(timeout=seconds)
    return said


def make_pack(folder: Path, *, seed: int, variant: str) -> Path:
    subprocess.run(
        [sys.executable, str(GENERATOR), str(folder), "--seed", str(seed), "--variant", variant, *SIZE],
        check=True,
        capture_output=True,
    )
    return folder


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.reader(handle))


def assert_answers(pack: Path, out: Path) -> None:
    for name in ("import.csv", "decisions.csv"):
        assert rows(out / name) == rows(pack / "expected" / name)


@needs_generator
@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("variant", ["gongshu", "yuhang", "caps", "skip"])
def test_a_district_gets_the_answers_that_came_with_it(tmp_path, settings, variant, seed):
    pack = make_pack(tmp_path / "a pack", seed=seed, variant=variant)
    world = load_world(exing=pack / "exing.csv", yunshenling=pack / "yunshenling.csv")
    steps = Steps(Console(file=io.StringIO()))

    scheme = load_scheme(pack, people=scheme_makers())
    load_registers(pack, by=None, steps=steps)
    batches = load_trade_ins(pack, by=None, steps=steps)
    with at_work(Outside(world), settings):
        while sweep_checks():
            pass
    allocate(scheme=scheme, now=timezone.now())

    results.write_import(batches, tmp_path / "import.csv")
    results.write_decisions(scheme, tmp_path / "decisions.csv")
    assert_answers(pack, tmp_path)
    assert verify_ledger(scheme=scheme) == []


class _Letters(random.Random):
    """Plates of a city are drawn from one alphabet: each district's generator has letters of its own."""

    own = ""

    def choice(self, seq):
        return super().choice(self.own if seq == "ABCDEFGH" else seq)


@needs_generator
@pytest.mark.django_db
def test_districts_side_by_side_each_get_the_answers_that_came_with_them(tmp_path, settings, monkeypatch):
    """The same numbers of records and points in each, one world outside, one sweep over all."""
    spec = importlib.util.spec_from_file_location("make_district", GENERATOR)
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    monkeypatch.setattr(generator, "random", SimpleNamespace(Random=_Letters))
    with owning():
        District.objects.bulk_create(
            [District(code=330106, name="西湖区"), District(code=330102, name="上城区")]
        )
    steps, ran = Steps(Console(file=io.StringIO())), {}
    for district, letters, variant in (
        (330105, "ABC", "gongshu"),
        (330106, "DEF", "skip"),
        (330102, "GH", "caps"),
    ):
        pack = tmp_path / str(district)
        monkeypatch.setattr(_Letters, "own", letters)
        monkeypatch.setattr(
            sys, "argv", ["make_district", str(pack), "--seed", str(district), "--variant", variant, *SIZE]
        )
        generator.main()
        with working_in(district):
            scheme = load_scheme(pack, people=scheme_makers())
            load_registers(pack, by=None, steps=steps)
            ran[pack] = scheme, load_trade_ins(pack, by=None, steps=steps)
    for name in ("exing.csv", "yunshenling.csv"):
        first, *others = ((pack / name).read_text(encoding="utf-8-sig") for pack in ran)
        lines = [line for text in others for line in text.splitlines()[1:]]
        (tmp_path / name).write_text("\n".join([first.strip(), *lines]), encoding="utf-8")
    world = load_world(exing=tmp_path / "exing.csv", yunshenling=tmp_path / "yunshenling.csv")
    with at_work(Outside(world), settings):
        while sweep_checks():
            pass
    for pack, (scheme, batches) in ran.items():
        allocate(scheme=scheme, now=timezone.now())
        out = pack / "out"
        out.mkdir()
        results.write_import(batches, out / "import.csv")
        results.write_decisions(scheme, out / "decisions.csv")
        assert_answers(pack, out)
        assert verify_ledger(scheme=scheme) == []


@needs_generator
def test_failing_systems_and_killed_workers_change_no_decision_and_pay_nobody_twice(tmp_path):
    pack, out = make_pack(tmp_path / "pack", seed=7, variant="caps"), tmp_path / "out"
    run = command("pack", str(pack), str(out), "--faults", "0.3", "--pay")
    over = threading.Event()
    killer = threading.Thread(target=kill_workers_now_and_then, args=(run.pid, over))
    killer.start()

    said = finish(run)
    over.set()
    killer.join()

    assert (out / "summary.json").exists(), said
    assert_answers(pack, out)
    summary = json.loads((out / "summary.json").read_text())
    assert summary["ledger_faults"] == 0
    assert summary["operator_book"]["duplicates"] == []
    assert summary["operator_book"]["paid_fen"] == summary["money_fen"]["paid"]


def kill_workers_now_and_then(parent: int, over: threading.Event) -> None:
    """SIGKILL one of the command's own Celery processes, several times: the parent, a child, whoever is in the middle."""
    for _kill in range(6):
        if over.wait(2.5):
            return
        workers = [pid for pid in descendants(parent) if b"celery" in command_line(pid)]
        if workers:
            os.kill(workers[len(workers) // 2], signal.SIGKILL)


def descendants(parent: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            _, rest = entry.read_text().rsplit(")", 1)  # the name before it may hold anything
        except OSError:
            continue  # it has ended
        children.setdefault(int(rest.split()[1]), []).append(int(entry.parent.name))
    found, open_ = [], [parent]
    while open_:
        below = children.get(open_.pop(), [])
        found += below
        open_ += below
    return found


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_a_folder_that_is_not_there_is_one_clear_line(tmp_path):
    with pytest.raises(CommandError) as refused:
        call_command("pack", str(tmp_path / "nowhere"), str(tmp_path / "out"))
    assert str(refused.value).splitlines() == [f"没有这个文件夹：{tmp_path / 'nowhere'}"]


@pytest.fixture
def broken(tmp_path):
    """`broken(text)`: a folder with this for its scheme (None: without one)."""

    def make(text):
        pack = tmp_path / "pack"
        pack.mkdir()
        if text is not None:
            (pack / "scheme.json").write_text(text)
        for name in ("exing.csv", "yunshenling.csv"):
            (pack / name).write_text("")
        return pack

    return make


@pytest.mark.parametrize("text", [None, "{", "[]"])
def test_a_folder_that_is_no_pack_is_told_so(broken, text):
    with pytest.raises(NotADistrict):
        load_scheme(broken(text), people=(None, None))


def test_and_without_a_traceback(broken, tmp_path):
    run = command("pack", str(broken("[]")), str(tmp_path / "out"))

    said = finish(run)

    assert run.returncode != 0
    assert "Traceback" not in said
    assert not (tmp_path / "out" / "summary.json").exists()
