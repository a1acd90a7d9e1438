"""Shops and files that send at the same moment do not wait for each other, but for the same record, bike or vehicle."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, transaction

from ebikes.importing.pipeline import read_file
from ebikes.models import ImportBatch
from subsidies.allocation.services.allocate import allocate
from subsidies.intake.services.confirm_import import confirm_import
from subsidies.intake.services.submit import RecordRefused, submit_trade_in
from subsidies.models import Claim
from subsidies.schemes.calendar import lock_calendar
from tests.ebikes.files import as_csv, trade_in_row, valid_uscc
from tests.factories import NOW, AgentPointFactory, MerchantFactory, make_scheme
from tests.laid import laid
from tests.sessions import impatient, in_another_session, until_somebody_waits
from tests.subsidies.intake.test_submit import KEYS

pytestmark = pytest.mark.django_db(transaction=True)


@laid
def point():
    return AgentPointFactory(merchant=MerchantFactory(uscc=valid_uscc()))


@pytest.fixture(autouse=True)
def scheme():
    return make_scheme()


def submit(row, *, patient=True):
    with transaction.atomic():
        if not patient:
            impatient()
        cells = {KEYS[title]: cell for title, cell in row.items()}
        return submit_trade_in(cells=cells, merchant=None, by=None, now=NOW).claim


def in_turn(first, second):
    """Send both at once, so that the second has seen nothing of the first when it comes to the lock; the second's claim."""

    def second_session():
        try:
            return submit(second)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with in_another_session(submit, first):
            later = pool.submit(second_session)
            until_somebody_waits()
        return later.result(10)


def test_two_records_do_not_wait_for_each_other(point):
    with in_another_session(submit, trade_in_row(point)):
        assert submit(trade_in_row(point), patient=False).state == "received"
    assert Claim.objects.count() == 2


def test_nobody_waits_for_the_allocator(point, scheme):
    submit(trade_in_row(point))
    with in_another_session(lambda: allocate(scheme=scheme, now=NOW, whole=True)):
        assert submit(trade_in_row(point), patient=False).state == "received"


def test_nor_for_a_file_that_is_being_confirmed(point, tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes(as_csv([trade_in_row(point) for _ in range(5)]))
    batch = read_file(path, kind="trade_ins", by=None, now=NOW, progress=lambda part: None)
    with in_another_session(lambda: confirm_import(batch=batch, by=None, now=NOW)):
        assert submit(trade_in_row(point), patient=False).state == "received"
    assert Claim.objects.count() == 6


def test_of_two_for_one_bike_the_later_is_refused(point):
    first = trade_in_row(point)
    second = in_turn(first, trade_in_row(point, 备案号牌=first["备案号牌"]))
    assert (second.state, second.refusals) == ("refused", ["bike_already_claimed"])


def test_of_two_for_one_vehicle_the_later_is_refused(point):
    first = trade_in_row(point)
    second = in_turn(first, trade_in_row(point, 新车整车编码=first["新车整车编码"]))
    assert (second.state, second.refusals) == ("refused", ["vehicle_already_claimed"])


def test_the_same_record_twice_is_one_claim(point):
    row = trade_in_row(point)
    assert in_turn(row, row) == Claim.objects.get()


def test_another_record_of_the_same_number_is_a_conflict(point):
    row = trade_in_row(point)
    with pytest.raises(RecordRefused) as refused:
        in_turn(row, trade_in_row(point, 淘汰置换单号=row["淘汰置换单号"]))
    assert [problem["kind"] for problem in refused.value.problems] == ["conflict"]
    assert ImportBatch.objects.count() == 1


def test_while_the_terms_change_everybody_waits(point, scheme):
    with (
        in_another_session(lambda: lock_calendar(to_change=True)),
        pytest.raises(OperationalError, match="lock timeout"),
    ):
        submit(trade_in_row(point), patient=False)
