"""What is taken away as a table: the rows of the list, nobody's name without a right and a reason, nothing that runs."""

import csv
import hashlib
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from core.accounts.roles import ROLES
from core.audit.acting import acting
from core.exports import sheets, tasks, write
from core.exports.ask import AT_ONCE
from core.exports.resources import Exportable
from core.models import AuditEntry, Export
from core.privacy import sealed_files
from ebikes.models import FiledBike, ImportBatch, LicensingAnswer, TradeIn
from merchants.models import (
    AgentPoint,
    CorrectionOrder,
    EnforcementCase,
    Inspection,
    Merchant,
    Publicity,
    SamplingLot,
    TradeInEvent,
    Training,
)
from subsidies.claims.services.change_payee import change_payee
from subsidies.models import (
    Claim,
    Difference,
    LedgerEntry,
    PayoutBatch,
    PayoutLine,
    RecoveryCase,
    RecoveryReceipt,
    ReportIssue,
    StatedFigure,
    StatementEntry,
    Supplement,
    Voucher,
)
from subsidies.reasons import PAYOUT_FAILURES
from tests.admin.district import ID_NO, NAME, PHONE, WALLET, WHO_IT_IS, logged_in, url
from tests.admin.test_roles import TABLE
from tests.console import owning, refused, sql, tamper, update
from tests.factories import NOW, TradeInFactory, UserFactory, give_role, local, make_claim, make_staff
from tests.laid import laid

pytestmark = pytest.mark.django_db

LISTS = [
    *(FiledBike, TradeIn, ImportBatch, LicensingAnswer),
    *(Claim, PayoutBatch, PayoutLine, LedgerEntry, Voucher),
    *(
        Merchant,
        AgentPoint,
        Training,
        CorrectionOrder,
        EnforcementCase,
        Inspection,
        SamplingLot,
        TradeInEvent,
    ),
    *(RecoveryCase, RecoveryReceipt, Supplement, Difference, StatementEntry),
    *(Publicity, StatedFigure, ReportIssue),
]
SECRETS = (*WHO_IT_IS, ID_NO, "19491231")


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "exports"


@pytest.fixture(autouse=True)
def messages(monkeypatch):
    """The exports that workers were sent a message about; nobody is at work."""
    sent = []
    monkeypatch.setattr(tasks.write_export, "delay", sent.append)
    return sent


@laid
def person(district):
    """Somebody who is easily recognised, in every list."""
    claim = district.grow()
    claim.owner.id_no = ID_NO
    claim.owner.save()
    with acting("x", by=None, now=NOW):
        FiledBike.objects.update(owner=claim.owner)
    district.pay(claim)
    return claim


def asking(model, filters="", **form):
    """Where and what to send to ask for a list."""
    address = reverse("admin:core_export_add", query={"list": model._meta.label_lower, "filters": filters})
    return address, {"file_format": "csv", **form}


def ask(client, model, filters="", **form):
    """Ask for a list; the export that somebody now waits for."""
    address, data = asking(model, filters, **form)
    response = client.post(address, data)
    assert response.status_code == 302, response.context["form"].errors
    return Export.objects.latest("pk")


def fetch(client, export):
    response = client.get(reverse("admin:core_export_download", args=[export.pk]))
    assert response.status_code == 200
    assert response.headers["Content-Disposition"].startswith("attachment")
    return b"".join(response.streaming_content)


def made(client, model, filters="", **form):
    """The file that somebody gets of a list."""
    export = ask(client, model, filters, **form)
    tasks.write_export(export.pk)
    return fetch(client, export)


def exported(client, model, filters="", **form):
    """Its rows."""
    return list(csv.DictReader(io.StringIO(made(client, model, filters, **form).decode("utf-8-sig"))))


def fresh(export):
    return Export.objects.get(pk=export.pk)


def outcome(export):
    """What came of it, and in which words."""
    tasks.write_export(export.pk)
    found = fresh(export)
    return found.state, found.failure


# ------------------------------------------------------------------ the rows that the person saw


@pytest.mark.parametrize("model", LISTS, ids=lambda model: model.__name__)
def test_every_list_can_be_taken_away_and_tells_nobodys_name_by_default(client, person, model):
    for file_format in ("csv", "xlsx"):
        content = made(client, model, file_format=file_format)
        assert Export.objects.latest("pk").rows_written == model._default_manager.count(), file_format
        everything = text_of(content, file_format)
        assert not [secret for secret in SECRETS if secret in everything], file_format


