"""An officer sends a file in: in the admin's frame, with whom it would move down the queue, and one question."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from ebikes.models import ImportBatch, TradeIn
from tests.ebikes.files import as_csv, trade_in_row, valid_uscc
from tests.factories import AgentPointFactory, MerchantFactory, local, make_claim, make_scheme, make_staff


@pytest.fixture
def point():
    return AgentPointFactory(merchant=MerchantFactory(name="湖墅车行", uscc=valid_uscc()))


@pytest.fixture
def losing(point):
    """Money for one; whoever has it now completed after what the file holds."""
    return make_claim(make_scheme(budget_fen=30_000), completed_at=local("2022-06-20 12:00:00"))


def both(page, accessible):
    """Sound in light and in dark; the admin's look asks once for either."""
    accessible(page)
    page.emulate_media(color_scheme="dark")
    page.reload()
    accessible(page)
    page.emulate_media(color_scheme="light")
    page.reload()


def test_a_file_is_sent_looked_at_and_confirmed_once(page, enter, accessible, point, losing):
    enter(page, make_staff("officer"))
    page.goto(reverse("admin:ebikes_tradein_changelist"))
    page.goto(page.locator("a[href$='/import/']").first.get_attribute("href"))
    page.wait_for_url("**/imports/?kind=trade_ins")
    assert page.get_by_label("内容").input_value() == "trade_ins"
    both(page, accessible)

    rows = as_csv([trade_in_row(point), trade_in_row(point, 上牌时间="昨天")])
    page.get_by_label("文件(XLSX、XLS 或 CSV)").set_input_files(
        {"name": "六月补录.csv", "mimeType": "text/csv", "buffer": rows}
    )
    with page.expect_navigation():
        page.get_by_role("button", name="上传").click()
    queue = page.get_by_role("region", name="对排队的影响")
    assert "1 份现在排得到补贴，确认后将得不到" in queue.inner_text()
    expect(queue.get_by_role("link", name=losing.trade_in.record_no)).to_be_visible()
    both(page, accessible)

    page.get_by_role("link", name="确认导入…").click()
    assert "有 1 份申请(共 300 元)将因此得不到补贴" in page.inner_text("main")
    assert not TradeIn.objects.exclude(pk=losing.trade_in_id).exists()
    accessible(page)
    with page.expect_navigation():
        page.get_by_role("button", name="确认").click()
    expect(page.get_by_text("已确认导入：1 行生效。")).to_be_visible()
    assert TradeIn.objects.exclude(pk=losing.trade_in_id).count() == 1
    accessible(page)

    page.goto(reverse("admin:ebikes_importbatch_changelist"))
    page.get_by_role("link", name="六月补录.csv").click()
    accessible(page)
    page.get_by_role("link", name="打开预览、确认、撤销和每一行的结论").click()
    page.wait_for_url(f"**{reverse('import', args=[ImportBatch.objects.get().pk])}")


def test_a_preview_is_dropped_after_one_question(page, enter, point, losing):
    enter(page, make_staff("officer"))
    page.goto(reverse("imports") + "?kind=trade_ins")
    page.get_by_label("文件(XLSX、XLS 或 CSV)").set_input_files(
        {"name": "6月.csv", "mimeType": "text/csv", "buffer": as_csv([trade_in_row(point)])}
    )
    with page.expect_navigation():
        page.get_by_role("button", name="上传").click()
    page.get_by_role("link", name="撤销…").click()
    with page.expect_navigation():
        page.get_by_role("button", name="确认").click()
    assert ImportBatch.objects.get().state == "discarded"
    assert TradeIn.objects.count() == 1
