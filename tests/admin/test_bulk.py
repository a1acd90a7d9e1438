"""Many at once: what is told before is what is done after, and nothing is done that was not shown."""

import pytest
from django.urls import reverse

from subsidies.actions.services.staff_actions import ACTIONS, perform, preview
from subsidies.allocation.services.allocate import allocate
from subsidies.models import Claim, Hold, PayeeChange
from subsidies.payouts.services import payouts
from subsidies.payouts.services.payouts import approve_claims
from subsidies.review.selectors.freed_money import freed_money
from subsidies.review.selectors.holds import open_holds
from subsidies.review.services.holds import place_holds
from tests.admin.district import act, confirm, logged_in, paid_claim, said, told, url
from tests.console import put_in
from tests.factories import NOW, TradeInFactory, UserFactory, local, make_claim, make_scheme, make_staff
from tests.laid import laid

pytestmark = pytest.mark.django_db


def hold(claim, by=None):
    place_holds(kind=Hold.Kind.OBJECTION, evidence={claim.pk: {"note": "x"}}, by=by, now=NOW)


def do(slug, claims, by):
    """Do it for the first reason that there is, with a note; how many it concerned."""
    action = ACTIONS[slug]
    return perform(action, claims, by=by, now=NOW, reasons=[*action.reasons][:1], note="x").count


@laid
def scheme():
    return make_scheme()


@pytest.mark.parametrize("slug", ["refuse", "cancel"])
def test_what_ends_is_told_with_the_money_that_comes_free(scheme, boss, slug):
    for _ in range(3):
        make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    make_claim(scheme, state="review")
    put_in(make_claim(scheme), "paid")
    claims = Claim.objects.all()
    seen = preview(ACTIONS[slug], claims, by=boss)
    freed = freed_money(claims, ending_from=ACTIONS[slug].starts_from, now=NOW)
    assert (seen.moves, seen.left, freed.fen) == (4, {"state": 1}, 90_000)
    before = scheme.__class__.objects.get().reserved_fen
    assert do(slug, claims, boss) == 4
    assert before - scheme.__class__.objects.get().reserved_fen == freed.fen


def test_paid_money_is_demanded_back_once(district, boss):
    claim = paid_claim(district)
    only = Claim.objects.filter(pk=claim.pk)
    assert preview(ACTIONS["start_recovery"], only, by=boss).moves == 1
    assert do("start_recovery", only, boss) == 1
    assert preview(ACTIONS["start_recovery"], only, by=boss).left == {"demanded": 1}
    assert do("start_recovery", only, boss) == 0


@pytest.mark.parametrize(
    ("rule", "reached"),
    [("strict", 0), ("skip", 1)],
)
def test_whom_the_released_money_reaches_is_told_by_the_schemes_own_rule(boss, rule, reached):
    """200 come free; first in line waits somebody for 300, behind for 100."""
    scheme = make_scheme(budget_fen=20_000, head_of_line=rule)
    got = make_claim(scheme, completed_at=local("2022-07-05 12:00:00"))
    allocate(scheme=scheme, now=NOW)
    for day in ("2022-06-10", "2022-08-10"):
        make_claim(scheme, state="waitlisted", completed_at=local(f"{day} 12:00:00"))
    freed = freed_money(Claim.objects.filter(pk=got.pk), ending_from=ACTIONS["refuse"].starts_from, now=NOW)
    assert (freed.fen, freed.waiting, freed.reached) == (20_000, 2, reached)


def test_the_sentence_says_who_moves_up(boss, client):
    scheme = make_scheme(budget_fen=30_000)
    got = make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    make_claim(scheme, state="waitlisted")
    facts = told(act(client, Claim, "refuse", got))
    assert facts["将释放锁定的补贴"] == "300 元"
    assert facts["候补"] == "递补 1 名(共 1 名候补)"


def test_a_payee_that_was_put_right_is_an_address(scheme, boss):
    claim = make_claim(scheme, trade_in=TradeInFactory(phone=None))
    allocate(scheme=scheme, now=NOW)
    approve_claims(claims=Claim.objects.all(), by=UserFactory(), now=NOW)
    only = Claim.objects.filter(pk=claim.pk)
    assert preview(ACTIONS["order_payment"], only, by=boss).left == {"no_address": 1}
    change = PayeeChange.objects.create(claim=claim, phone="+8613812345678", by=UserFactory(), at=NOW)
    assert preview(ACTIONS["order_payment"], only, by=boss).left == {"held": 1}
    change.claim.holds.update(cleared_at=NOW, cleared_by=UserFactory(), note="已电话核实")
    assert preview(ACTIONS["order_payment"], only, by=boss).moves == 1


# ------------------------------------------------------------------ on the list


def test_all_of_a_filtered_list_are_moved_though_the_page_names_only_one(client, scheme, boss):
    for _ in range(60):
        make_claim(scheme, state="review")
    other = make_claim(scheme)
    address = f"{url(Claim, 'changelist')}?state__exact=review"
    chosen = {
        "action": "ask_again",
        "select_across": "1",
        "_selected_action": [Claim.objects.filter(state="review").first().pk],
    }
    asked = client.post(address, chosen)
    assert told(asked)["将办理"] == "60 份"
    assert asked.content.decode().count('name="_selected_action"') == 1
    seen = asked.context["form"]["seen"].value()
    done = client.post(
        address, {**chosen, "confirmed": "1", "seen": seen, "reason": "system_is_back"}, follow=True
    )
    assert said(done) == ["重新询问两个系统：已办理 60 份。"]
    other.refresh_from_db()
    assert other.state == "eligible"