def text_of(content, file_format):
    """All that a table says."""
    if file_format == "csv":
        return content.decode()
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    return str(list(sheet.iter_rows(values_only=True)))


def test_every_list_that_can_be_taken_away_stands_here():
    pages = {each.model for each in exporting_pages()}
    assert pages == {*LISTS, AuditEntry}  # which grows while it is taken away: test_case_files.py


def exporting_pages():
    return [page for page in admin.site._registry.values() if isinstance(page, Exportable)]


@pytest.mark.parametrize(
    "filters",
    [
        "",
        "p=3",
        "state__exact=eligible",
        "state__exact=refused&reason=not_filed",
        "stage__id__exact={july}",
        "o=6",
        "o=-6.2&state__exact=eligible",
        "waits=0",
        "q={record}",
        "q=nothing",
        "_facets=True&state__exact=eligible",
    ],
)
def test_the_table_holds_the_rows_of_the_list_in_their_order(client, district, filters):
    for day, state in [(10, "eligible"), (12, "review"), (11, "eligible"), (9, "checking")]:
        make_claim(district.scheme, completed_at=local(f"2022-06-{day:02} 12:00:00"), state=state)
    july = make_claim(district.scheme, completed_at=local("2022-07-02 12:00:00"))
    filters = filters.format(july=july.stage_id, record=july.trade_in.record_no)
    page = client.get(url(Claim, "changelist") + (f"?{filters}" if "p=" not in filters else ""))
    shown = [claim.trade_in.record_no for claim in page.context["cl"].queryset]
    assert [row["淘汰置换单号"] for row in exported(client, Claim, filters)] == shown


def test_the_button_of_a_list_takes_its_filters_along(client, district):
    june, july = (
        make_claim(district.scheme),
        make_claim(district.scheme, completed_at=local("2022-07-02 12:00:00")),
    )
    page = client.get(url(Claim, "changelist"), {"stage__id__exact": july.stage_id, "q": ""}).content.decode()
    address = re.search(r'href="(/admin/core/export/add/[^"]+)"', page)[1].replace("&amp;", "&")
    asked = client.get(address)
    assert "1 行" in asked.content.decode()
    client.post(address, {"file_format": "csv"})
    export = Export.objects.get()
    tasks.write_export(export.pk)
    text = fetch(client, export).decode()
    assert july.trade_in.record_no in text
    assert june.trade_in.record_no not in text


def test_the_filters_rest_sealed(client, district):
    export = ask(client, Claim, "q=13912345678")
    assert fresh(export).query == "q=13912345678"
    ((stored,),) = sql("SELECT query FROM core_export WHERE id = %s", export.pk)
    assert b"13912345678" not in bytes(stored)


def test_filters_that_make_no_sense_are_refused_in_words(client):
    address, data = asking(Claim, "state__nonsense=1")
    response = client.post(address, data, follow=True)
    assert "筛选条件有误" in response.content.decode()
    assert not Export.objects.exists()


def test_a_list_of_no_rows_is_a_table_of_titles(client):
    text = made(client, Claim, "q=nothing").decode("utf-8-sig")
    assert text.count("\n") == 1
    assert "备案号牌" in text
    assert (Export.objects.get().state, Export.objects.get().rows_expected) == ("ready", 0)


def test_more_rows_than_are_counted_are_more_than_a_thousand(client, monkeypatch):
    monkeypatch.setattr("core.exports.ask.MOST", 2)
    monkeypatch.setattr("core.exports.admin.MOST", 2)
    for _ in range(3):
        TradeInFactory()
    assert "超过 2 行" in client.get(asking(TradeIn)[0]).content.decode()


def test_what_a_sheet_cannot_hold_goes_on_on_the_next(client, monkeypatch):
    monkeypatch.setattr(sheets, "ROWS_A_SHEET", 3)
    for _ in range(5):
        TradeInFactory()
    book = load_workbook(io.BytesIO(made(client, TradeIn, file_format="xlsx")))
    rows = [list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets]
    assert [len(each) for each in rows] == [3, 3, 2]
    assert len({each[0] for each in rows}) == 1
    assert len({row[0] for each in rows for row in each[1:]}) == 5


