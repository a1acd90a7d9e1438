"""A file of merchants keeps the register; from which day a known one may trade in, it does not change."""

import csv

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.audit.acting import acting
from core.models import AuditEntry
from ebikes.importing.pipeline import confirm_batch, read_file
from ebikes.importing.publish import compare_with_live
from ebikes.importing.report import noted, verdict_rows
from merchants.models import Merchant
from subsidies.shops.services.enabling import enable_trade_in
from tests.ebikes.files import valid_uscc
from tests.factories import NOW, MerchantFactory, UserFactory
from tests.laid import laid

pytestmark = pytest.mark.django_db

DAY, OTHER = "2022-03-01", "2022-05-01"


@laid
def shop():
    """A merchant that is known, and enabled since DAY."""
    return MerchantFactory(uscc=valid_uscc(), name="湖墅车行", registered_on="2022-02-01")


def a_row(uscc, **changes):
    return {
        "统一社会信用代码": uscc,
        "名称": "湖墅车行",
        "平台注册日期": "2022-02-01",
        "淘汰置换开通日期": DAY,
    } | changes


@pytest.fixture
def preview(tmp_path):
    """Read rows into a batch."""

    def read(*rows):
        path = tmp_path / "merchants.csv"
        with path.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        return read_file(path, kind="merchants", by=None, now=NOW, progress=lambda part: None)

    return read


def confirmed(batch):
    confirm_batch(batch=batch, by=None, now=NOW)
    return batch


def told(batch):
    """The verdict of each row and what is said about it."""
    return [(verdict, why) for _line, _uscc, verdict, why in verdict_rows(batch)]


def day_of(merchant):
    merchant.refresh_from_db()
    return str(merchant.trade_in_enabled_on)


RENAMED, FIRST = "将更新已有的记录：名称", "将更新已有的记录：淘汰置换开通日期"
KEPT = "开通日期 2022-05-01 与系统中的 2022-03-01 不同，未改动；确需改动请在商户页面设定开通日期"


def test_a_new_merchant_has_its_day_from_the_file(preview):
    batch = confirmed(preview(a_row(valid_uscc())))

    assert told(batch) == [("接受", "")]
    assert day_of(Merchant.objects.get()) == DAY


def test_another_day_of_a_known_one_is_shown_and_not_taken_the_rest_is(preview, shop):
    batch = preview(a_row(shop.uscc, 名称="湖墅二店", 淘汰置换开通日期=OTHER))

    assert told(batch) == [("接受", f"{RENAMED}；{KEPT}")]
    confirmed(batch)
    assert told(batch) == [("接受", f"{RENAMED}；{KEPT}")]
    assert day_of(shop) == DAY
    assert (shop.name, str(shop.registered_on)) == ("湖墅二店", "2022-02-01")
    entries = AuditEntry.objects.filter(action="update", object_type="merchants.merchant", object_id=shop.pk)
    assert not [entry for entry in entries if "trade_in_enabled_on" in entry.after]


def test_a_known_one_that_has_no_day_yet_has_it_from_the_file(preview, shop):
    acting("x", by=None, now=NOW)(Merchant.objects.update)(trade_in_enabled_on=None)

    batch = confirmed(preview(a_row(shop.uscc, 淘汰置换开通日期=OTHER)))

    assert told(batch) == [("接受", FIRST)]
    assert day_of(shop) == OTHER


@pytest.mark.parametrize("day", ["", DAY])
def test_of_a_file_that_names_no_other_day_nothing_is_said_of_it(preview, shop, day):
    batch = confirmed(preview(a_row(shop.uscc, 名称="湖墅二店", 淘汰置换开通日期=day)))

    assert told(batch) == [("接受", RENAMED)]
    assert (day_of(shop), shop.name) == (DAY, "湖墅二店")


def test_the_same_file_again_changes_nothing(preview, shop):
    row = a_row(shop.uscc, 淘汰置换开通日期=OTHER)
    confirmed(preview(row))
    before = Merchant.objects.values().get()

    again = confirmed(preview(row))

    assert [verdict for verdict, _why in told(again)] == ["重复"]
    assert Merchant.objects.values().get() == before


def test_a_day_that_was_set_by_its_verb_outlives_the_files(preview):
    row = a_row(valid_uscc())
    confirmed(preview(row))
    shop = Merchant.objects.get()
    enable_trade_in(merchant=shop, on=NOW.date(), by=UserFactory(), now=NOW)

    confirmed(preview(row))
    confirmed(preview(row | {"名称": "湖墅二店"}))

    assert day_of(shop) == str(NOW.date())


def test_what_became_known_after_the_preview_keeps_its_day(preview):
    row = a_row(valid_uscc())
    waiting = preview(row | {"淘汰置换开通日期": OTHER})
    assert told(waiting) == [("接受", "")]
    confirmed(preview(row))

    confirmed(waiting)

    assert told(waiting) == [("接受", KEPT)]
    assert day_of(Merchant.objects.get()) == DAY


def test_a_note_that_is_true_no_more_when_the_file_is_confirmed_is_gone(preview, shop):
    waiting = preview(a_row(shop.uscc, 淘汰置换开通日期=OTHER))
    assert noted(waiting).count() == 1
    acting("x", by=None, now=NOW)(Merchant.objects.update)(trade_in_enabled_on=OTHER)

    confirmed(waiting)

    assert told(waiting) == [("接受", "")]


def test_many_rows_are_compared_in_as_many_statements_as_one(preview):
    def statements(*shops):
        batch = preview(*(a_row(shop.uscc, 淘汰置换开通日期=OTHER) for shop in shops))
        with CaptureQueriesContext(connection) as captured:
            compare_with_live(batch, conflict="[]")
        assert noted(batch).count() == len(shops)
        return len(captured)

    assert statements(MerchantFactory(uscc=valid_uscc())) == statements(
        *(MerchantFactory(uscc=valid_uscc()) for _ in range(20))
    )
