"""The year's plan beside what was drawn, in lots and in money; a report is kept as it was sent."""

from datetime import date

import pytest
from django.urls import reverse

from merchants.models import LotReport, SamplingLot, SamplingPlan
from merchants.supervision.resources import SamplingLotResource
from tests.admin.district import logged_in, said, url
from tests.console import refused, update
from tests.factories import MerchantFactory, make_staff
from tests.laid import laid
from tests.photos import EXECUTABLE, jpeg, upload

pytestmark = pytest.mark.django_db
DAY = date(2022, 3, 10)
PDF = b"%PDF-1.7\nreport\n%%EOF"


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@laid
def client():
    return logged_in(make_staff("merchant_manager"))


@laid
def lot():
    return SamplingLot.objects.create(
        kind="e_bike", merchant=MerchantFactory(), sampled_on=DAY, failed=1, result="failed", report_no="J1"
    )


def test_the_plan_of_the_year_stands_beside_what_was_drawn(client, lot):
    """The figures of the half-year report: 250,000 yuan, 78 lots in 13 categories, of which 53 in 9 were drawn."""
    inline = {"categories-TOTAL_FORMS": "13", "categories-INITIAL_FORMS": "0"}
    drawn = [8, 10, 5, 5, 5, 5, 5, 5, 5, 0, 0, 0, 0]
    planned = [8, 10, 5, 5, 5, 5, 5, 5, 5, 10, 5, 5, 5]
    rows = {f"categories-{n}-title": f"类别 {n}" for n in range(13)}
    rows |= {f"categories-{n}-lots": lots for n, lots in enumerate(planned)}
    plan = {"year": "2022", "document": "2022年度产品质量监督抽查工作方案", "budget": "250000"}
    client.post(url(SamplingPlan, "add"), {**plan, **inline, **rows, "note": ""})
    made = SamplingPlan.objects.get()
    for category, lots in zip(made.categories.all(), drawn, strict=True):
        if lots:
            category.sampled.create(kind="other", sampled_on=DAY, lots=lots, cost_fen=lots * 300_000)
    SamplingLot.objects.filter(pk=lot.pk).update(cost_fen=100_050)  # beyond the plan
    context = client.get(reverse("staff-sampling", args=[2022])).context
    assert made.budget_fen == 25_000_000
    assert (context["planned"], context["drawn"], context["touched"]) == (78, 53, 9)
    assert (context["budget"], context["spent"], context["left"]) == ("250,000", "160,000.50", "89,999.50")
    assert (context["beyond"].drawn, context["beyond"].failed, context["unpriced"]) == (1, 1, 0)
    assert client.get(reverse("staff-sampling", args=[2023])).status_code == 404


def test_a_lot_knows_what_it_is_who_made_it_and_what_it_cost(client):
    lot = {"kind": "e_bike", "purpose": "routine", "lots": "1", "failed": "1", "result": "failed"}
    told = {
        "model_no": "TDT001Z",
        "maker": "某车业",
        "laboratory": "市质检院",
        "failing": "制动性能",
        "cost": "1500.5",
    }
    days = {"sampled_on": DAY, "reported_on": date(2022, 3, 9), "report_no": "J1"}
    wrong = client.post(url(SamplingLot, "add"), {**lot, **told, **days})
    assert "报告日期须在抽样日期至今天之间" in wrong.content.decode()
    client.post(url(SamplingLot, "add"), {**lot, **told, **days, "reported_on": DAY})
    made = SamplingLot.objects.get()
    assert (made.maker, made.cost_fen, made.failing) == ("某车业", 150_050, "制动性能")
    page = logged_in(make_staff("auditor")).get(url(SamplingLot, "change", made.pk)).content.decode()
    assert "1,500.50" in page
    table = SamplingLotResource()
    (row,) = table.values(SamplingLot.objects.all(), personal=False)
    taken_away = dict(zip(table.headers(), map(str, row), strict=True))
    assert {"TDT001Z", "某车业", "市质检院", "制动性能", "1500.50", "J1"} <= set(taken_away.values())


@pytest.mark.parametrize("content", [PDF, jpeg()])
def test_a_report_sent_twice_is_one_and_comes_back_as_it_was(client, lot, content):
    page = reverse("staff-lot-report-new", args=[lot.pk])
    for _time in range(2):
        client.post(page, {"report": upload(content, "报告.pdf")})
    report = LotReport.objects.get()
    shown = client.get(reverse("staff-lot-report", args=[report.pk]))
    assert shown.headers["Content-Disposition"].startswith("attachment")
    assert shown.content.startswith(content[:3])
    assert refused(update(report, "lot_id = lot_id"), because="only added")


@pytest.mark.parametrize(
    ("sent", "sentence"), [({}, "请选择检验报告"), ({"report": upload(EXECUTABLE)}, "不是照片")]
)
def test_what_is_no_report_is_refused_in_a_sentence(client, lot, sent, sentence):
    (told,) = said(client.post(reverse("staff-lot-report-new", args=[lot.pk]), sent, follow=True))
    assert sentence in told
    assert not LotReport.objects.exists()


def test_who_only_looks_adds_no_report(lot):
    page = reverse("staff-lot-report-new", args=[lot.pk])
    auditor = logged_in(make_staff("auditor"))
    assert auditor.get(page).status_code == 200
    assert auditor.post(page, {"report": upload(PDF)}).status_code == 403
