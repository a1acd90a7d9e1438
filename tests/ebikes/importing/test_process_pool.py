"""A large file is judged by several processes, and it makes no difference but to the time."""

import os
import signal

import pytest

from ebikes.importing import staging
from ebikes.importing.pipeline import confirm_batch, read_file
from ebikes.importing.process_pool import share
from ebikes.models import ImportRow, TradeIn
from tests.ebikes.files import as_csv, trade_in_row, valid_uscc
from tests.factories import NOW, AgentPointFactory, MerchantFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def file(tmp_path):
    """Ten rows, one of them sent again, one without a plate."""
    point = AgentPointFactory(merchant=MerchantFactory(uscc=valid_uscc()))
    rows = [trade_in_row(point) for _ in range(8)]
    path = tmp_path / "6月.csv"
    path.write_bytes(as_csv([*rows, rows[0], trade_in_row(point, 备案号牌="")]))
    return path


def read(file, settings, monkeypatch, *, processes):
    settings.IMPORT_PROCESSES = processes
    monkeypatch.setattr(staging, "CHUNK", 2)
    seen = []
    batch = read_file(file, kind="trade_ins", by=None, now=NOW, progress=seen.append)
    return (
        batch,
        list(ImportRow.objects.filter(batch=batch).order_by("line").values_list("line", "verdict", "reason")),
        seen,
    )


def test_several_judge_as_one_would(file, settings, monkeypatch):
    alone = read(file, settings, monkeypatch, processes=1)
    together = read(file, settings, monkeypatch, processes=2)
    assert together[1] == alone[1]
    assert [verdict for _, verdict, _ in together[1]] == ["accepted"] * 8 + ["duplicate", "refused"]
    assert together[2] == sorted(together[2])


def test_what_they_kept_goes_live(file, settings, monkeypatch):
    batch, _verdicts, _seen = read(file, settings, monkeypatch, processes=2)
    confirm_batch(batch=batch, by=None, now=NOW)
    assert TradeIn.objects.filter(batch=batch).count() == 8
    assert {trade_in.phone for trade_in in TradeIn.objects.all()} == {"+8613812345678"}


def test_every_chunk_is_done_once(settings, tmp_path):
    settings.IMPORT_PROCESSES = 3
    done = list(share(lambda n: (tmp_path / f"{n}-{os.getpid()}").touch(), iter(range(9))))
    names = sorted(path.name.partition("-") for path in tmp_path.iterdir())
    assert len(done) == len(names) == 9
    assert [int(chunk) for chunk, _, _ in names] == list(range(9))
    assert 1 < len({process for _, _, process in names}) <= 4


def test_a_failure_of_one_is_everybodys(settings):
    settings.IMPORT_PROCESSES = 2

    def work(number):
        if number == 3:
            raise ValueError("the third")

    with pytest.raises(ValueError, match="the third"):
        list(share(work, iter(range(6))))


def test_a_killed_one_is_noticed(settings):
    settings.IMPORT_PROCESSES = 2

    def work(number):
        if number == 3:
            os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(Exception, match="signal 9"):
        list(share(work, iter(range(6))))


def test_a_small_file_starts_nobody(settings, tmp_path):
    settings.IMPORT_PROCESSES = 2
    list(share(lambda n: (tmp_path / str(os.getpid())).touch(), iter([0])))
    assert [path.name for path in tmp_path.iterdir()] == [str(os.getpid())]
