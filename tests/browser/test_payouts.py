"""Finance on the phone: evidence is brought for a payment in doubt, and payouts that were stopped go on."""

import pytest
from django.urls import reverse

from subsidies.models import LineEvidence, PayoutStop
from subsidies.payouts.services.evidence import decide_evidence
from subsidies.payouts.services.stops import keep_book, stop_sending
from tests.admin.district import District, doubted_payment
from tests.factories import NOW, UserFactory, make_staff


@pytest.fixture
def finance():
    return make_staff("finance")


def test_evidence_is_brought_and_what_is_missing_is_said(page, enter, accessible, finance):
    line = doubted_payment(District())
    decide_evidence(evidence=line.evidence.get(), accept=False, by=UserFactory(), now=NOW)
    enter(page, finance)
    page.goto(reverse("staff-line-evidence", args=[line.pk]))
    accessible(page)
    page.get_by_label("结果").select_option(label="失败")
    page.get_by_label("对账单流水号或凭证号").fill("LS-9")
    page.get_by_label("说明").fill("运营机构来函")
    page.get_by_role("button", name="确认").click()
    page.get_by_text("失败的付款须选择原因。").wait_for()
    accessible(page)
    page.get_by_label("失败原因").select_option(label="钱包已注销")
    page.get_by_role("button", name="确认").click()
    page.get_by_text("凭证已提出，须由另一位财务人员核准后生效。").wait_for()
    accessible(page)
    assert LineEvidence.objects.latest("pk").fail_reason == "WALLET_CLOSED"


def test_what_was_read_back_is_confirmed(page, enter, accessible, finance):
    stop = stop_sending(why=PayoutStop.Why.BY_HAND, detail="演练", by=None, now=NOW)
    keep_book(stop=stop, lines=[], by=UserFactory(), now=NOW)
    enter(page, finance)
    page.goto(reverse("admin:index"))
    page.get_by_role("listitem").filter(has_text="发放已停止").get_by_role("link").click()
    page.get_by_text("请逐项核对").wait_for()
    accessible(page)
    page.get_by_label("说明").fill("两边一致")
    page.get_by_role("button", name="确认").click()
    page.get_by_text("须由另一位财务人员再次确认").first.wait_for()
    stop.refresh_from_db()
    assert stop.first_by == finance
