"""Finance's first day of a month, in a browser: closed by one, confirmed by another, asked for, and a layout typed anew."""

from django.urls import reverse

from subsidies.models import ClosingRule, PaymentRequest, Period
from tests.admin.district import District
from tests.factories import make_staff

COLUMNS = (
    "摘要 | 摘要 | 60",
    "科目编码 | 编码 | 20",
    "会计科目 | 科目 | 50",
    "借方金额 | 借方 | 30",
    "贷方金额 | 贷方 | 30",
)


def test_a_month_is_closed_confirmed_and_asked_for(page, desktop, enter, accessible):
    district = District()
    district.pay(district.grow())
    closer, confirmer = make_staff("finance"), make_staff("finance")
    enter(page, closer)
    enter(desktop, confirmer)
    closes(page, accessible)
    confirms(desktop, accessible)
    period = Period.objects.get(state="closed")
    assert (period.closed_by, period.decided_by, period.note) == (closer, confirmer, "批次下月放行")
    page.goto(reverse("staff-request-new", args=[period.scheme_id]))
    accessible(page)
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="生成用款申请").click()
    page.get_by_text("可下载打印后签章").wait_for()
    accessible(page)
    assert PaymentRequest.objects.latest("pk").made_by == closer


def closes(page, accessible):
    """From the home page to a month that waits for a colleague."""
    page.goto(reverse("admin:index"))
    page.get_by_role("listitem").filter(has_text="待关账的月份").get_by_role("link").click()
    page.get_by_text("随系统附带").wait_for()
    accessible(page)
    page.get_by_role("link", name="关账…").click()
    page.get_by_text("还有未了事项").wait_for()
    accessible(page)
    page.get_by_label("说明").fill("批次下月放行")
    page.get_by_role("button", name="确认").click()
    page.get_by_text("须由另一位财务人员确认").first.wait_for()
    accessible(page)


def confirms(page, accessible):
    """From the home page to the vouchers."""
    page.goto(reverse("admin:index"))
    page.get_by_role("listitem").filter(has_text="待确认的关账").get_by_role("link").click()
    page.get_by_role("link", name="确认关账…").click()
    accessible(page)
    page.get_by_role("button", name="确认").click()
    page.get_by_text("这个月关账完成").wait_for()
    accessible(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="凭证 PDF").click()
    assert download.value.suggested_filename.endswith("2022-09.pdf")


def test_a_layout_is_typed_and_what_is_wrong_is_said(page, enter, accessible):
    enter(page, make_staff("finance"))
    page.goto(reverse("staff-rules"))
    accessible(page)
    page.get_by_role("link", name="提出新版本…").nth(1).click()
    page.get_by_label("各列").fill("摘要 | 摘要 | 很宽")
    page.get_by_label("说明").fill("区财政局样式")
    page.get_by_role("button", name="提出").click()
    page.get_by_text("宽度“很宽”应为").wait_for()
    accessible(page)
    page.get_by_label("各列").fill("\n".join(COLUMNS))
    page.get_by_role("button", name="预览").click()
    page.get_by_role("heading", name="预览").wait_for()
    accessible(page)
    page.get_by_role("button", name="提出").click()
    page.get_by_text("核准之前仍按现行版本").wait_for()
    accessible(page)
    assert ClosingRule.objects.get(state="proposed").content["columns"][0]["width"] == 60