def test_an_export_costs_the_same_for_three_and_for_thirty(client, district):
    costs = []
    for more in (3, 27):
        for _ in range(more):
            district.grow()
        wanted = [ask(client, model) for model in LISTS[:5]]
        wanted += [ask(make_boss(), model) for model in LISTS[5:8]]
        wanted += [ask(make_boss(), model) for model in LISTS[8:12]]
        wanted += [ask(make_boss(), model) for model in LISTS[12:]]
        with CaptureQueriesContext(connection) as queries:
            for export in wanted:
                tasks.write_export(export.pk)
        costs.append(len(queries))
    assert costs[0] == costs[1]


def make_boss():
    return logged_in(UserFactory(is_staff=True, is_superuser=True))


# ------------------------------------------------------------------ who people are


def test_masked_people_can_be_told_apart(client, person):
    (row,) = exported(client, TradeIn)
    assert row["车主"] == "欧***"
    assert row["证件号码"] == "330105********002X"
    assert row["手机号"] == "139****5678"
    assert row["数字人民币钱包编号"] == "****2222"


UNMASKED = {
    "officer": {FiledBike, TradeIn, Claim, PayoutLine},
    "reviewer": {FiledBike, TradeIn, Claim, PayoutLine},
    "finance": {PayoutLine},
}


@pytest.mark.parametrize("role", ROLES)
def test_whole_people_are_for_the_roles_whose_work_it_is(person, role):
    client = logged_in(make_staff(role))
    for model in LISTS:
        address, data = asking(model)
        page = client.get(address)
        if page.status_code == 403:
            continue
        allowed = model in UNMASKED.get(role, set())
        assert ('name="personal"' in page.content.decode()) == allowed, model
        before = Export.objects.count()
        response = client.post(address, {**data, "personal": "on", "note": "核对收款人"})
        assert response.status_code == (302 if allowed else 403), model
        assert Export.objects.count() == before + allowed
    assert Export.objects.filter(personal=True).count() == len(UNMASKED.get(role, set()))


def test_a_whole_person_stands_in_the_table_that_was_asked_for_so(person):
    officer = logged_in(make_staff("officer"))
    (row,) = exported(officer, TradeIn, personal="on", note="电话回访")
    assert (row["车主"], row["手机号"]) == (NAME, PHONE.removeprefix("+86"))
    assert (row["证件号码"], row["数字人民币钱包编号"]) == (ID_NO, f"'{WALLET}")


PAYEE = {"收款人": NAME, "收款钱包": f"'{WALLET}", "收款手机号": "", "钱包运营机构": "工商银行"}
MASKED_PAYEE = {**PAYEE, "收款人": "欧***", "收款钱包": "****2222"}


@laid
def failed(district):
    """A payment to a wallet that the operator refused, beside one that it made."""
    refused_one, paid = district.grow(), district.grow()
    TradeIn.objects.filter(pk=refused_one.trade_in_id).update(wallet_operator="工商银行")
    refused_one.trade_in.refresh_from_db()
    district.pay(refused_one, paid)
    tamper(
        "UPDATE subsidies_payoutline SET state = 'failed', fail_reason = 'WALLET_CLOSED' WHERE claim_id = %s",
        refused_one.pk,
    )
    tamper(
        "UPDATE subsidies_payoutline SET state = 'success', finished_at = now() WHERE claim_id = %s", paid.pk
    )
    Claim.objects.filter(pk=refused_one.pk).update(state="payout_failed")
    refused_one.refresh_from_db()
    return refused_one


@pytest.mark.parametrize("role", ["officer", "reviewer", "finance", "auditor"])
def test_failed_payments_are_taken_away_with_their_masked_payees(failed, role):
    (row,) = exported(logged_in(make_staff(role)), PayoutLine, "state__exact=failed")
    assert {title: row[title] for title in MASKED_PAYEE} == MASKED_PAYEE
    assert (row["淘汰置换单号"], row["状态"]) == (failed.trade_in.record_no, "失败")
    assert row["失败原因"] == PAYOUT_FAILURES["WALLET_CLOSED"]


def test_and_with_the_whole_ones_for_finance_which_looks_for_the_money(failed):
    finance = logged_in(make_staff("finance"))
    (row,) = exported(finance, PayoutLine, "state__exact=failed", personal="on", note="核对退回的款项")
    assert {title: row[title] for title in PAYEE} == PAYEE


