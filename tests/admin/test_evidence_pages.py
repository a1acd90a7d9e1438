"""Payments in doubt, as finance settles them: brought by one, accepted by another, shown to both."""

import pytest
from django.urls import reverse

from subsidies.models import LineEvidence, PayoutBatch
from tests.admin.district import declined_order, doubted_payment, logged_in, url, who_it_is
from tests.console import tamper
from tests.factories import make_staff
from tests.laid import laid

pytestmark = pytest.mark.django_db


@laid
def line(district):
    return doubted_payment(district)


@laid
def evidence(line):
    return line.evidence.get()


@laid
def finance():
    return logged_in(make_staff("finance"))


def bring(client, line, **typed):
    filled = {
        "outcome": "success",
        "statement_no": "LS-9",
        "paid_at": "2022-09-19T10:00",
        "note": "逐笔核对",
    } | typed
    return client.post(
        reverse("staff-line-evidence", args=[line.pk]), {"confirmed": "1", **filled}, follow=True
    )


def decide(client, evidence, verb="accept"):
    return client.post(
        reverse("staff-evidence", args=[evidence.pk, verb]), {"confirmed": "1", "note": ""}, follow=True
    )


def test_the_batch_s_page_tells_what_is_in_doubt_and_what_was_found(finance, line):
    response = finance.get(url(PayoutBatch, "change", line.batch_id))
    page = response.content.decode()
    assert "无法理解的状态：WAIT_PAY" in page
    assert reverse("staff-line-evidence", args=[line.pk]) in page
    assert "LS-7" in page
    assert reverse("staff-evidence", args=[line.evidence.get().pk, "accept"]) in page
    assert not who_it_is(response)


def test_whoever_only_looks_is_offered_nothing(line):
    page = logged_in(make_staff("auditor")).get(url(PayoutBatch, "change", line.batch_id)).content.decode()
    assert "LS-7" in page
    assert reverse("staff-line-evidence", args=[line.pk]) not in page
    assert reverse("staff-evidence", args=[line.evidence.get().pk, "accept"]) not in page


def test_another_person_accepts_and_it_is_paid(finance, line, evidence):
    page = decide(finance, evidence).content.decode()
    assert "凭证已核准" in page
    line.refresh_from_db()
    line.claim.refresh_from_db()
    assert (line.state, line.claim.state) == ("success", "paid")


def test_another_person_declines_and_nothing_moves(finance, line, evidence):
    assert "仍待查" in decide(finance, evidence, "decline").content.decode()
    line.refresh_from_db()
    assert line.state == "unknown"
    assert LineEvidence.objects.get().state == "declined"


def test_whoever_brought_it_is_not_offered_to_accept_it(line):
    person = make_staff("finance")
    client = logged_in(person)
    tamper("UPDATE subsidies_lineevidence SET proposed_by_id = %s", person.pk)
    found = line.evidence.get()
    page = client.get(url(PayoutBatch, "change", line.batch_id)).content.decode()
    assert reverse("staff-evidence", args=[found.pk, "accept"]) not in page
    assert "不能自己核准" in client.get(reverse("staff-evidence", args=[found.pk, "accept"])).content.decode()
    assert decide(client, found).status_code == 403


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"paid_at": ""}, "成功的付款须填写付款时间"),
        ({"paid_at": "2999-01-01T10:00"}, "付款时间晚于现在"),
        ({"outcome": "failed", "paid_at": ""}, "失败的付款须选择原因"),
        ({"outcome": ""}, "必填"),
        ({"statement_no": ""}, "必填"),
        ({"note": ""}, "必填"),
    ],
    ids=["no time", "a time to come", "no reason", "no outcome", "no number", "no note"],
)
def test_what_is_missing_is_said_and_nothing_typed_is_lost(finance, line, evidence, typed, said):
    decide(finance, evidence, "decline")
    page = bring(finance, line, **typed).content.decode()
    assert said in page
    assert LineEvidence.objects.count() == 1
    if "statement_no" not in typed:
        assert "LS-9" in page


def test_it_is_brought_once(finance, line):
    assert "已有一份凭证等待核准" in bring(finance, line).content.decode()


def test_a_failure_is_brought_with_its_reason(finance, line, evidence):
    decide(finance, evidence, "decline")
    bring(finance, line, outcome="failed", paid_at="", fail_reason="WALLET_CLOSED")
    found = LineEvidence.objects.latest("pk")
    assert (found.outcome, found.fail_reason, found.paid_at) == ("failed", "WALLET_CLOSED", None)


def test_a_declined_order_is_taken_apart_on_its_page(finance, district):
    batch = declined_order(district)
    page = finance.get(url(PayoutBatch, "change", batch.pk)).content.decode()
    assert "HTTP 400 INVALID" in page
    address = reverse("staff-batch-verb", args=[batch.pk, "take_apart"])
    assert address in page
    seen = finance.get(address).context["form"]["seen"].value()
    finance.post(address, {"confirmed": "1", "seen": seen, "note": "更正付款方名称"})
    batch.refresh_from_db()
    assert (batch.state, batch.lines.get().claim.state) == ("discarded", "approved")


def test_the_home_page_leads_to_each(finance, district, line):
    declined_order(district)
    page = finance.get(reverse("admin:index")).content.decode()
    for title in ("发放结果存疑，待核实", "待核准的发放凭证", "运营机构不受理的批次"):
        assert title in page
    doubtful = finance.get(f"{reverse('admin:subsidies_payoutline_changelist')}?doubt__gt=").content.decode()
    assert line.request_no in doubtful
