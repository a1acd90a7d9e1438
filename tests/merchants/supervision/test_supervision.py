"""Inspections, spot checks and events: what the database refuses, past every page."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from core.shanghai import today
from merchants.models import Inspection, SamplingLot, TradeInEvent
from merchants.supervision.models.inspection import ITEMS
from tests.console import owning, refused, sql, update
from tests.factories import MerchantFactory, answered

pytestmark = pytest.mark.django_db
DAY = date(2022, 3, 10)


def too_late():
    return today() + timedelta(days=2)


def inspect(**more):
    shop = MerchantFactory()
    heads = answered() if more.get("conclusion") else {}
    return Inspection.objects.create(
        **{"merchant": shop, "inspected_on": DAY, "inspectors": "陈队、小周", **heads, **more}
    )


def sample(**more):
    return SamplingLot.objects.create(**{"kind": "e_bike", "sampled_on": DAY, **more})


def refuses(constraint):
    return pytest.raises(IntegrityError, match=constraint)


# ------------------------------------------------------------------ inspections


@pytest.mark.parametrize("item", ITEMS)
def test_a_fault_in_any_item_needs_a_date_or_a_note(item):
    with refuses("a_fault_has_a_date_or_a_note"), transaction.atomic():
        inspect(**{item: "fault"})
    found = inspect(**{item: "fault"}, note="当场改正")
    found.refresh_from_db()
    assert found.faulty
    assert len(found.faults()) == 1


def test_a_shop_without_a_fault_is_sound():
    found = inspect(trademark="n/a", trademark_note="没有相关车型", conclusion="clean")
    found.refresh_from_db()
    assert not found.faulty
    assert found.faults() == []


@pytest.mark.parametrize("more", [{"conclusion": "rectify"}, {"conclusion": "case"}])
def test_nothing_is_ordered_where_nothing_was_found(more):
    with refuses("a_conclusion_agrees_with_the_findings"):
        inspect(**more)


def test_a_fault_is_not_called_clean():
    with refuses("a_conclusion_agrees_with_the_findings"):
        inspect(modified="fault", rectify_by=DAY, conclusion="clean")


@pytest.mark.parametrize("field", ["rectify_by", "rectified_on"])
def test_nothing_is_put_right_before_it_was_found(field):
    days = {"rectify_by": DAY, field: DAY - timedelta(days=1)}
    with refuses("put_right_after_the_inspection"):
        inspect(modified="fault", **days)


def test_only_a_fault_is_put_right():
    with refuses("only_a_fault_is_put_right"):
        inspect(rectified_on=DAY)


def test_nothing_is_inspected_or_put_right_in_the_future():
    with refuses("inspections_are_not_of_the_future"), transaction.atomic():
        inspect(modified="fault", rectify_by=DAY, rectified_on=too_late())
    shop = MerchantFactory()
    with refuses("inspections_are_not_of_the_future"):
        Inspection.objects.create(merchant=shop, inspected_on=too_late(), inspectors="陈队")


@pytest.mark.parametrize(
    "change",
    [
        "modified = 'ok', conclusion = 'clean'",
        "conclusion = ''",
        "inspected_on = '2022-03-09'",
        "inspectors = '小周'",
        "rectify_by = '2022-12-31'",
    ],
)
def test_what_a_concluded_inspection_found_stands(change):
    found = inspect(modified="fault", rectify_by=DAY, conclusion="rectify")
    assert refused(update(found, change), because="what was found stands")


def test_putting_right_is_written_beside_it():
    found = inspect(modified="fault", rectify_by=DAY, conclusion="rectify")
    assert sql(update(found, "rectified_on = '2022-03-12', note = '已复查'")) == 1


def test_a_concluded_inspection_is_kept_and_an_unfinished_one_is_not():
    concluded, unfinished = inspect(conclusion="clean"), inspect()
    delete = "DELETE FROM merchants_inspection WHERE id = %s"
    assert refused(delete, concluded.pk, because="it is kept")
    with owning():
        assert sql(delete, unfinished.pk) == 1


# ------------------------------------------------------------------ spot checks and events


@pytest.mark.parametrize(
    "lots", [{"lots": 0}, {"lots": 2, "failed": 3, "result": "failed", "report_no": "J1"}]
)
def test_no_more_lots_fail_than_were_taken(lots):
    with refuses("no_more_lots_fail_than_were_taken"):
        sample(**lots)


@pytest.mark.parametrize(
    "lots",
    [
        {"result": "failed", "report_no": "J1"},
        {"result": "passed", "failed": 1, "report_no": "J1"},
        {"failed": 1},
    ],
)
def test_a_result_agrees_with_the_lots(lots):
    with refuses("a_result_agrees_with_the_lots"):
        sample(**lots)


def test_a_result_names_its_report():
    with refuses("a_result_names_its_report"):
        sample(result="passed")


def test_no_sample_is_of_the_future():
    with refuses("samples_are_not_of_the_future"):
        sample(sampled_on=too_late())


def test_an_event_to_come_has_traded_in_nothing():
    event = TradeInEvent.objects.create(held_on=too_late(), venue_kind="campus", place="浙大城市学院")
    assert refused(update(event, "bikes = 3"), because="an_event_to_come_has_traded_in_nothing")