def test_claims_that_could_not_be_paid_say_where_the_money_was_to_go(failed):
    officer = logged_in(make_staff("officer"))
    (row,) = exported(officer, Claim, "state__exact=payout_failed")
    assert (row["车主"], row["手机号"]) == ("欧***", "139****5678")
    assert (row["收款钱包"], row["钱包运营机构"]) == ("****2222", "工商银行")


def test_a_payee_that_was_put_right_stands_in_the_table_as_it_is_now(failed):
    officer = make_staff("officer")
    cells = {"phone": "13700001111", "wallet_no": "0062000011113333", "wallet_operator": "建设银行"}
    change_payee(claim=failed, cells=cells, by=officer, now=timezone.now())
    filters, whole = "state__exact=payout_failed", {"personal": "on", "note": "电话回访"}
    (masked,) = exported(logged_in(officer), Claim, filters)
    assert [masked[title] for title in ("手机号", "收款钱包", "钱包运营机构")] == [
        "137****1111",
        "****3333",
        "建设银行",
    ]
    (row,) = exported(logged_in(officer), Claim, filters, **whole)
    assert (row["手机号"], row["收款钱包"]) == ("13700001111", "'0062000011113333")


def test_whole_people_need_a_reason(person):
    officer = logged_in(make_staff("officer"))
    address, data = asking(TradeIn)
    for note in ("", "   ", "x", "。。。。。。", "核对核对核对"):
        response = officer.post(address, {**data, "personal": "on", "note": note})
        assert "须写明用途" in response.content.decode()
    assert not Export.objects.filter(personal=True).exists()


def test_the_database_wants_the_reason_too(client, person):
    values = ", ".join(
        f"'{text}'" for text in ("subsidies.claim", r"\x00", "csv", "zh-hans", "waiting", "a.csv")
    )
    assert refused(
        "INSERT INTO core_export (model_label, query, file_format, language, state, file_name, personal, note,"
        " attempts, rows_written, failure, file_sha256, file_size, asked_by_id, asked_at)"
        f" VALUES ({values}, true, '', 0, 0, '', '', 0, {UserFactory().pk}, now())",
        because="personal_data_leaves_for_a_purpose",
    )


@pytest.mark.parametrize("role", ROLES)
def test_nobody_takes_away_a_list_that_they_may_not_see(person, role):
    client = logged_in(make_staff(role))
    for model in LISTS:
        address, data = asking(model)
        looks = role in TABLE[model]["look"]  # so its list opens: test_roles.py
        assert (client.get(address).status_code == 200) == looks
        assert client.post(address, data).status_code == (302 if looks else 403)
        Export.objects.filter(state="waiting").update(state="failed", failure="-")


@pytest.mark.parametrize("label", ["core.user", "auth.group", "ebikes.owner", "no.model", "nonsense"])
def test_what_is_no_list_to_take_away_is_refused(client, label):
    assert client.get(reverse("admin:core_export_add", query={"list": label})).status_code == 403


def test_without_a_list_the_page_says_which_there_are():
    page = logged_in(make_staff("finance")).get(reverse("admin:core_export_add")).content.decode()
    assert f'href="{url(PayoutLine, "changelist")}"' in page
    assert page.count(f'href="{url(FiledBike, "changelist")}"') == 0


# ------------------------------------------------------------------ rights that were withdrawn meanwhile


def test_a_right_that_was_withdrawn_before_the_table_was_written_is_not_used(person):
    officer = make_staff("officer")
    export = ask(logged_in(officer), TradeIn, personal="on", note="核对收款人")
    give_role(officer, "finance")
    assert outcome(export) == ("failed", "您没有查看这个列表的权限，没有导出")
    whole = ask(logged_in(make_staff("officer")), TradeIn, personal="on", note="核对收款人")
    give_role(whole.asked_by, "auditor")
    assert outcome(whole) == ("failed", "您没有导出完整个人信息的权限，没有导出")


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_who_has_left_gets_no_table(person, files, change):
    officer = make_staff("officer")
    export = ask(logged_in(officer), TradeIn)
    with owning():
        type(officer).objects.filter(pk=officer.pk).update(**change)
    assert outcome(export)[0] == "failed"
    assert not files.exists() or list(files.iterdir()) == []


def test_a_right_that_was_withdrawn_later_lets_nobody_download(person):
    officer = make_staff("officer")
    client = logged_in(officer)
    export = ask(client, TradeIn, personal="on", note="核对收款人")
    tasks.write_export(export.pk)
    give_role(officer, "auditor")
    client = logged_in(officer)  # another role, another session
    assert client.get(reverse("admin:core_export_download", args=[export.pk])).status_code == 403


