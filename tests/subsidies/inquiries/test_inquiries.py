"""More evidence: asked of the shop by one person, supplied by the shop, looked at before anything goes on."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.urls import reverse

from core.models import User
from ebikes.models import TradeInPhoto
from merchants.models import Merchant
from subsidies.actions.services.staff_actions import ACTIONS, perform, preview
from subsidies.allocation.services.allocate import allocate
from subsidies.inquiries.services.answer import NothingAsked, answer_inquiry
from subsidies.models import Claim, Hold, NoticeMark, ShopAnswer
from subsidies.payouts.services.payouts import approve_claims
from subsidies.portal.services.tell_merchants import tell_merchants
from subsidies.review.services.hold_claims import clear_claims, demand_evidence
from tests.admin.district import logged_in
from tests.console import sql
from tests.factories import (
    NOW,
    AgentPointFactory,
    TradeInFactory,
    UserFactory,
    make_claim,
    make_member,
    make_scheme,
)
from tests.laid import laid
from tests.photos import jpeg

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


@laid
def settled():
    """A claim whose money is set aside, of which more is asked."""
    scheme = make_scheme()
    claim = make_claim(scheme, trade_in=TradeInFactory(agent_point=AgentPointFactory()))
    allocate(scheme=scheme, now=NOW)
    officer = UserFactory(username="officer-liu")
    demand_evidence(
        claims=Claim.objects.all(), by=officer, now=NOW, reasons=["wallet_page"], note="截图要看得清姓名"
    )
    return Claim.objects.get(pk=claim.pk)


@laid
def clerk(settled):
    return make_member(settled.trade_in.merchant)


def answered(claim, by, **more):
    return answer_inquiry(**{"claim": claim, "text": "已补", "photos": [], "by": by, "now": NOW, **more})


def test_a_held_claim_keeps_place_and_money_while_the_shop_is_asked(settled):
    assert settled.state == "settled"
    hold = settled.holds.get()
    assert (hold.kind, hold.reasons, hold.evidence) == (
        "inquiry",
        ["wallet_page"],
        {"due": "2022-09-27", "note": "截图要看得清姓名"},
    )
    assert approve_claims(claims=Claim.objects.all(), by=UserFactory(), now=NOW) == 0


def test_what_is_asked_already_is_not_asked_twice_and_again_after_it_was_cleared(settled):
    chosen, by = Claim.objects.all(), UserFactory()
    action = ACTIONS["demand_evidence"]
    assert preview(action, chosen, by=by).left == {"asked_already": 1}
    assert perform(action, chosen, by=by, now=NOW, reasons=["invoice_copy"]).count == 0
    clear_claims(claims=chosen, by=by, now=NOW, reasons=["asked_by_phone"])
    assert perform(action, chosen, by=by, now=NOW, reasons=["invoice_copy"]).count == 1


def test_whoever_asked_does_not_approve(settled):
    asker, other = User.objects.get(username="officer-liu"), UserFactory()
    clear_claims(claims=Claim.objects.all(), by=other, now=NOW, reasons=["seen_on_site"])
    assert preview(ACTIONS["approve"], Claim.objects.all(), by=asker).left == {"handled": 1}
    assert preview(ACTIONS["approve"], Claim.objects.all(), by=UserFactory()).moves == 1


def test_the_shop_sees_what_is_asked_and_supplies_it(settled, clerk):
    shop = logged_in(clerk)
    page = shop.get(reverse("portal-claim", args=[settled.pk])).content.decode()
    assert "截图要看得清姓名" in page
    assert "2022-09-27" in page
    assert "待补充材料" in shop.get(reverse("portal")).content.decode()
    address = reverse("claim-answer", args=[settled.pk])
    sent = {"text": "车主本人到店重拍", "kind": "invoice", "photo": SimpleUploadedFile("现场.jpg", jpeg())}
    assert shop.post(address, sent).status_code == 302
    answer = ShopAnswer.objects.get()
    assert (answer.text, answer.by) == ("车主本人到店重拍", clerk)
    assert TradeInPhoto.objects.get().pk == answer.photos[0]
    assert "待补充材料" not in shop.get(reverse("portal")).content.decode()
    assert settled.holds.open().exists()
    assert "车主本人到店重拍" in shop.get(address).content.decode()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"text": " ", "kind": "invoice"}, "请写明情况，或上传照片。"),
        ({"text": "好", "kind": "x"}, "x"),
        ({"text": "车主 13912345678", "kind": "invoice"}, "不能写证件号码、手机号或钱包编号"),
        ({"text": "好" * 501, "kind": "invoice"}, "500"),
    ],
)
def test_an_answer_that_says_nothing_is_asked_for_again_and_nothing_is_lost(settled, clerk, sent, said):
    page = logged_in(clerk).post(reverse("claim-answer", args=[settled.pk]), sent)
    assert page.status_code == 200
    assert said in page.content.decode()
    assert sent["text"].strip() in page.content.decode()
    assert not ShopAnswer.objects.exists()


def test_what_was_let_go_meanwhile_takes_no_answer(settled, clerk):
    clear_claims(claims=Claim.objects.all(), by=UserFactory(), now=NOW, reasons=["asked_by_phone"])
    with pytest.raises(NothingAsked):
        answered(settled, clerk)
    page = logged_in(clerk).get(reverse("claim-answer", args=[settled.pk]))
    assert page.headers["Location"] == reverse("portal-claim", args=[settled.pk])


def test_the_database_takes_no_answer_of_anybody_else_nor_to_anything_else(settled, clerk):
    with pytest.raises(DatabaseError, match="nothing is asked"):
        answered(settled, make_member(AgentPointFactory().merchant))


def test_nor_to_a_hold_of_another_kind(settled, clerk):
    other = Hold.objects.create(claim=settled, kind="burst", placed_at=NOW)
    with pytest.raises(DatabaseError, match="nothing is asked"):
        ShopAnswer.objects.create(hold=other, text="x", by=clerk, at=NOW)


def test_an_answer_stands_as_it_was_given(settled, clerk):
    answered(settled, clerk)
    with pytest.raises(DatabaseError):
        sql("UPDATE subsidies_shopanswer SET text = 'x'")


def test_shops_are_told_once_that_something_is_asked(settled, clerk):
    told = []

    def channel(merchant, sentence):
        told.append((merchant, sentence))

    last = settled.events.latest("pk").pk
    NoticeMark.objects.create(event_id=last, told_at=NOW - timedelta(hours=1))
    assert tell_merchants(channel=channel, now=LATER) == 1
    assert told == [(Merchant.objects.get(pk=settled.trade_in.merchant_id), told[0][1])]
    assert "待补充材料 1 份" in told[0][1]
    assert tell_merchants(channel=channel, now=LATER + timedelta(hours=1)) == 0
