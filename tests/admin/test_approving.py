"""Before many claims are approved: what can be, why others cannot, and a few of them to look at."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from subsidies.allocation.services.allocate import allocate
from subsidies.models import Claim, Hold
from subsidies.review.services.holds import place_holds
from subsidies.review.services.sweep_signals import sweep_signals
from tests.admin.district import act, confirm, logged_in, said, url
from tests.factories import NOW, TradeInFactory, make_claim, make_scheme, make_staff
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def four():
    """Four claims whose money is set aside: one is held for two days, one came after the look for doubts."""
    scheme = make_scheme()
    claims = {
        str(no): make_claim(scheme, trade_in=TradeInFactory(wallet_no=f"62220000111122{no:02}"))
        for no in range(3)
    }
    at = timezone.now() - timedelta(days=2)
    place_holds(kind=Hold.Kind.BURST, evidence={claims["0"].pk: {}}, by=None, now=at)
    sweep_signals(now=NOW)
    claims["3"] = make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    return claims


@laid
def bench():
    return logged_in(make_staff("reviewer"))


def task(client, title):
    (found,) = [
        each for each in client.get(reverse("admin:index")).context["tasks"] if str(each.title) == title
    ]
    return found


def test_what_waits_to_be_approved_is_what_can_be(bench, four):
    found = task(bench, "待批准发放")
    assert (found.figure.text, found.remark) == ("2", "另有 2 份暂缓中或疑点尚未查到")
    rows = bench.get(found.figure.url).context["cl"].result_list
    assert {row.pk for row in rows} == {four["1"].pk, four["2"].pk}


def test_held_claims_stand_among_those_that_wait_by_their_age(bench, four):
    ages = bench.get(reverse("admin:index")).context["ages"]
    (held,) = [row for row in ages["rows"] if row["title"] == "暂缓中"]
    assert [figure.text for figure in held["figures"]] == ["0", "1", "0", "0"]
    rows = bench.get(held["figures"][1].url).context["cl"].result_list
    assert [row.pk for row in rows] == [four["0"].pk]
    assert bench.get(url(Claim, "changelist"), {"held_for": "x", "approvable": "x"}).status_code == 200


def test_the_list_shows_owner_merchant_wallet_and_hold_and_gives_nobody_away(bench, four):
    page = bench.get(url(Claim, "changelist")).content.decode()
    assert "暂缓：代办点短时间内大量申请" in page
    assert "王**" in page or "王*" in page
    assert four["0"].trade_in.merchant.name in page
    assert "****2200" in page
    assert "王小芳" not in page
    assert "6222000011112200" not in page


def test_some_of_them_are_shown_before_all_are_approved(bench, four):
    asked = act(bench, Claim, "approve", *four.values())
    sample = asked.context["effect"].sample
    numbers = {cells[0] for _url, cells in sample.rows}
    assert numbers == {four["1"].trade_in.record_no, four["2"].trade_in.record_no}
    text = asked.content.decode()
    assert "6222000011112201" not in text
    assert all(address in text for address, _cells in sample.rows)
    done = confirm(bench, Claim, "approve", *four.values())
    assert "已办理 2 份" in said(done)[0]


def test_many_are_proposed_to_be_refused_for_a_reason(four):
    desk = logged_in(make_staff("officer"))
    done = confirm(
        desk, Claim, "propose_refusal", *four.values(), reasons=["untrue_record"], note="同一批票据"
    )
    assert "已办理 4 份" in said(done)[0]
    assert Hold.objects.filter(kind="objection", reasons=["untrue_record"]).count() == 4


def test_what_is_let_go_is_named_before(four):
    desk = logged_in(make_staff("officer"))
    asked = act(desk, Claim, "clear_holds", four["0"])
    assert ("将解除：代办点短时间内大量申请", "1 份") in [
        (str(name), str(fact)) for name, fact in asked.context["effect"].facts
    ]
