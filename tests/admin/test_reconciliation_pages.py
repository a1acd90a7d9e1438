"""Finance's morning: the triangle, differences that two people close, a statement as a file."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from core.shanghai import local_day
from subsidies.models import Difference, StatementEntry, StatementLayout, StatementReading
from tests.admin.district import logged_in, url, who_it_is
from tests.console import tamper
from tests.factories import NOW, make_staff

pytestmark = pytest.mark.django_db

DAY = local_day(NOW)
PAGE = "staff-reconciliation"


@pytest.fixture
def line(district):
    """A payment of a day long ago that our book has as made."""
    line = district.pay(district.grow()).lines.get()
    tamper(
        "UPDATE subsidies_payoutline SET state = 'success', finished_at = %s WHERE id = %s",
        timezone.now() - timedelta(days=2),
        line.pk,
    )
    tamper("UPDATE subsidies_claim SET state = 'paid' WHERE id = %s", line.claim_id)
    line.refresh_from_db()
    return line


@pytest.fixture
def difference(line):
    return Difference.objects.create(
        number=line.request_no, kind="ours", day=DAY, ours=f"success 30000 {DAY}", line=line, found_at=NOW
    )


@pytest.fixture
def finance():
    return logged_in(make_staff("finance"))


@pytest.fixture
def other():
    return logged_in(make_staff("finance"))


def verb(client, difference, slug, **typed):
    address = reverse("staff-difference-verb", args=[difference.pk, slug])
    asked = client.get(address)
    seen = asked.context["form"].initial | {
        "seen": asked.context["form"].fields["seen"].initial if "seen" in asked.context["form"].fields else ""
    }
    return client.post(address, {"confirmed": "1", "note": "", **seen, **typed}, follow=True)


def state(difference):
    difference.refresh_from_db()
    return difference.state


def test_the_triangle_shows_the_month_and_why_nothing_new_leaves(finance, difference):
    response = finance.get(reverse(PAGE), {"month": f"{DAY:%Y-%m}"})
    page = response.content.decode()
    assert "还有 1 项差异没有了结" in page
    assert reverse("admin:subsidies_difference_change", args=[difference.pk]) in page
    assert "无人认领" in page
    assert not who_it_is(response)


def test_home_leads_there(finance, difference):
    page = finance.get("/admin/").content.decode()
    assert "对账差异，了结前新的发放指令不发出" in page
    assert reverse(PAGE) in page


@pytest.mark.parametrize("month", ["2022-13", "9999-12", "%00", "x", "1900-01"])
def test_a_month_that_is_none_is_told_so(finance, month):
    response = finance.get(reverse(PAGE), {"month": month})
    assert response.status_code == 200
    assert response.context["form"].errors
    assert finance.get(reverse("staff-reconciliation-xlsx"), {"month": month}).status_code == 200


def test_the_month_is_taken_away_as_a_workbook(finance, line):
    day = local_day(line.finished_at)
    response = finance.get(reverse("staff-reconciliation-xlsx"), {"month": f"{day:%Y-%m}"})
    rows = list(openpyxl.load_workbook(io.BytesIO(response.content)).active.values)
    assert rows[-1][0] == "合计"
    assert rows[-2][0] == f"{day}"


def test_one_proposes_and_another_signs(finance, other, difference):
    verb(finance, difference, "take")
    assert difference.owner is None
    assert state(difference) == "open"
    assert difference.owner is not None
    response = verb(finance, difference, "propose", resolution="explained", note="对方次日补记")
    assert "提出处理：1 项差异" in response.content.decode()
    verb(finance, difference, "sign")
    assert state(difference) == "proposed"
    verb(other, difference, "sign")
    assert state(difference) == "signed"
    page = other.get(url(Difference, "change", difference.pk)).content.decode()
    assert "对方次日补记" in page
    assert reverse("staff-difference-verb", args=[difference.pk, "propose"]) not in page


def test_without_a_word_nothing_is_proposed_or_sent_back(finance, other, difference):
    verb(finance, difference, "propose", resolution="explained", note=" ")
    verb(finance, difference, "propose", note="x")
    assert state(difference) == "open"
    verb(finance, difference, "propose", resolution="explained", note="x")
    verb(other, difference, "decline", note="")
    assert state(difference) == "proposed"
    verb(other, difference, "decline", note="凭证不足")
    assert state(difference) == "open"


def test_what_does_not_fit_is_told_so(finance, difference):
    response = verb(finance, difference, "propose", resolution="paid", note="x")
    assert "这样入账不符合付款现在的状态" in response.content.decode()


def test_several_are_closed_from_the_list(finance, other, difference, line):
    tamper(
        "UPDATE subsidies_difference SET state = 'proposed', resolution = 'explained', note = 'x',"
        " proposed_at = now(), proposed_by_id = (SELECT min(id) FROM core_user) WHERE id = %s",
        difference.pk,
    )
    chosen = {"action": "sign", "_selected_action": [difference.pk]}
    asked = other.post(url(Difference, "changelist"), chosen)
    seen = asked.context["form"].fields["seen"].initial
    other.post(url(Difference, "changelist"), {**chosen, "confirmed": "1", "note": "", "seen": seen})
    assert state(difference) == "signed"


@pytest.mark.parametrize(("role", "sees"), [("auditor", True), ("reviewer", False), ("officer", False)])
def test_others_only_look_or_do_not_see_it(role, sees, difference):
    client = logged_in(make_staff(role))
    assert client.get(reverse(PAGE)).status_code == (200 if sees else 403)
    assert client.get(reverse("staff-difference-verb", args=[difference.pk, "take"])).status_code == 403
    assert client.get(reverse("staff-statement-upload")).status_code == 403


# ------------------------------------------------------------------ a file


def send(client, content, name="9月.csv"):
    file = SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)
    return client.post(reverse("staff-statement-upload"), {"file": file}, follow=True)


def test_a_file_is_told_proposed_and_taken_in(finance, other, line):
    day = local_day(line.finished_at)
    payee = line.payee_wallet or line.payee_phone
    content = f"流水,金额,时间,状态,账户\n{line.request_no},300.00,{day} 10:00:00,成功,{payee}\n"
    page = send(finance, content)
    text = page.content.decode()
    assert "的表头是第一次见" in text
    assert payee not in text
    address = page.redirect_chain[-1][0]
    columns = {"number": "流水", "amount": "金额", "paid_at": "时间", "state": "状态", "payee": "账户"}
    asked = finance.post(address, columns)
    assert "word_0" in asked.context["form"].errors
    asked = finance.post(address, {**columns, "word_0": "paid"}, follow=True)
    assert "1 笔，300 元" in asked.content.decode()
    finance.post(address, {"confirmed": "1", "first": f"{day}", "last": f"{day}", "note": ""})
    reading = StatementReading.objects.get(source="file")
    verb_of = reverse("staff-statement-verb", args=[reading.pk, "take"])
    finance.post(verb_of, {"confirmed": "1", "note": ""})
    told = StatementEntry.objects.filter(number=line.request_no)
    assert not told.exists()
    other.post(verb_of, {"confirmed": "1", "note": ""})
    assert told.get().payee_agrees
    assert StatementLayout.objects.get().columns["number"] == "流水"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"a,b\n1,2", b"\xff\xfe\x00"])
def test_what_is_no_statement_is_told_so(finance, content):
    response = send(finance, content)
    assert response.status_code == 200
    assert not StatementReading.objects.filter(source="file").exists()


def test_one_column_has_one_meaning(finance):
    page = send(finance, "流水,金额,时间\nA,300,2022-09-20\n")
    twice = {"number": "流水", "amount": "金额", "paid_at": "金额"}
    asked = finance.post(page.redirect_chain[-1][0], twice)
    assert "一列只能有一个含义" in asked.content.decode()


def test_a_line_that_is_not_understood_leads_back_to_the_columns(finance):
    page = send(finance, "流水,金额,时间\nA,300,gestern\n")
    columns = {"number": "流水", "amount": "金额", "paid_at": "时间"}
    response = finance.post(page.redirect_chain[-1][0], columns, follow=True)
    assert "第 2 行" in response.content.decode()
    assert response.redirect_chain[-1][0].endswith("?again=1")
