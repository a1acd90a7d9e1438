"""Finance's morning in a browser: the books are matched, a difference is closed by two, a statement comes as a file."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from core.shanghai import local_day
from subsidies.models import Difference, StatementReading
from tests.admin.district import District
from tests.console import tamper
from tests.factories import make_staff


@pytest.fixture
def line():
    """A payment of two days ago."""
    district = District()
    line = district.pay(district.grow()).lines.get()
    at = timezone.now() - timedelta(days=2)
    made = "UPDATE subsidies_payoutline SET state = 'success', finished_at = %s WHERE id = %s"
    with transaction.atomic():
        tamper(made, at, line.pk)
        tamper("UPDATE subsidies_claim SET state = 'paid' WHERE id = %s", line.claim_id)
    line.refresh_from_db()
    return line


def test_a_difference_is_closed_by_two_and_orders_may_leave(page, desktop, enter, accessible, line):
    day = local_day(line.finished_at)
    facts = {
        "number": line.request_no,
        "kind": "ours",
        "day": day,
        "ours": f"success {line.amount_fen} {day}",
    }
    case = Difference.objects.create(**facts, line=line, found_at=timezone.now())
    enter(page, make_staff("finance"))
    enter(desktop, make_staff("finance"))
    page.goto(reverse("admin:index"))
    page.get_by_role("listitem").filter(has_text="对账差异").get_by_role("link").click()
    page.get_by_text("还有 1 项差异没有了结").wait_for()
    accessible(page)
    page.get_by_role("link", name=line.request_no).click()
    accessible(page)
    page.get_by_role("link", name="提出处理…").click()
    page.get_by_label("处理").select_option("explained")
    page.get_by_label("说明").fill("运营机构次日补记，已核对回单")
    accessible(page)
    page.get_by_role("button", name="确认").click()
    page.get_by_text("提出处理：1 项差异").wait_for()
    desktop.goto(reverse("admin:subsidies_difference_change", args=[case.pk]))
    desktop.get_by_role("link", name="核准处理…").click()
    desktop.get_by_text("已核对回单").wait_for()
    accessible(desktop)
    desktop.get_by_role("button", name="确认").click()
    desktop.get_by_text("两人已签认").wait_for()
    accessible(desktop)
    page.goto(reverse("staff-reconciliation"))
    page.get_by_text("可以发放").wait_for()
    accessible(page)


def test_a_statement_comes_as_a_file_that_another_takes_in(page, desktop, enter, accessible, line):
    day = local_day(line.finished_at)
    payee = line.payee_wallet or line.payee_phone
    content = (
        f"商户流水,金额,完成时间,状态,收款账户\n{line.request_no},300.00,{day} 10:00:00,交易成功,{payee}\n"
    )
    enter(page, make_staff("finance"))
    enter(desktop, make_staff("finance"))
    page.goto(reverse("staff-statement-upload"))
    accessible(page)
    page.get_by_label("对账单文件").set_input_files(
        {"name": "对账单.csv", "mimeType": "text/csv", "buffer": content.encode()}
    )
    page.get_by_role("button", name="继续").click()
    page.get_by_text("的表头是第一次见").wait_for()
    accessible(page)
    columns = {
        "请求号": "商户流水",
        "金额": "金额",
        "付款时间": "完成时间",
        "状态": "状态",
        "收款钱包": "收款账户",
    }
    for label, title in columns.items():
        page.get_by_label(label).first.select_option(title)
    page.get_by_role("button", name="继续").click()
    page.get_by_label("“交易成功”是").select_option("paid")
    accessible(page)
    page.get_by_role("button", name="继续").click()
    page.get_by_text("1 笔，300 元").first.wait_for()
    accessible(page)
    page.get_by_role("button", name="确认").click()
    page.get_by_text("须由另一位财务人员核对").first.wait_for()
    desktop.goto(reverse("admin:index"))
    desktop.get_by_role("listitem").filter(has_text="待核对的对账单文件").get_by_role("link").click()
    accessible(desktop)
    desktop.get_by_role("button", name="确认").click()
    desktop.get_by_text("对账单已采用").wait_for()
    assert StatementReading.objects.get(source="file").state == "taken"
