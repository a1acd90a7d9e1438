"""Finance's first day of a month, on its pages: close, confirm, take the vouchers away, ask for the money."""

from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from core.models import AuditEntry
from subsidies.closing.services.close import close_month
from subsidies.closing.shipped import ACCOUNTS, REQUEST, VOUCHER
from subsidies.models import ClosingRule, PaymentRequest, PayoutBatch, PayoutStop, Period
from subsidies.payouts.services.stops import stop_sending
from tests.admin.district import AFTERWARDS, MONTH, District, logged_in, said, told, url
from tests.factories import NOW, UserFactory, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("made")]

MONTHS, HOME, RULES = "/admin/months/", "/admin/", "/admin/rules/"


@pytest.fixture(scope="module")
def made(module_db):
    """A scheme with a batch that is not released, and a close of its month that was given back."""
    district = District()
    district.pay(district.grow())


@pytest.fixture
def scheme():
    return PayoutBatch.objects.get().scheme


@pytest.fixture(scope="module")
def finance(made):
    return logged_in(make_staff("finance"))


@pytest.fixture(scope="module")
def colleague(made):
    return logged_in(make_staff("finance"))


def close_page(scheme, month="2022-09"):
    return reverse("staff-month-close", args=[scheme.pk, month])


def verb(period, slug):
    return reverse("staff-month-verb", args=[period.pk, slug])


def answered(client, address, **fields):
    """Read the question, and confirm it as it was seen."""
    asked = client.get(address)
    seen = asked.context["form"]["seen"].value()
    return client.post(address, {"confirmed": "1", "seen": seen, "note": "已核对", **fields}, follow=True)


@pytest.fixture
def closing(scheme, finance):
    answered(finance, close_page(scheme))
    return Period.objects.get(state="closing")


@pytest.fixture
def closed(closing, colleague):
    answered(colleague, verb(closing, "confirm"))
    return Period.objects.get(state="closed")


def test_the_home_page_leads_finance_to_the_month_that_is_over(scheme, finance, colleague):
    page = finance.get(HOME).content.decode()
    assert "待关账的月份" in page
    assert f'href="{MONTHS}"' in page
    assert close_page(scheme) in finance.get(MONTHS).content.decode()


def test_who_may_only_look_finds_the_months_and_no_way_to_close_them(scheme):
    page = logged_in(make_staff("auditor")).get(MONTHS).content.decode()
    assert "2022-09" in page
    assert close_page(scheme) not in page


def test_what_would_be_frozen_and_what_is_open_is_told_first(scheme, finance):
    question = finance.get(close_page(scheme))
    facts = told(question)
    assert facts["拨入"] == "1 笔，100,000.00 元"
    assert facts["未了：未完成的发放批次(个)"] == "1（共 300.00 元）"
    assert "随系统附带" in question.context["effect"].warning


def test_where_something_is_open_a_reason_is_wanted(scheme, finance):
    asked = answered(finance, close_page(scheme), note="")
    assert "note" in asked.context["form"].errors
    assert not Period.objects.live().exists()


def test_what_changed_since_it_was_looked_at_is_shown_again(scheme, finance):
    page = finance.post(close_page(scheme), {"confirmed": "1", "seen": "1", "note": "x"})
    assert "名单在您查看之后有了变化" in page.content.decode()
    assert not Period.objects.live().exists()


def test_with_the_payouts_stopped_there_is_nothing_to_press(scheme, finance):
    stop_sending(why=PayoutStop.Why.BY_HAND, detail="", by=UserFactory(), now=NOW)
    question = finance.get(close_page(scheme))
    assert not question.context["effect"].possible
    assert "发放已停止" in question.context["effect"].sentence
    finance.post(close_page(scheme), {"confirmed": "1", "note": "x"})
    assert not Period.objects.live().exists()


@pytest.mark.parametrize("month", ["2022-08", "2022-10", "2999-01", "2022-13", "x"])
def test_a_month_that_is_not_the_next_is_not_found(scheme, finance, month):
    assert finance.get(close_page(scheme, month)).status_code == 404


def test_it_is_closed_by_one_and_confirmed_by_another(scheme, finance, colleague):
    page = answered(finance, close_page(scheme))
    assert "须由另一位财务人员确认" in said(page)[0]
    period = Period.objects.get(state="closing")
    assert page.redirect_chain[-1][0] == url(Period, "change", period.pk)
    assert verb(period, "confirm") not in page.content.decode()
    own = finance.get(verb(period, "confirm"))
    assert not own.context["effect"].possible
    assert "待确认的关账" in colleague.get(HOME).content.decode()
    page = answered(colleague, verb(period, "confirm"))
    assert said(page) == ["已确认，这个月关账完成。"]
    period.refresh_from_db()
    assert (period.state, period.note, period.decision_note) == ("closed", "已核对", "已核对")