def test_a_selection_that_changed_meanwhile_is_shown_again_and_not_moved(client, scheme):
    first, second = make_claim(scheme), make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    asked = act(client, Claim, "approve", first, second)
    hold(second)
    old = asked.context["form"]["seen"].value()
    again = act(client, Claim, "approve", first, second, confirmed="1", seen=old)
    assert "名单在您查看之后有了变化" in again.content.decode()
    assert told(again)["不办理：暂缓中，须先解除"] == "1 份"
    assert not Claim.objects.filter(state="approved").exists()
    new = again.context["form"]["seen"].value()
    act(client, Claim, "approve", first, second, confirmed="1", seen=new)
    assert list(Claim.objects.filter(state="approved")) == [first]


@pytest.mark.parametrize("action", ["approve", "refuse", "hold", "clear_holds", "ask_again", "order_payment"])
def test_before_it_is_confirmed_nothing_moves(client, scheme, action):
    claim = make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    act(client, Claim, action, claim)
    claim.refresh_from_db()
    assert (claim.state, claim.holds.count()) == ("settled", 0)


def test_many_are_refused_for_reasons_and_with_a_note(client, scheme):
    claims = [make_claim(scheme) for _ in range(3)]
    allocate(scheme=scheme, now=NOW)
    assert "这个字段是必填项。" in confirm(client, Claim, "refuse", *claims).content.decode()
    answers = {"reasons": ["untrue_record", "no_plate"], "note": "查实"}
    assert said(confirm(client, Claim, "refuse", *claims, **answers)) == ["不予补贴：已办理 3 份。"]
    assert {tuple(claim.refusals) for claim in Claim.objects.all()} == {("no_plate", "untrue_record")}


def test_a_hold_is_placed_and_cleared_for_many(client, scheme):
    claims = [make_claim(scheme) for _ in range(3)]
    assert said(confirm(client, Claim, "hold", *claims, reason="report")) == ["暂缓发放：已办理 3 份。"]
    assert {(*hold.reasons, *hold.evidence) for hold in Hold.objects.all()} == {("report",)}
    answers = {"reason": "seen_on_site"}
    assert said(confirm(client, Claim, "clear_holds", *claims, **answers)) == ["解除暂缓：已办理 3 份。"]
    assert Hold.objects.filter(cleared_at=None).count() == 0


# ------------------------------------------------------------------ batches and the claim's page


def test_a_batch_with_a_held_claim_is_not_released_and_says_why(client, district):
    claim = district.grow()
    batch = district.pay(claim)
    hold(claim)
    asked = act(client, type(batch), "release", batch)
    assert told(asked)["不办理：其中有申请已被暂缓，须先解除、撤下或作废批次"] == "1 个批次"
    page = client.get(url(type(batch), "change", batch.pk))
    assert "其中有申请已被暂缓" in page.content.decode()
    address = reverse("staff-batch-verb", args=[batch.pk, "discard"])
    assert address in page.content.decode()
    assert reverse("staff-batch-verb", args=[batch.pk, "release"]) not in page.content.decode()


def test_a_batch_is_released_from_its_own_page(client, district):
    batch = district.pay(district.grow())
    address = reverse("staff-batch-verb", args=[batch.pk, "release"])
    seen = client.get(address).context["form"]["seen"].value()
    page = client.post(address, {"confirmed": "1", "seen": seen}, follow=True)
    assert said(page) == ["放行(发送给运营机构)：1 个批次。"]
    batch.refresh_from_db()
    assert batch.state == "released"


def test_what_is_held_in_the_very_moment_of_release_is_refused_by_the_database_and_said(
    client, district, monkeypatch
):
    claim = district.grow()
    batch = district.pay(claim)
    address = reverse("staff-batch-verb", args=[batch.pk, "release"])
    seen = client.get(address).context["form"]["seen"].value()

    def a_moment_too_early():
        none = open_holds().none()
        hold(claim)
        return none

    monkeypatch.setattr(payouts, "open_holds", a_moment_too_early)
    page = client.post(address, {"confirmed": "1", "seen": seen}, follow=True)
    assert said(page) == ["办理的同时情况有变，没有办理。请看过现在的情况再定。"]
    batch.refresh_from_db()
    assert batch.state == "draft"


def offered(role, claim):
    page = logged_in(make_staff(role)).get(url(Claim, "change", claim.pk))
    return {address.rstrip("/").rpartition("/")[2] for address, _title in page.context["verbs"]}


def test_a_claims_page_offers_what_this_person_may_do_now(scheme):
    claim = make_claim(scheme)
    allocate(scheme=scheme, now=NOW)
    ask = "demand_evidence"
    assert offered("reviewer", claim) == {"approve", ask, "hold", "refuse", "cancel"}
    assert offered("officer", claim) == {ask, "hold", "propose_refusal", "payee", "paper"}
    assert offered("finance", claim) == offered("auditor", claim) == set()
    hold(claim)
    assert offered("reviewer", claim) == {"clear_holds", ask, "refuse", "cancel"}
    assert offered("officer", claim) == {"clear_holds", ask, "payee", "paper"}


def test_a_claims_page_is_no_dump(client, district):
    claim = district.grow()
    district.pay(claim)
    html = client.get(url(Claim, "change", claim.pk)).content.decode()
    assert "{&#x27;" not in html
    assert "not_filed" not in html
    for text in ("锁定", "旧车不在备案非标电动自行车之列", "经过", "批次"):
        assert text in html


@pytest.mark.parametrize("pk", ["999999", "x"])
def test_a_page_of_nothing_leads_back(client, district, pk):
    for model in ("claim", "payoutbatch"):
        assert client.get(f"/admin/subsidies/{model}/{pk}/change/").status_code == 302
