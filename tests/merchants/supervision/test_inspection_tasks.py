"""A visit that somebody asks for: once for each reason, done by an inspection, or dropped with a reason."""

import pytest

from merchants.models import InspectionTask
from merchants.supervision.inspection_tasks import AlreadyEnded, NoReason, ask_for_inspection, drop_task
from tests.console import refused, update
from tests.factories import NOW, MerchantFactory, make_staff
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def shop():
    return MerchantFactory()


@laid
def officer():
    return make_staff("officer")


def ask(shop, officer, why="四名车主，同一钱包"):
    return ask_for_inspection(shop=shop, why=why, by=officer, now=NOW)


def test_the_same_reason_twice_is_one_visit_and_another_reason_another(shop, officer):
    first = ask(shop, officer)
    assert ask(shop, officer, " 四名车主，同一钱包 ") == first
    assert ask(shop, officer, "举报改装") != first
    assert ask(MerchantFactory(), officer) != first


def test_nothing_is_asked_or_dropped_without_a_reason(shop, officer):
    with pytest.raises(NoReason):
        ask(shop, officer, " ")
    with pytest.raises(NoReason):
        drop_task(task=ask(shop, officer), by=officer, now=NOW, note=" ")


def test_what_was_dropped_stays_dropped_and_can_be_asked_anew(shop, officer):
    task = ask(shop, officer)
    drop_task(task=task, by=officer, now=NOW, note="已由街道检查")
    with pytest.raises(AlreadyEnded):
        drop_task(task=task, by=officer, now=NOW, note="再次")
    assert refused(update(task, "state = 'open', ended_at = NULL, ended_by_id = NULL"), because="ends once")
    assert ask(shop, officer) != task


@pytest.mark.parametrize("change", ["why = '别的'", "asked_by_id = asked_by_id + 1", "due_on = '2022-07-01'"])
def test_a_task_stands_as_it_was_asked(shop, officer, change):
    assert refused(update(ask(shop, officer), change), because="stands as it was asked")


def test_a_task_is_done_by_a_concluded_inspection_of_its_shop_alone(shop, officer):
    task, elsewhere = ask(shop, officer), MerchantFactory()
    begun = shop.inspections.create(inspected_on=NOW.date(), inspectors="陈队")
    other = elsewhere.inspections.create(inspected_on=NOW.date(), inspectors="陈队")
    for visit in (begun, other):
        done = f"state = 'done', inspection_id = {visit.pk}, ended_by_id = {officer.pk}, ended_at = now()"
        assert refused(update(task, done), because="concluded inspection of its shop")
    assert InspectionTask.objects.open().count() == 1
