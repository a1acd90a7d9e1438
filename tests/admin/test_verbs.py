"""The verbs that stand as actions: each once, each by the right person."""

import pytest
from django.utils import timezone

from merchants.models import User
from subsidies.models import Claim, PayoutBatch
from subsidies.services.allocate import allocate
from subsidies.services.payouts import approve_claims, release_payout
from tests.admin.district import District, act, logged_in, said
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_claims_are_approved_once(client, boss, district):
    claim = district.grow()
    allocate(scheme=district.scheme, now=NOW)
    assert said(act(client, Claim, "approve", claim)) == ["已批准 1 份；其余不在可批准的状态。"]
    assert said(act(client, Claim, "approve", claim)) == ["已批准 0 份；其余不在可批准的状态。"]
    claim.refresh_from_db()
    assert (claim.state, claim.approved_by) == ("approved", boss)
    assert claim.events.filter(to_state="approved").count() == 1


def test_whoever_approved_does_not_order_the_payment(client, district):
    claim = district.grow()
    allocate(scheme=district.scheme, now=NOW)
    act(client, Claim, "approve", claim)
    assert said(act(client, Claim, "order_payment", claim)) == ["批准、制单、放行须由三个不同的人完成。"]
    claim.refresh_from_db()
    assert (claim.state, PayoutBatch.objects.count()) == ("approved", 0)


def test_a_payment_is_ordered_once(client, district):
    claim = district.grow()
    allocate(scheme=district.scheme, now=NOW)
    approve_claims(claims=Claim.objects.filter(pk=claim.pk), by=district.approver, now=NOW)
    assert said(act(client, Claim, "order_payment", claim))[0].startswith("已制作 1 个批次；0 份")
    assert said(act(client, Claim, "order_payment", claim))[0].startswith("已制作 0 个批次；0 份")
    assert PayoutBatch.objects.get().lines.count() == 1


def test_claims_that_are_not_approved_are_not_ordered(client, district):
    claim = district.grow()
    assert said(act(client, Claim, "order_payment", claim))[0].startswith("已制作 0 个批次")
    assert PayoutBatch.objects.count() == 0


def test_claims_of_two_schemes_are_ordered_apart(client, district):
    other = District()
    claims = [district.grow(), other.grow()]
    for each in (district, other):
        allocate(scheme=each.scheme, now=NOW)
    approve_claims(claims=Claim.objects.all(), by=district.approver, now=NOW)
    assert [text[:9] for text in said(act(client, Claim, "order_payment", *claims))] == [
        "已制作 1 个批次"
    ] * 2
    assert {batch.scheme for batch in PayoutBatch.objects.all()} == {district.scheme, other.scheme}


def test_what_can_be_ordered_is_ordered_though_the_rest_is_somebody_elses_to_order(client, boss, district):
    """One scheme's claims were approved by the one who orders: the other scheme's go ahead."""
    other = District()
    mine, theirs = district.grow(), other.grow()
    for each, by in ((district, boss), (other, other.approver)):
        allocate(scheme=each.scheme, now=NOW)
        approve_claims(claims=Claim.objects.filter(scheme=each.scheme), by=by, now=NOW)
    messages = said(act(client, Claim, "order_payment", mine, theirs))
    assert PayoutBatch.objects.get().scheme == other.scheme
    assert any("已制作 1 个批次" in message for message in messages)


def test_a_third_person_releases_once(client, boss, district):
    batch = district.pay(district.grow())
    assert said(act(client, PayoutBatch, "release", batch)) == [f"批次 {batch.request_no} 已放行。"]
    assert said(act(client, PayoutBatch, "release", batch)) == ["该批次已不在可操作的状态。"]
    batch.refresh_from_db()
    assert (batch.state, batch.released_by) == ("released", boss)


@pytest.mark.parametrize("part", ["approver", "maker"])
def test_neither_approver_nor_maker_releases(district, part):
    batch = district.pay(district.grow())
    person = getattr(district, part)
    User.objects.filter(pk=person.pk).update(is_staff=True, is_superuser=True)
    person.refresh_from_db()
    sentence = "批准、制单、放行须由三个不同的人完成。"
    assert said(act(logged_in(person), PayoutBatch, "release", batch)) == [sentence]
    batch.refresh_from_db()
    assert (batch.state, batch.released_by) == ("draft", None)


def test_a_draft_is_discarded_once_and_its_claims_are_approved_again(client, district):
    claim = district.grow()
    batch = district.pay(claim)
    assert "已作废" in said(act(client, PayoutBatch, "discard", batch))[0]
    assert said(act(client, PayoutBatch, "discard", batch)) == ["该批次已不在可操作的状态。"]
    claim.refresh_from_db()
    batch.refresh_from_db()
    assert (claim.state, batch.state) == ("approved", "discarded")


def test_a_released_batch_is_not_discarded(client, boss, district):
    batch = district.pay(district.grow())
    release_payout(batch=batch, by=boss, now=timezone.now())
    assert said(act(client, PayoutBatch, "discard", batch)) == ["该批次已不在可操作的状态。"]
    batch.refresh_from_db()
    assert batch.state == "released"
