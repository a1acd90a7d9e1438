"""What cells tell their province: sums and signed heads, which must go on where they ended; side by side on one page."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from core.audit.acting import acting
from core.signing import sm2
from core.signing.sm2 import keys_in, new_key, signing_key
from ebikes.licensing.signatures import Signatures
from subsidies.allocation.services.allocate import allocate
from subsidies.cells.services import report as telling
from subsidies.cells.services.report import report
from subsidies.heads.statement import NONE_BEFORE, Heads, signed
from subsidies.models import Cell, CellHead, CellSum, LockCell
from subsidies.province.selectors.side_by_side import cells_side_by_side
from subsidies.province.services.take_report import NotAReport, take_report
from tests.console import refused
from tests.factories import NOW, make_claim, make_scheme

pytestmark = pytest.mark.django_db

HANGZHOU, NINGBO = "330100", "330200"
CELL_KEY = new_key("province")


@pytest.fixture(autouse=True)
def _province(settings):
    public = CELL_KEY.split(":")[2]
    settings.PROVINCE_CELLS = f"{HANGZHOU}:杭州市:{public},{NINGBO}:宁波市:{public}"
    settings.SIGNING_KEYS = f"{new_key('heads')},{new_key('province')}"


def sums(**other):
    usual = {
        "code": "gs-2022",
        "name": "2022年补贴",
        "funded_fen": 100_000,
        "reserved_fen": 30_000,
        "paid_fen": 20_000,
    }
    return {**usual, "states": {"paid": 1, "settled": 1, "waitlisted": 2, "refused": 3}, **other}


def told(*schemes, heads=(), cell=HANGZHOU, now=NOW):
    heads = [{"name": name, "text": text} for name, text in heads]
    return take_report(cell=cell, told={"schemes": list(schemes), "heads": heads}, now=now)


def heads_of(day: int, previous: str = NONE_BEFORE, seq: int = 5) -> tuple[Heads, tuple[str, str]]:
    found = Heads(NOW + timedelta(days=day), previous, {"gs-2022": (seq, "a" * 64)}, (0, ""))
    return found, (f"202209{20 + day}T010000.txt", signed(found))


def faults():
    return [head.fault for head in CellHead.objects.order_by("name")]


def test_the_cells_stand_side_by_side_with_money_claims_and_pace():
    told(sums(paid_fen=10_000), now=NOW - timedelta(days=4))
    told(sums())
    told(sums(code="gs-2023", name="2023年补贴", paid_fen=0, reserved_fen=0, states={}))
    with acting("test", by=None, now=NOW):
        LockCell.objects.create(code=HANGZHOU, heard_at=NOW)
    here, there = cells_side_by_side(now=NOW)
    assert here.money == {"funded_fen": 200_000, "reserved_fen": 30_000, "paid_fen": 20_000}
    assert (here.open, here.waitlisted, here.reserved, here.paid, here.refused) == (2, 2, 1, 1, 3)
    assert here.pace_fen == 2_500
    assert (here.quiet, there.quiet, there.told_at) == (False, True, None)


def test_a_day_is_told_anew_until_it_is_over():
    told(sums(paid_fen=1))
    told(sums(paid_fen=2), now=NOW + timedelta(minutes=10))
    assert CellSum.objects.get().paid_fen == 2
    told(sums(paid_fen=3), now=NOW + timedelta(days=1))
    assert list(CellSum.objects.order_by("day").values_list("paid_fen", flat=True)) == [2, 3]


@pytest.mark.parametrize(
    "wrong", [{"paid_fen": -1}, {"paid_fen": "1"}, {"paid_fen": True}, {"states": {"paid": 0.5}}], ids=str
)
def test_a_figure_that_is_none_is_no_report(wrong):
    with pytest.raises(NotAReport):
        told(sums(**wrong))


def test_heads_go_on_where_the_last_ended():
    first, one = heads_of(0)
    _second, two = heads_of(1, previous=first.digest, seq=9)
    assert told(heads=[one]) == one[0]
    assert told(heads=[one, two]) == two[0]
    assert faults() == ["", ""]


@pytest.mark.parametrize(
    ("how", "fault"), [("chain", "chain"), ("back", "back"), ("changed", "unreadable"), ("key", "key")]
)
def test_a_head_that_does_not_go_on_is_an_alarm(how, fault, settings, caplog):
    first, one = heads_of(0)
    told(heads=[one])
    if how == "key":
        settings.SIGNING_KEYS = new_key("heads")
    _, (name, text) = heads_of(
        1, previous="b" * 64 if how == "chain" else first.digest, seq=4 if how == "back" else 6
    )
    told(heads=[(name, text.replace("gs-2022", "gs-2021") if how == "changed" else text)])
    assert faults() == ["", fault]
    assert "alarm" in caplog.text
    assert [head.fault for head in cells_side_by_side(now=NOW)[0].faults] == [fault]


def test_what_was_told_stays():
    told(sums(), heads=[heads_of(0)[1]])
    assert refused("UPDATE subsidies_cellhead SET fault = ''", because="never|only|refused|no process")
    assert refused("UPDATE subsidies_cellsum SET day = '2022-01-01'", because="stays|no process")


def test_everybody_may_take_the_heads_away():
    _, (name, text) = heads_of(0)
    told(heads=[(name, text)])
    page = Client().get(reverse("province")).content.decode()
    assert "杭州市" in page
    assert name in page
    assert Client().get(reverse("province-head", args=[HANGZHOU, name])).content.decode() == text
    assert Client().get(reverse("province-head", args=[NINGBO, name])).status_code == 404


def test_an_installation_that_is_no_province_publishes_none(settings):
    settings.PROVINCE_CELLS = ""
    assert Client().get(reverse("province")).status_code == 404


# ------------------------------------------------------------------ from the cell


def to_the_province(said):
    """A report over the wire: signed by the cell, answered by the register."""
    path, data = reverse("province-reports"), json.dumps(said).encode()
    signatures = Signatures(keys_in(CELL_KEY)["province"], signing_key(sm2.OF_A_PROVINCE).public.hex())
    request, headers = signatures.request("POST", f"http://register{path}", data)
    response = Client().post(path, data, content_type="application/json", headers=headers)
    signatures.believe_answer(request, response.status_code, response.headers, response.content)
    return response.json()["newest"] if response.status_code == 200 else None


@pytest.fixture
def cell(settings, monkeypatch):
    settings.REGISTER_URL, settings.CELL_CODE = "http://register", HANGZHOU
    scheme = make_scheme()
    make_claim(scheme)
    make_claim(scheme, state="received")
    allocate(scheme=scheme, now=NOW)
    with acting("join", by=None, now=NOW):
        Cell.objects.create(pk=1, code=HANGZHOU)
    monkeypatch.setattr(telling, "report_to_province", to_the_province)
    return scheme


def test_a_cell_tells_sums_without_a_person_and_its_new_heads_once(cell, tmp_path):
    first, one = heads_of(0)
    _second, two = heads_of(1, previous=first.digest)
    for name, text in (one, two):
        (tmp_path / name).write_text(text)
    files = sorted(tmp_path.iterdir())
    assert report(statements=files[:1], now=NOW)
    assert report(statements=files, now=NOW)
    row = CellSum.objects.get()
    assert (row.scheme, row.reserved_fen, row.states) == (cell.code, 30_000, {"settled": 1, "received": 1})
    assert faults() == ["", ""]
    assert Cell.objects.get().heads_told == two[0]


def test_while_the_province_is_away_it_is_told_later(cell, monkeypatch):
    monkeypatch.setattr(telling, "report_to_province", lambda said: None)
    assert not report(statements=[], now=NOW)
    assert Cell.objects.get().reported_at is None


def test_who_is_no_cell_tells_nothing(settings):
    assert not report(statements=[], now=NOW)
    settings.PROVINCE_CELLS = ""
    assert (
        Client().post(reverse("province-reports"), "{}", content_type="application/json").status_code == 404
    )