# ------------------------------------------------------------------ nothing that runs, nothing that is lost

SIGNS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠1",
    "\u3000＝1",
]


@pytest.mark.parametrize("text", SIGNS)
@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_a_table_holds_no_formulas(client, text, file_format):
    TradeInFactory(record_no=text, brand=text, owner_name=text, remark=text, phone=None)
    content = made(client, TradeIn, file_format=file_format, personal="on", note="核对收款人")
    if file_format == "csv":
        cells = [
            cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) for cell in row
        ]
    else:
        sheet = load_workbook(io.BytesIO(content)).worksheets[0]
        assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
        cells = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row]
    assert not [cell for cell in cells if cell.strip().startswith(tuple("=+-@\t\r＝＋－＠"))]
    assert [cell for cell in cells if cell.startswith("'") and cell.endswith(text.strip()[-1])]


def test_long_numbers_keep_their_digits(client):
    TradeInFactory(vehicle_code="123422200000001", invoice_no="00012345", brand="12E34")
    (row,) = exported(client, TradeIn)
    assert (row["新车整车编码"], row["发票号码"], row["品牌"]) == ("'123422200000001", "'00012345", "'12E34")
    book = load_workbook(io.BytesIO(made(client, TradeIn, file_format="xlsx")))
    titles, cells = list(book.worksheets[0].iter_rows(values_only=True))
    found = dict(zip(titles, cells, strict=True))
    assert (found["新车整车编码"], found["发票号码"], found["品牌"]) == (
        "123422200000001",
        "00012345",
        "12E34",
    )


def test_money_is_in_yuan_with_two_decimals_and_says_so(client):
    TradeInFactory(price_fen=123450)
    (row,) = exported(client, TradeIn)
    assert row["成交价(元)"] == "1234.50"
    sheet = load_workbook(io.BytesIO(made(client, TradeIn, file_format="xlsx"))).worksheets[0]
    (cell,) = [cell for cell in sheet[2] if cell.value == 1234.5]
    assert cell.number_format == "0.00"


def test_times_are_local_and_states_are_words(client, district):
    make_claim(district.scheme, completed_at=local("2022-06-30 23:30:00"))
    (row,) = exported(client, Claim)
    assert row["全流程完成时间"] == "2022-06-30 23:30:00"
    assert row["状态"] == Claim.objects.get().get_state_display()
    assert row["决定完成的环节"] == "上牌时间"


def test_what_no_cell_can_hold_is_left_out(client):
    TradeInFactory(brand="雅\x01迪 <b>&\x0b")
    book = load_workbook(io.BytesIO(made(client, TradeIn, file_format="xlsx")))
    assert "雅迪 <b>&" in str(list(book.worksheets[0].iter_rows(values_only=True)))


def test_csv_is_read_rightly_by_spreadsheets(client):
    assert made(client, TradeIn).startswith(b"\xef\xbb\xbf")


def test_titles_are_in_the_language_of_who_asked(client):
    client.post(reverse("set_language"), {"language": "en"})
    export = ask(client, TradeIn)
    assert export.language == "en"
    tasks.write_export(export.pk)
    assert "备案号牌" not in fetch(client, export).decode("utf-8-sig").splitlines()[0]


# ------------------------------------------------------------------ written once, whatever happens


def test_nobody_waits_on_the_page_for_it(client, person, messages, files):
    export = ask(client, TradeIn)
    assert messages == [export.pk]
    assert (export.state, files.exists()) == ("waiting", False)
    page = client.get(url(Export, "change", export.pk)).content.decode()
    assert 'id="poll-export"' in page
    assert '<meta http-equiv="refresh" content="2;url=?poll">' in page


def test_progress_is_the_truth(client, monkeypatch):
    monkeypatch.setattr(write, "CHUNK", 2)
    for _ in range(5):
        TradeInFactory()
    seen = []
    honest = sheets.CsvSheet.write
    monkeypatch.setattr(sheets.CsvSheet, "write", lambda *args: (seen.append(far(export)), honest(*args)))
    export = ask(client, TradeIn)
    tasks.write_export(export.pk)
    assert seen == [(0, 5), (0, 5), (0, 5), (2, 5), (2, 5), (4, 5)]
    assert far(export) == (5, 5)


def far(export):
    found = fresh(export)
    return found.rows_written, found.rows_expected


