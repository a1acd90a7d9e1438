"""The verbs that stand as actions: each once, each by the right person."""

import pytest
from django.urls import reverse
from django.utils import timezone

from core.database.owner import owning
from core.models import User
from core.rights.first import EVERYTHING, lay_roles
from subsidies.allocation.services.allocate import allocate
from subsidies.models import Claim, PayoutBatch
from subsidies.payouts.services import ordering
from subsidies.payouts.services.payouts import approve_claims, release_payout
from tests.admin.district import District, act, confirm, logged_in, said, told, url
from tests.factories import NOW, make_scheme

pytestmark = pytest.mark.django_db


def test_claims_are_approved_once(client, boss, district):
    claim = district.grow()
    allocate(scheme=district.scheme, now=NOW)
    assert said(confirm(client, Claim, "approve", claim)) == ["批准发放：已办理 1 份。"]
    assert told(act(client, Claim, "approve", claim)) == {
        "将办理": "0 份",
        "不办理：不在可办理的状态": "1 份",
    }
    claim.refresh_from_db()
    assert (claim.state, claim.approved_by) == ("approved", boss)
    assert claim.events.filter(to_state="approved").count() == 1


def test_whoever_approved_does_not_order_the_payment(client, district):
    claim = district.grow()
    allocate(scheme=district.scheme, now=NOW)
    confirm(client, Claim, "approve", claim)
    asked = act(client, Claim, "order_payment", claim)
    assert told(asked) == {"将办理": "0 份", "不办理：由您批准，须由他人制单": "1 份"}
    answer = act(
        client, Claim, "order_payment", claim, confirmed="1", seen=asked.context["form"]["seen"].value()
    )
    assert not said(answer)
    claim.refresh_from_db()
    assert (claim.state, PayoutBatch.objects.count()) == ("approved", 0)


def made_says(batches, lines, yuan):
    return (
        f"已制作 {batches} 个发放批次，共 {lines} 笔、{yuan} 元。"
        "须由另一位财务人员核对后放行：制单人和批准人不能放行。"
    )


def test_a_payment_is_ordered_once(client, district):
    claim = district.grow()
    allocate(scheme=district.scheme, now=NOW)
    approve_claims(claims=Claim.objects.filter(pk=claim.pk), by=district.approver, now=NOW)
    made = confirm(client, Claim, "order_payment", claim)
    assert said(made) == [made_says(1, 1, 300)]
    assert told(act(client, Claim, "order_payment", claim))["将办理"] == "0 份"
    assert PayoutBatch.objects.get().lines.count() == 1


def test_whoever_makes_one_batch_lands_on_it(client, district):
    claims = [district.grow(), district.grow()]
    allocate(scheme=district.scheme, now=NOW)
    approve_claims(claims=Claim.objects.all(), by=district.approver, now=NOW)
    made = confirm(client, Claim, "order_payment", *claims)
    (landed,) = [address for address, _status in made.redirect_chain]
    assert landed == url(PayoutBatch, "change", PayoutBatch.objects.get().pk)
    assert said(made) == [made_says(1, 2, 600)]


def test_whoever_orders_one_claim_from_its_page_lands_on_the_batch_too(client, district):
    claim = district.grow()
    allocate(scheme=district.scheme, now=NOW)
    approve_claims(claims=Claim.objects.all(), by=district.approver, now=NOW)
    address = reverse("staff-claim-verb", args=[claim.pk, "order_payment"])
    seen = client.get(address).context["form"]["seen"].value()
    made = client.post(address, {"confirmed": "1", "seen": seen})
    assert made.headers["Location"] == url(PayoutBatch, "change", PayoutBatch.objects.get().pk)


