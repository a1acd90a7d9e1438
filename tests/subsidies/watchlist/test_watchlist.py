"""The fraud list: two people put somebody on it and take somebody off; what matches is held, with the reason."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from core.decisions import unmarked
from core.privacy.sealing import blind_index
from core.shanghai import today
from merchants.models import Merchant
from subsidies.marked import WATCH_CONFIRMED, WATCH_LIFTED, WATCH_PROPOSED
from subsidies.models import Hold, PayeeChange, WatchEntry
from subsidies.review.hold_wording import hold_in_words
from subsidies.review.services.sweep_signals import sweep_signals
from subsidies.watchlist.services.entries import (
    Decided,
    ListedAlready,
    Named,
    OwnEntry,
    confirm_entry,
    confirm_lift,
    decline_lift,
    propose_entry,
    propose_lift,
)
from tests.admin.district import logged_in, said
from tests.console import sql
from tests.factories import (
    NOW,
    AgentPointFactory,
    MerchantFactory,
    OwnerFactory,
    TradeInFactory,
    UserFactory,
    make_claim,
    make_scheme,
    make_staff,
)
from tests.laid import laid

pytestmark = pytest.mark.django_db
ID_NO, PHONE, WALLET = "33010519491231002X", "+8613912345678", "6222000011112222"
K, R = WatchEntry.Kind, WatchEntry.Reason
LISTED = Hold.Kind.LISTED


@laid
def claim():
    """A claim by which each kind of entry can be met."""
    record = TradeInFactory(owner=OwnerFactory(id_no=ID_NO), phone=PHONE, wallet_no=WALLET)
    there = make_claim(make_scheme(), trade_in=record)
    make_claim(there.scheme)
    return there


def named(kind, claim, until=date(2022, 12, 31)):
    value = {K.PERSON: ID_NO, K.PHONE: PHONE, K.WALLET: WALLET}.get(kind, "")
    shop = claim.trade_in.merchant if kind == K.SHOP else None
    return Named(kind, R.REPORT, "12345 热线转办", until, value=value, merchant=shop)


def listed(kind, claim, **more):
    entry = propose_entry(named=named(kind, claim, **more), by=UserFactory(), now=NOW)
    confirm_entry(entry=entry, by=UserFactory(), now=NOW)
    return WatchEntry.objects.get(pk=entry.pk)


def held(claim):
    return claim.holds.open().filter(kind=LISTED)


@pytest.mark.parametrize("kind", list(K))
def test_what_matches_is_held_once_another_person_confirms(claim, kind):
    entry = propose_entry(named=named(kind, claim), by=UserFactory(), now=NOW)
    sweep_signals(now=NOW, whole=True)
    assert not Hold.objects.filter(kind=LISTED).exists()
    assert confirm_entry(entry=entry, by=UserFactory(), now=NOW) == 1
    (hold,) = held(claim)
    assert hold_in_words(hold) == [f"在待查名单上：{K(kind).label}(举报投诉，待执法核查)。"]
    assert Hold.objects.filter(kind=LISTED).count() == 1
    for mark in (WATCH_PROPOSED, WATCH_CONFIRMED):
        assert unmarked(mark, [entry.pk]) == set()


@pytest.mark.parametrize("kind", list(K))
def test_what_comes_later_is_held_by_the_sweep(claim, kind):
    for_kind = {
        K.PERSON: {"owner": claim.owner},
        K.PHONE: {"phone": PHONE},
        K.WALLET: {"wallet_no": WALLET},
        K.SHOP: {"agent_point": claim.trade_in.agent_point},
    }
    listed(kind, claim)
    late = make_claim(claim.scheme, trade_in=TradeInFactory(**for_kind[kind]))
    other = make_claim(claim.scheme)
    sweep_signals(now=NOW)
    assert (held(late).count(), held(other).count()) == (1, 0)


def test_a_payee_that_was_changed_to_a_listed_wallet_is_held(claim):
    listed(K.WALLET, claim)
    other = make_claim(claim.scheme)
    PayeeChange.objects.create(
        claim=other,
        wallet_no=WALLET,
        wallet_index=blind_index(WALLET, context="wallet_no"),
        by=UserFactory(),
        at=NOW,
    )
    sweep_signals(now=NOW)
    assert held(other).exists()


def test_what_has_expired_or_was_lifted_holds_nothing_more(claim):
    listed(K.PHONE, claim, until=NOW.date())
    entry = listed(K.WALLET, claim)
    propose_lift(entry=entry, by=UserFactory(), now=NOW, note="查无实据")
    late = make_claim(claim.scheme, trade_in=TradeInFactory(wallet_no=WALLET))
    sweep_signals(now=NOW)
    assert held(late).exists()  # not before another person confirms
    confirm_lift(entry=entry, by=UserFactory(), now=NOW)
    assert unmarked(WATCH_LIFTED, [entry.pk]) == set()
    later = make_claim(claim.scheme, trade_in=TradeInFactory(wallet_no=WALLET, phone=PHONE))
    sweep_signals(now=NOW + timedelta(days=1))
    assert not held(later).exists()
    assert held(claim).exists()


def test_nobody_does_both_halves(claim):
    one, other = UserFactory(), UserFactory()
    entry = propose_entry(named=named(K.PHONE, claim), by=one, now=NOW)
    with pytest.raises(OwnEntry):
        confirm_entry(entry=entry, by=one, now=NOW)
    with pytest.raises(DatabaseError, match="an_entry_has_two_people"), transaction.atomic():
        sql(
            "UPDATE subsidies_watchentry SET state = 'confirmed', decided_at = now(), decided_by_id = %s",
            one.pk,
        )
    confirm_entry(entry=entry, by=other, now=NOW)
    propose_lift(entry=entry, by=one, now=NOW, note="误列")
    with pytest.raises(OwnEntry):
        confirm_lift(entry=entry, by=one, now=NOW)
    with pytest.raises(DatabaseError, match="lifted_by_two_people"), transaction.atomic():
        sql("UPDATE subsidies_watchentry SET state = 'lifted', lifted_at = now(), lifted_by_id = %s", one.pk)
    decline_lift(entry=entry, by=other, now=NOW, note="仍须核查")
    assert WatchEntry.objects.get().state == "confirmed"


def test_the_same_is_listed_once_and_what_it_says_stands(claim):
    entry = listed(K.PHONE, claim)
    with pytest.raises(ListedAlready):
        propose_entry(named=named(K.PHONE, claim), by=UserFactory(), now=NOW)
    with pytest.raises(Decided):
        confirm_entry(entry=entry, by=UserFactory(), now=NOW)
    with pytest.raises(DatabaseError, match="says what it said"):
        sql("UPDATE subsidies_watchentry SET expires_on = '2020-01-01'")


def test_an_entry_is_made_on_the_pages_and_gives_nobody_away(claim):
    desk, bench = logged_in(make_staff("officer")), logged_in(make_staff("reviewer"))
    typed = {
        "confirmed": "1",
        "kind": "phone",
        "value": "139 1234 5678",
        "reason": "report",
        "expires_on": today() + timedelta(days=90),
        "note": "12345 热线转办",
    }
    page = desk.post(reverse("staff-watch-new"), typed, follow=True)
    assert said(page) == ["已提出，须由另一人确认后生效。"]
    assert "13912345678" not in page.content.decode()
    assert "12345 热线转办" in page.content.decode()
    entry = WatchEntry.objects.get()
    assert entry.value == PHONE
    confirm = reverse("staff-watch-verb", args=[entry.pk, "confirm"])
    assert desk.post(confirm, {"confirmed": "1"}).status_code == 403
    seen = bench.get(confirm).context["form"]["seen"].value()
    done = bench.post(confirm, {"confirmed": "1", "seen": seen}, follow=True)
    assert said(done) == ["已列入名单，暂缓 1 份申请。"]
    assert held(claim).exists()


def test_a_shop_is_listed_by_its_name_and_its_later_claims_are_held(claim):
    desk, shop = logged_in(make_staff("officer")), claim.trade_in.merchant
    Merchant.objects.filter(pk=shop.pk).update(name="绿源湖墅店")
    MerchantFactory(name="绿源湖墅二店")
    risk = desk.get(reverse("staff-merchant-risk", args=[shop.pk])).content.decode()
    address = f"{reverse('staff-watch-new')}?shop={shop.pk}"
    assert address in risk
    assert f'value="{shop.uscc}"' in desk.get(address).content.decode()
    typed = {"confirmed": "1", "kind": "shop", "reason": "case", "expires_on": today(), "note": "立案"}
    several = desk.post(address, {**typed, "shop": "绿源湖墅"})
    assert "有 2 家商户相符，请选择一家。" in several.content.decode()
    desk.post(address, {**typed, "shop": "绿源湖墅", "chosen": shop.pk})
    entry = WatchEntry.objects.get()
    assert entry.merchant == shop
    confirm_entry(entry=entry, by=UserFactory(), now=NOW)
    later = make_claim(
        claim.scheme, trade_in=TradeInFactory(agent_point=AgentPointFactory(merchant=shop)), state="eligible"
    )
    sweep_signals(now=NOW)
    assert held(later).exists()


def test_whoever_proposed_an_entry_withdraws_it_and_nobody_else_does(claim):
    officer = make_staff("officer")
    entry = propose_entry(named=named(K.PHONE, claim), by=officer, now=NOW)
    address = reverse("staff-watch-verb", args=[entry.pk, "withdraw"])
    assert logged_in(make_staff("officer")).get(address).status_code == 403
    desk = logged_in(officer)
    assert address in desk.get(reverse("staff-watchlist")).content.decode()
    seen = desk.get(address).context["form"]["seen"].value()
    desk.post(address, {"confirmed": "1", "seen": seen, "note": "弄错了"})
    assert WatchEntry.objects.get().state == "declined"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"value": "12"}, "号码不正确"),
        ({"kind": "person", "value": "330105194912310021"}, "号码不正确"),
        ({"kind": "shop", "shop": "x"}, "没有找到这家商户"),
        ({"expires_on": "2001-01-01"}, "有效期须在今天到两年之内。"),
        ({"note": ""}, "这个字段是必填项。"),
        ({"reason": ""}, "这个字段是必填项。"),
    ],
)
def test_what_is_typed_wrongly_is_said_in_a_sentence(changed, sentence):
    MerchantFactory()
    typed = {"confirmed": "1", "kind": "phone", "value": "13912345678", "reason": "report", "note": "x"}
    address = reverse("staff-watch-new")
    page = logged_in(make_staff("officer")).post(address, {**typed, "expires_on": today(), **changed})
    assert sentence in page.content.decode()
    assert not WatchEntry.objects.exists()