class Killed(BaseException):
    """What no handler catches, as if the worker were gone."""


def die_at(monkeypatch, row):
    honest = sheets.CsvSheet.write
    rows = iter(range(1000))

    def dying(sheet, cells):
        if next(rows) == row:
            raise Killed
        honest(sheet, cells)

    monkeypatch.setattr(sheets.CsvSheet, "write", dying)


def test_a_worker_that_was_killed_half_way_is_followed_by_another(client, files, messages, monkeypatch):
    for _ in range(5):
        TradeInFactory()
    export = ask(client, TradeIn)
    with monkeypatch.context() as patch:
        die_at(patch, 3)
        with pytest.raises(Killed):
            tasks.write_export(export.pk)
    assert fresh(export).state == "writing"
    assert client.get(reverse("admin:core_export_download", args=[export.pk])).status_code == 302
    messages.clear()
    tasks.sweep_exports()
    assert messages == []  # whoever is at it may still be
    with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=False):
        tasks.sweep_exports()
    assert messages == [export.pk]
    tasks.write_export(export.pk)
    assert [path.name for path in files.iterdir()] == [f"export-{export.pk}"]
    assert len(list(csv.reader(io.StringIO(fetch(client, export).decode("utf-8-sig"))))) == 6


def test_a_table_that_takes_every_worker_down_is_given_up(client, monkeypatch):
    TradeInFactory()
    export = ask(client, TradeIn)
    with monkeypatch.context() as patch:
        for _ in range(write.ATTEMPTS):
            die_at(patch, 1)
            with pytest.raises(Killed):
                tasks.write_export(export.pk)
    state, failure = outcome(export)
    assert state == "failed"
    assert "几次生成都中断了" in failure


def test_done_twice_changes_nothing(client, person):
    export = ask(client, TradeIn)
    tasks.write_export(export.pk)
    first = Export.objects.values().get(pk=export.pk)
    tasks.write_export(export.pk)
    assert Export.objects.values().get(pk=export.pk) == first


def test_while_one_worker_writes_a_second_does_nothing(client, person):
    export = ask(client, TradeIn)
    other = connection.copy()
    with other.cursor() as first_worker:
        first_worker.execute("SELECT pg_advisory_lock(%s, %s)", [tasks._WRITING_LOCK, export.pk])
        tasks.write_export(export.pk)
        assert fresh(export).state == "waiting"
        first_worker.execute("SELECT pg_advisory_unlock(%s, %s)", [tasks._WRITING_LOCK, export.pk])
    other.close()
    tasks.write_export(export.pk)
    assert fresh(export).state == "ready"


def test_what_goes_wrong_ends_in_a_sentence_and_in_the_log(client, person, files, monkeypatch, caplog):
    monkeypatch.setattr(sheets.CsvSheet, "close", lambda sheet: 1 / 0)
    export = ask(client, TradeIn)
    state, failure = outcome(export)
    assert (state, "请联系管理员" in failure) == ("failed", True)
    assert list(files.iterdir()) == []
    assert f"export {export.pk} could not be written" in caplog.text
    page = client.get(url(Export, "change", export.pk)).content.decode()
    assert failure in page
    assert "ZeroDivisionError" not in page


def test_a_table_that_takes_too_long_ends_in_a_sentence(client, monkeypatch):
    monkeypatch.setattr(write, "CHUNK", 1)
    monkeypatch.setattr(write, "LONGEST", timedelta(0))
    TradeInFactory()
    state, failure = outcome(ask(client, TradeIn))
    assert (state, "缩小筛选范围" in failure) == ("failed", True)


def test_nobody_has_more_than_a_few_in_the_making(client):
    for _ in range(AT_ONCE):
        ask(client, TradeIn)
    address, data = asking(TradeIn)
    response = client.post(address, data, follow=True)
    assert "正在生成" in response.content.decode()
    assert Export.objects.count() == AT_ONCE


# ------------------------------------------------------------------ kept sealed, for a while, for one person


def test_the_file_rests_sealed_and_is_read_by_nobody_else(client, person, files):
    export = ask(client, TradeIn, personal="on", note="核对收款人")
    tasks.write_export(export.pk)
    (path,) = files.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    resting = path.read_bytes()
    assert not [text for text in (NAME, ID_NO, "淘汰置换单号") if text.encode() in resting]


