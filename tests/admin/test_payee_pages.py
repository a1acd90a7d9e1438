"""Staff put a payee right on proof; another person looks, and only then is it approved and paid."""

import pytest
from django.urls import reverse

from core.staff.ask_first import EFFECT_CHANGED
from subsidies.actions.pages import questions
from subsidies.allocation.services.allocate import allocate
from subsidies.claims.services.change_payee import change_payee
from subsidies.models import Claim, PayeeChange
from subsidies.review.services.holds import lock_claims
from tests.admin.district import act, logged_in, url, who_it_is
from tests.console import put_in
from tests.factories import NOW, make_staff
from tests.laid import laid

pytestmark = pytest.mark.django_db

WALLET = "6217000011112222"
PROOF = "本人到场出示身份证和钱包页面"


@laid
def officer():
    return make_staff("officer")


@pytest.fixture
def claim(district):
    claim = district.grow()
    allocate(scheme=district.scheme, now=NOW)
    claim.refresh_from_db()
    return claim


def change(client, claim, **typed):
    filled = {"wallet_no": WALLET, "wallet_operator": "农业银行", "phone": "", "note": PROOF} | typed
    return client.post(
        reverse("staff-claim-payee", args=[claim.pk]), {"confirmed": "1", **filled}, follow=True
    )


def test_it_is_changed_on_proof_and_waits_for_another_person(officer, claim):
    response = change(logged_in(officer), claim)
    assert "须由另一人向车主核实" in response.content.decode()
    made = PayeeChange.objects.get()
    assert (made.wallet_no, made.by, made.note) == (WALLET, officer, PROOF)
    assert claim.holds.get().kind == "payee"
    page = logged_in(make_staff("officer")).get(reverse("staff-case", args=[claim.pk])).content.decode()
    assert "锁定补贴之后，收款钱包或手机号被更正" in page


def test_the_claims_page_leads_there_whoever_decides(officer, claim):
    address = reverse("staff-claim-payee", args=[claim.pk])
    assert address in logged_in(officer).get(url(Claim, "change", claim.pk)).content.decode()
    for role in ("reviewer", "finance", "auditor"):
        assert address not in logged_in(make_staff(role)).get(url(Claim, "change", claim.pk)).content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"note": ""}, "必填"),
        ({"wallet_no": ""}, "至少填一项"),
        ({"wallet_no": "62"}, "钱包"),
        ({"phone": "12"}, "手机号"),
    ],
    ids=["no proof", "nothing", "no wallet number", "no phone number"],
)
def test_what_is_wrong_is_said_and_nothing_changes(officer, claim, typed, said):
    page = change(logged_in(officer), claim, **typed).content.decode()
    assert said in page
    assert not PayeeChange.objects.exists()


@pytest.mark.parametrize("state", ["in_payout", "paid", "refused"])
def test_too_late_is_said_before_anything_is_typed(officer, claim, state):
    put_in(claim, state)
    page = logged_in(officer).get(reverse("staff-claim-payee", args=[claim.pk])).content.decode()
    assert "不能再改收款信息" in page
    assert 'name="wallet_no"' not in page


def test_what_is_let_go_is_what_was_seen_though_it_is_changed_at_that_very_moment(
    officer, claim, monkeypatch
):
    """The officer's second change comes between the look of the colleague's request and its decision."""
    change(logged_in(officer), claim)
    colleague = logged_in(make_staff("reviewer"))
    seen = str(act(colleague, Claim, "clear_holds", claim).context["form"]["seen"].value())

    def lock_after_another_was_quicker(claims):
        change_payee(claim=claim, cells={"wallet_no": "6217000011113333"}, by=officer, now=NOW)
        lock_claims(claims)

    monkeypatch.setattr(questions, "lock_claims", lock_after_another_was_quicker)
    page = act(
        colleague, Claim, "clear_holds", claim, confirmed="1", seen=seen, reason="asked_by_phone", note=""
    )
    assert str(EFFECT_CHANGED) in page.content.decode()
    assert claim.holds.get(kind="payee").cleared_at is None


def test_what_is_shown_of_the_payee_is_masked(officer, claim):
    assert not who_it_is(logged_in(officer).get(reverse("staff-claim-payee", args=[claim.pk])))


def test_a_case_is_not_let_go_for_a_payee_that_nobody_saw(officer, claim):
    """Changed once more while the page was open: the hold is the same, what it is about is not."""
    change(logged_in(officer), claim)
    other = logged_in(make_staff("officer"))
    address = reverse("staff-case", args=[claim.pk])
    mark = other.get(address).context["mark"]
    change(logged_in(make_staff("officer")), claim, wallet_no="6217000011113333")
    other.post(
        address,
        {"verb": "clear_holds", "mark": mark, "clear_holds-reason": "asked_by_phone", "clear_holds-note": ""},
    )
    assert claim.holds.get().cleared_at is None