def test_who_closed_it_is_refused_whatever_is_sent(closing, finance):
    seen = bytes(closing.vouchers_digest).hex()
    finance.post(verb(closing, "confirm"), {"confirmed": "1", "seen": seen, "note": "x"})
    closing.refresh_from_db()
    assert closing.state == "closing"


def test_it_is_given_back_with_a_reason(closing, colleague, scheme):
    assert "note" in answered(colleague, verb(closing, "decline"), note="").context["form"].errors
    answered(colleague, verb(closing, "decline"), note="缺一份文件")
    closing.refresh_from_db()
    assert (closing.state, closing.decision_note) == ("declined", "缺一份文件")
    assert close_page(scheme) in colleague.get(MONTHS).content.decode()


def test_a_verb_that_does_not_exist_is_not_found(closing, colleague):
    assert colleague.get(verb(closing, "reopen")).status_code == 404


def test_the_months_page_shows_vouchers_and_what_was_open(closed, colleague):
    page = colleague.get(url(Period, "change", closed.pk)).content.decode()
    for text in (
        "记-1",
        "1011 零余额账户用款额度",
        "100,000.00",
        "未完成的发放批次",
        bytes(closed.vouchers_digest).hex(),
    ):
        assert text in page
    assert closed.vouchers.count() == 2


def test_vouchers_are_taken_away_and_that_is_written_down(closed, colleague):
    pdf = colleague.get(reverse("staff-month-pdf", args=[closed.pk]))
    assert pdf.content.startswith(b"%PDF")
    sheet = colleague.get(reverse("staff-month-xlsx", args=[closed.pk]))
    assert "记账凭证" in load_workbook(BytesIO(sheet.content)).sheetnames
    taken = AuditEntry.objects.filter(
        action="download", object_type="subsidies.period", object_id=str(closed.pk)
    )
    assert taken.count() == 2


def test_before_it_is_confirmed_there_is_nothing_to_take_away(closing, colleague):
    assert colleague.get(reverse("staff-month-pdf", args=[closing.pk])).status_code == 404


def test_the_trail_tells_who_closed_and_confirmed(closed):
    verbs = AuditEntry.objects.filter(object_type="subsidies.period", object_id=str(closed.pk)).order_by("id")
    assert [entry.detail["verb"] for entry in verbs] == ["close_month", "close_month", "confirm_close"]


# ------------------------------------------------------------------ payment requests


def request_page(scheme):
    return reverse("staff-request-new", args=[scheme.pk])


def test_a_request_for_a_batch_is_made_and_printed(scheme, finance):
    batch = PayoutBatch.objects.get()
    page = finance.post(request_page(scheme), {"batches": [batch.pk], "purpose": "发放补贴"}, follow=True)
    made = PaymentRequest.objects.latest("pk")
    assert made.number in said(page)[0]
    assert (made.rows, made.amount_fen) == (1, 30_000)
    pdf = finance.get(reverse("staff-request-pdf", args=[made.pk]))
    assert pdf.content.startswith(b"%PDF")
    assert f'filename="request-{made.number}.pdf"' in pdf.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"purpose": "x"}, "两者选其一"),
        ({"purpose": "x", "batches": ["999999"]}, "不属于这个方案"),
        ({"purpose": "x", "batches": ["x"]}, "不属于这个方案"),
        ({"purpose": "x", "month": "1"}, "选择"),
        ({"batches": []}, "必填"),
    ],
)
def test_what_makes_no_request_is_said_and_nothing_is_lost(scheme, finance, sent, sentence):
    before = PaymentRequest.objects.count()
    page = finance.post(request_page(scheme), sent).content.decode()
    assert sentence in page
    assert PaymentRequest.objects.count() == before


def test_a_month_that_paid_nothing_asks_for_nothing(closed, finance, scheme):
    page = finance.post(request_page(scheme), {"month": closed.pk, "purpose": "x"}).content.decode()
    assert "其中没有款项" in page


# ------------------------------------------------------------------ accounts and layouts

TYPED = {"grouping": "day", "lines": ACCOUNTS.as_text(), "note": "区财政局答复"}
LAYOUT = {
    "title": "通用记账凭证",
    "unit": "某区市场监管局",
    "paper": "A4",
    "columns": VOUCHER.columns_as_text(),
    "signs": VOUCHER.signs_as_text(),
    "footer": "",
    "note": "按区财政局样式",
}