def test_the_digest_and_the_size_are_those_of_the_file_in_hand(client, person):
    content = made(client, TradeIn, file_format="xlsx")
    export = Export.objects.latest("pk")
    assert (export.file_sha256, export.file_size) == (hashlib.sha256(content).hexdigest(), len(content))


def test_a_file_of_many_pieces_is_whole(client, monkeypatch, files):
    monkeypatch.setattr(sealed_files, "PIECE", 100)
    for _ in range(20):
        TradeInFactory()
    assert len(exported(client, TradeIn)) == 20
    (path,) = files.iterdir()
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", whole[:-1], whole[133:]):
        path.write_bytes(damaged)
        with pytest.raises(sealed_files.UnreadableSecret):
            list(sealed_files.unsealed(path, context=write.context_of(Export.objects.get().pk)))


def test_a_file_that_is_gone_or_damaged_is_refused_in_words(client, person, files):
    export = ask(client, TradeIn)
    tasks.write_export(export.pk)
    for spoil in (lambda path: path.write_bytes(b"\0\0\0\1x"), Path.unlink):
        spoil(files / f"export-{export.pk}")
        response = client.get(reverse("admin:core_export_download", args=[export.pk]), follow=True)
        assert "文件已损坏或不存在" in response.content.decode()


def test_a_file_is_removed_when_its_days_are_over_and_the_row_stays(client, person, files, settings):
    settings.EXPORT_DAYS = 2
    export = ask(client, TradeIn)
    tasks.write_export(export.pk)
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        tasks.sweep_exports()
    assert fetch(client, export)
    with time_machine.travel(timezone.now() + timedelta(days=3), tick=False):
        address = reverse("admin:core_export_download", args=[export.pk])
        assert logged_in(export.asked_by).get(address).status_code == 302  # before the sweep, too
        tasks.sweep_exports()
    assert list(files.iterdir()) == []
    assert fresh(export).state == "expired"
    assert "已过保留期" in client.get(url(Export, "change", export.pk)).content.decode()


@pytest.mark.parametrize("role", ["officer", "auditor", "finance"])
def test_nobody_downloads_what_somebody_else_asked_for(client, person, role):
    export = ask(client, Claim)
    tasks.write_export(export.pk)
    other = logged_in(make_staff(role))
    assert other.get(reverse("admin:core_export_download", args=[export.pk])).status_code == 403
    seen = other.get(url(Export, "change", export.pk))
    assert seen.status_code == (200 if role == "auditor" else 403)
    listed = other.get(url(Export, "changelist")).content.decode()
    assert (export.file_name in listed) == (role == "auditor")
    own = other.get(url(Export, "changelist"), {"whose": "mine"}).content.decode()
    assert export.file_name not in own


def test_not_even_a_superuser_does(client, person):
    export = ask(logged_in(make_staff("officer")), Claim)
    tasks.write_export(export.pk)
    assert client.get(reverse("admin:core_export_download", args=[export.pk])).status_code == 403


def test_asking_and_every_download_are_written_down(person):
    officer = make_staff("officer")
    client = logged_in(officer)
    export = ask(client, Claim, personal="on", note="电话回访", file_format="xlsx")
    tasks.write_export(export.pk)
    fetch(client, export)
    fetch(client, export)
    entries = AuditEntry.objects.filter(object_type="core.export", object_id=str(export.pk)).order_by("pk")
    told = {"list": "subsidies.claim", "format": "xlsx", "personal": True, "rows": 1}
    assert [(each.action, each.by, each.detail) for each in entries] == [
        ("export", officer, {**told, "note": "电话回访", "more": False}),
        ("download", officer, told),
        ("download", officer, told),
    ]
    assert {each.address for each in entries} == {"127.0.0.1"}


def test_somebody_on_an_ipv6_network_is_written_down_too(client, person):
    client.defaults["REMOTE_ADDR"] = "2001:db8::1"
    export = ask(client, Claim)
    assert AuditEntry.objects.get(object_type="core.export", object_id=str(export.pk)).address == "2001:db8::"


def test_exports_are_history(client, person):
    export = ask(client, Claim)
    assert refused(f"DELETE FROM core_export WHERE id = {export.pk}", because="exports are history")
    for change in ("personal = true, note = 'x'", "note = 'x'", "model_label = 'x'", "asked_at = now()"):
        assert refused(update(export, change), because="exports are history")
    assert refused(update(export, "state = 'ready'"), because="an_export_that_is_ready_has_a_file")
