"""What a merchant sees of its own claims, in every state and for every reason."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from subsidies.models import Claim, RecoveryReceipt
from subsidies.reasons import NEXT_STEPS, REASONS
from subsidies.states import ClaimState
from tests.admin.district import demanded
from tests.console import put_in, tamper, update
from tests.factories import NOW, MerchantFactory, UserFactory, local, make_claim, make_member, make_scheme
from tests.subsidies.pages.site import (
    ID_NO,
    checked,
    logged_in,
    page_of,
    queries_with,
    trade_in_of,
    who_it_is,
)

pytestmark = pytest.mark.django_db


def listed(client, **query):
    """The record numbers in the list, in its order."""
    response = client.get(reverse("portal-claims"), query)
    assert response.status_code == 200
    return re.findall(r'/portal/claims/\d+/">([^<]+)</a>', response.content.decode())


def test_the_list_holds_the_shops_own_claims_newest_first(claim, shop, clerk):
    second = make_claim(claim.scheme, trade_in=trade_in_of(shop))
    make_claim(claim.scheme, trade_in=trade_in_of(MerchantFactory(), id_no=None))
    assert listed(clerk) == [second.trade_in.record_no, claim.trade_in.record_no]


def test_the_list_is_narrowed_by_state(claim, shop, clerk):
    waiting = make_claim(claim.scheme, state="review", trade_in=trade_in_of(shop))
    assert listed(clerk, state="review") == [waiting.trade_in.record_no]
    assert listed(clerk, state="paid") == []
    assert len(listed(clerk, state="no such state")) == 2


@pytest.mark.parametrize("by", ["record_no", "filing_plate_no", "digital_plate_no"])
def test_the_list_is_searched_by_number_or_either_plate(claim, shop, clerk, by):
    make_claim(claim.scheme, trade_in=trade_in_of(shop))
    text = getattr(claim.trade_in, by)
    for spelled in (text, f" {text.lower()} ", " ".join(text)):
        assert listed(clerk, q=spelled) == [claim.trade_in.record_no]
    assert listed(clerk, q=text[:-1]) == []


def test_a_plate_is_found_with_the_dot_that_is_printed_on_it(claim, clerk):
    number = claim.filing_plate_no
    assert listed(clerk, q=f"{number[:2]}·{number[2:]}") == [claim.trade_in.record_no]


def test_a_search_never_reaches_another_shops_claims(claim):
    other = logged_in(make_member(MerchantFactory()))
    assert listed(other, q=claim.trade_in.record_no) == []


@pytest.mark.parametrize("q", ["%", "'", "x" * 5000])
def test_any_search_gets_an_answer(claim, clerk, q):
    assert listed(clerk, q=q) == []


def test_a_page_out_of_range_is_the_nearest_one(claim, shop, clerk):
    for _ in range(30):
        make_claim(claim.scheme, trade_in=trade_in_of(shop, id_no=None))
    for page, shown in {"1": "1 / 2", "2": "2 / 2", "99": "2 / 2", "0": "2 / 2", "x": "1 / 2"}.items():
        assert shown in clerk.get(reverse("portal-claims"), {"page": page}).content.decode()


def test_turning_the_page_keeps_the_filter(claim, shop, clerk):
    for _ in range(31):
        make_claim(claim.scheme, trade_in=trade_in_of(shop, id_no=None))
    html = clerk.get(reverse("portal-claims"), {"state": "eligible"}).content.decode()
    assert "?state=eligible&amp;page=2" in html


def test_the_list_masks_names(claim, clerk):
    html = clerk.get(reverse("portal-claims")).content.decode()
    assert "欧***" in html
    assert not who_it_is(html)


def test_the_list_costs_the_same_for_three_claims_and_for_thirty(claim, shop, clerk):
    def make():
        make_claim(claim.scheme, trade_in=trade_in_of(shop, id_no=None))

    assert queries_with(2, make, clerk, reverse("portal-claims")) == queries_with(
        27, make, clerk, reverse("portal-claims")
    )


@pytest.mark.parametrize("state", [state for state in ClaimState if state != ClaimState.REFUSED])
def test_a_claim_in_any_state_says_what_comes_next(claim, clerk, state):
    put_in(claim, state)
    html = page_of(clerk, claim)
    assert str(ClaimState(state).label) in html
    assert str(NEXT_STEPS[state]) in html
    assert not who_it_is(html)


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_a_refused_claim_says_why_and_what_to_do(claim, clerk, reason):
    put_in(claim, "refused")
    tamper(update(claim, f"refusals = '{{{reason}}}'"))
    html = page_of(clerk, claim)
    assert str(REASONS[reason].title) in html
    assert str(REASONS[reason].remedy) in html


def test_a_claim_that_was_never_checked_has_a_page(shop, clerk):
    claim = make_claim(make_scheme(), state="received", trade_in=trade_in_of(shop))
    assert "尚未得到答复" in page_of(clerk, claim)


def test_a_claim_outside_every_stage_has_a_page(shop, clerk):
    claim = make_claim(
        make_scheme(), state="received", completed_at=local("2022-12-01 12:00:00"), trade_in=trade_in_of(shop)
    )
    assert "完成时间不在任何补贴阶段内" in page_of(clerk, claim)


def test_a_claim_costs_the_same_among_three_and_among_thirty(claim, shop, clerk):
    def make():
        checked(make_claim(claim.scheme, trade_in=trade_in_of(shop, id_no=None)))

    url = reverse("portal-claim", args=[claim.pk])
    assert queries_with(2, make, clerk, url) == queries_with(27, make, clerk, url)


def test_what_people_typed_is_shown_and_never_run(claim, clerk):
    tamper(
        "UPDATE ebikes_tradein SET remark = '<b>王', record_no = '<script>1</script>' WHERE id = %s",
        claim.trade_in_id,
    )
    for url in (reverse("portal-claims"), reverse("portal-claim", args=[claim.pk])):
        html = clerk.get(url).content.decode()
        assert "<script>1" not in html
        assert "&lt;script&gt;" in html


def test_another_language_is_chosen_on_the_page_only(claim, clerk):
    assert (
        'lang="zh-hans"'
        in clerk.get(reverse("portal-claims"), headers={"accept-language": "en"}).content.decode()
    )
    clerk.post(reverse("set_language"), {"language": "en", "next": "/"})
    assert 'lang="en"' in clerk.get(reverse("portal-claims")).content.decode()


def test_there_are_as_many_claims_as_the_heading_says(claim, clerk):
    assert "共 1 份申请" in clerk.get(reverse("portal-claims")).content.decode()
    assert Claim.objects.count() == 1


def test_the_shop_and_the_owner_see_what_is_demanded_back_and_how_much_is_open(claim, clerk):
    demanded(claim, still=True)
    RecoveryReceipt.objects.update(state="confirmed", decided_by=UserFactory(), decided_at=NOW)
    number = claim.recoveries.get().number
    shop = page_of(clerk, claim)
    looked_up = {"record_no": claim.trade_in.record_no, "id_end": ID_NO[-4:]}
    owner = Client().post(reverse("home"), looked_up).content.decode()
    for html in (shop, owner):
        for told in (number, "1 元", "0.40 元", "0.60 元"):
            assert told in html, told


@pytest.mark.parametrize("state", ["proposed", "declined", "dropped"])
def test_what_is_not_demanded_is_not_told(claim, clerk, state):
    demanded(claim)
    number = "number" if state == "dropped" else "NULL"
    ended = "NULL" if state == "proposed" else "now()"
    tamper(
        f"UPDATE subsidies_recoverycase SET state = '{state}', number = {number}, ended_at = {ended},"
        f" serial = {'serial' if state == 'dropped' else 'NULL'}"
    )
    assert "追回通知书" not in page_of(clerk, claim)


def test_once_money_is_set_aside_a_clerk_is_told_whose_it_is_and_nothing_happens(claim, clerk):
    page = page_of(clerk, claim)
    assert "由门店负责人办理" in page
    assert reverse("claim-withdraw", args=[claim.pk]) not in page
    for name in ("claim-withdraw", "claim-payee", "claim-correct"):
        response = clerk.post(
            reverse(name, args=[claim.pk]), {"note": "退车", "wallet_no": "6217000011112222"}, follow=True
        )
        assert "须由门店负责人办理" in response.content.decode()
    claim.refresh_from_db()
    assert (claim.state, claim.payee_changes.count()) == ("settled", 0)


def test_the_owner_withdraws_it_with_a_reason(claim, shop):
    owner, address = logged_in(make_member(shop, "owner")), reverse("claim-withdraw", args=[claim.pk])
    assert "errorlist" in owner.post(address, {"note": " "}).content.decode()
    owner.post(address, {"note": "车主退车"})
    claim.refresh_from_db()
    assert (claim.state, claim.events.latest("pk").note) == ("cancelled", "车主退车")