def proposing(client, subject, **sent):
    return client.post(reverse("staff-rule-propose", args=[subject]), sent, follow=True)


def test_what_is_in_force_is_shown_and_said_to_be_as_shipped(finance):
    page = finance.get(RULES).content.decode()
    assert page.count("随系统附带，待财政部门核定") == 3
    assert "2303 应付政府补贴款" in page


def test_new_accounts_are_proposed_by_one_and_approved_by_another(finance, colleague, scheme):
    page = proposing(finance, "accounts", **{**TYPED, "grouping": "month", "step": "propose"})
    assert "须由另一位财务人员核准" in said(page)[0]
    rule = ClosingRule.objects.get(state="proposed")
    approve = reverse("staff-rule-verb", args=[rule.pk, "approve"])
    assert not finance.get(approve).context["effect"].possible
    finance.post(approve, {"confirmed": "1", "note": ""})
    rule.refresh_from_db()
    assert rule.state == "proposed"
    colleague.post(approve, {"confirmed": "1", "note": ""})
    rule.refresh_from_db()
    assert rule.state == "approved"
    period = close_month(scheme=scheme, month=MONTH, by=UserFactory(), now=AFTERWARDS)
    assert {f"{day:%d}" for day in period.vouchers.values_list("day", flat=True)} == {"30"}


def test_what_cannot_be_is_said_line_by_line_and_nothing_typed_is_lost(finance):
    page = proposing(
        finance, "accounts", **{**TYPED, "lines": "发放 | 发放补贴", "step": "propose"}
    ).content.decode()
    assert "第 1 行：应有 5 栏" in page
    assert "没有“拨入”的分录" in page
    assert "发放 | 发放补贴" in page
    assert not ClosingRule.objects.filter(state="proposed").exists()


def test_a_layout_is_previewed_before_it_is_proposed(finance):
    page = proposing(finance, "voucher", **LAYOUT, step="preview")
    assert page.context["preview"]["facts"][0][1] == "通用记账凭证"
    assert not ClosingRule.objects.filter(state="proposed").exists()
    sample = proposing(finance, "voucher", **LAYOUT, step="sample")
    assert sample.content.startswith(b"%PDF")
    proposing(finance, "voucher", **LAYOUT, step="propose")
    assert ClosingRule.objects.get(state="proposed").content["title"] == "通用记账凭证"
    again = proposing(finance, "voucher", **LAYOUT, step="propose")
    assert said(again) == ["已有一份新版本等待核准，先处理那一份。"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"columns": "摘要 | 摘要 | 90"}, "缺少这些列"),
        ({"columns": VOUCHER.columns_as_text().replace("54", "154"), "paper": "A5"}, "超过纸张可用的"),
        ({"signs": "复核 | 某人"}, "无法识别"),
        ({"paper": "A3"}, "A3"),
        ({"title": ""}, "必填"),
    ],
)
def test_a_layout_that_cannot_be_printed_is_refused_in_words(finance, change, sentence):
    page = proposing(finance, "voucher", **{**LAYOUT, **change}, step="propose").content.decode()
    assert sentence in page
    assert not ClosingRule.objects.filter(state="proposed").exists()


@pytest.mark.parametrize("subject", ["voucher", "request"])
def test_what_is_in_force_prints_a_sample(finance, subject):
    assert finance.get(reverse("staff-rule-sample", args=[subject])).content.startswith(b"%PDF")


def test_there_is_no_sample_of_accounts_and_no_other_subject(finance):
    assert finance.get(reverse("staff-rule-sample", args=["accounts"])).status_code == 404
    assert finance.get(reverse("staff-rule-propose", args=["seal"])).status_code == 404


def test_in_english_a_layout_is_typed_in_english(finance):
    finance.cookies["django_language"] = "en"
    try:
        page = finance.get(reverse("staff-rule-propose", args=["request"]))
        assert page.context["form"]["columns"].value() != REQUEST.columns_as_text()
        typed = {name: page.context["form"][name].value() for name in page.context["form"].fields}
        typed.pop("landscape")
        proposing(finance, "request", **{**typed, "note": "x", "step": "propose"})
    finally:
        del finance.cookies["django_language"]
    content = ClosingRule.objects.get(state="proposed").content
    assert [each["field"] for each in content["columns"]] == [each.field for each in REQUEST.columns]