def test_whoever_makes_several_batches_lands_on_these_drafts_alone(client, district, monkeypatch):
    monkeypatch.setattr(ordering, "LINES_PER_BATCH", 2)
    before = district.pay(district.grow())
    claims = [district.grow() for _number in range(3)]
    allocate(scheme=district.scheme, now=NOW)
    approve_claims(claims=Claim.objects.all(), by=district.approver, now=NOW)
    made = confirm(client, Claim, "order_payment", *claims)
    assert said(made) == [made_says(2, 3, 900)]
    listed = {batch.pk for batch in made.context["cl"].result_list}
    assert listed == {*PayoutBatch.objects.exclude(pk=before.pk).values_list("pk", flat=True)}
    assert len(listed) == 2


def test_claims_that_are_not_approved_are_not_ordered(client, district):
    claim = district.grow()
    assert told(act(client, Claim, "order_payment", claim))["将办理"] == "0 份"
    assert PayoutBatch.objects.count() == 0


def test_claims_of_two_schemes_are_ordered_apart(client, district):
    other = District(make_scheme(year=2021))
    claims = [district.grow(), other.grow()]
    for each in (district, other):
        allocate(scheme=each.scheme, now=NOW)
    approve_claims(claims=Claim.objects.all(), by=district.approver, now=NOW)
    assert said(confirm(client, Claim, "order_payment", *claims)) == [made_says(2, 2, 600)]
    assert {batch.scheme for batch in PayoutBatch.objects.all()} == {district.scheme, other.scheme}


def test_what_can_be_ordered_is_ordered_though_the_rest_is_somebody_elses_to_order(client, boss, district):
    """One scheme's claims were approved by the one who orders: the other scheme's go ahead."""
    other = District(make_scheme(year=2021))
    mine, theirs = district.grow(), other.grow()
    for each, by in ((district, boss), (other, other.approver)):
        allocate(scheme=each.scheme, now=NOW)
        approve_claims(claims=Claim.objects.filter(scheme=each.scheme), by=by, now=NOW)
    messages = said(confirm(client, Claim, "order_payment", mine, theirs))
    assert PayoutBatch.objects.get().scheme == other.scheme
    assert messages == [made_says(1, 1, 300)]


def test_a_third_person_releases_once(client, boss, district):
    batch = district.pay(district.grow())
    assert said(confirm(client, PayoutBatch, "release", batch)) == ["放行(发送给运营机构)：1 个批次。"]
    assert told(act(client, PayoutBatch, "release", batch))["不办理：批次的状态不能这样办理"] == "1 个批次"
    batch.refresh_from_db()
    assert (batch.state, batch.released_by) == ("released", boss)


@pytest.mark.parametrize("part", ["approver", "maker"])
def test_neither_approver_nor_maker_releases(district, part):
    batch = district.pay(district.grow())
    person = getattr(district, part)
    with owning():
        User.objects.filter(pk=person.pk).update(is_staff=True, is_superuser=True)
        lay_roles(person, [EVERYTHING], at=NOW)
    person.refresh_from_db()
    asked = act(logged_in(person), PayoutBatch, "release", batch)
    assert not asked.context["effect"].possible
    assert told(asked)["不办理：由您制单或其中有您批准的申请，须由他人放行"] == "1 个批次"
    act(
        logged_in(person),
        PayoutBatch,
        "release",
        batch,
        confirmed="1",
        seen=asked.context["form"]["seen"].value(),
    )
    batch.refresh_from_db()
    assert (batch.state, batch.released_by) == ("draft", None)


def test_a_draft_is_discarded_once_and_its_claims_are_approved_again(client, district):
    claim = district.grow()
    batch = district.pay(claim)
    assert said(confirm(client, PayoutBatch, "discard", batch, note="收款人有误"))
    assert not act(client, PayoutBatch, "discard", batch).context["effect"].possible
    claim.refresh_from_db()
    batch.refresh_from_db()
    assert (claim.state, batch.state) == ("approved", "discarded")


def test_a_released_batch_is_not_discarded(client, boss, district):
    batch = district.pay(district.grow())
    release_payout(batch=batch, by=boss, now=timezone.now())
    assert not act(client, PayoutBatch, "discard", batch).context["effect"].possible
    batch.refresh_from_db()
    assert batch.state == "released"
