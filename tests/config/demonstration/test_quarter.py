"""A pilot's quarter lived through: whatever went wrong, every day closes to the fen, and the months add up."""

from collections import Counter
from datetime import date

import pytest
from django.db.models import Sum

from config.demonstration.quarter import live_through_a_quarter
from config.local.progress import Steps
from config.local.scratch import scratch_database
from config.packs.load import load_registers
from core.commands import Console
from core.shanghai import local_day, midnight
from ebikes.synthetic import write_district
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Difference, LedgerEntry, PayoutLine, PayoutStop, Period, RecoveryCase, Voucher
from subsidies.reconciliation.selectors.triangle import total, triangle

TODAY = date(2026, 11, 30)
PAYMENTS = 120


@pytest.fixture(scope="module")
def lived(tmp_path_factory, django_db_blocker):
    folder = tmp_path_factory.mktemp("quarter")
    with django_db_blocker.unblock(), scratch_database():
        write_district(folder / "district", bikes=1_000, trade_ins=100)
        load_registers(folder / "district", by=None, steps=Steps(Console(quiet=True)))
        quarter = live_through_a_quarter(folder, payments=PAYMENTS, today=TODAY, each=4)
        yield quarter


def test_a_quarter_closes_to_the_fen(lived):
    scheme, days = lived.scheme, lived.days
    scheme.refresh_from_db()
    assert verify_ledger(scheme=scheme) == []
    found = triangle(first=days[0], last=date(2026, 10, 31), now=midnight(TODAY))
    assert [day.day for day in found if not (day.agrees and day.closed)] == []
    whole = total(found)
    assert whole.ledger == whole.orders == whole.statement
    assert whole.statement.paid >= PAYMENTS - 2
    assert whole.statement.returned >= 1
    assert len(lived.held) >= 2
    assert PayoutStop.objects.filter(why="behind", state="ended").count() == len(lived.restored) == 1
    kinds = Counter(Difference.objects.values_list("kind", "state"))
    assert kinds["state", "signed"] == 1
    assert kinds["amount", "agreed"] == 1
    assert not Difference.objects.filter(state__in=Difference.LIVE).exists()
    assert PayoutLine.objects.filter(state="failed").exists()
    assert sorted(RecoveryCase.objects.values_list("state", flat=True)) == ["open", "recovered"]
    months = Period.objects.filter(state="closed").order_by("month")
    assert [f"{each.month:%m}" for each in months][-2:] == ["08", "09"]
    for each in list(months)[-2:]:
        rows = LedgerEntry.objects.filter(scheme=scheme)
        paid = sum(
            row.amount_fen
            for row in rows.filter(kind="pay")
            if local_day(row.at).replace(day=1) == each.month
        )
        booked = Voucher.objects.filter(period=each, kind="pay").aggregate(fen=Sum("amount_fen"))["fen"]
        assert booked == paid > 0
