"""Preview changes nothing, confirming does it once, and the same again is never counted twice."""

import csv
import io
import re

import pytest
from django.db import connection
from openpyxl import Workbook, load_workbook
from stdnum.cn import uscc as rule

from ebikes.importing.models.staging import StagedTradeIn
from ebikes.importing.pipeline import BatchNotInPreview, confirm_batch, discard_batch, read_file
from ebikes.importing.reading import Reading, samples_of, sentences
from ebikes.importing.report import noted, verdict_rows, write_refused, write_verdicts
from ebikes.models import FiledBike, ImportRow, Owner, TradeIn
from ebikes.records.reveal import reveal_person
from merchants.models import AgentAuthorization, AgentPoint, Merchant
from tests.at_rest import columns_that_say
from tests.ebikes.files import valid_uscc
from tests.factories import NOW, AgentPointFactory, MerchantFactory, UserFactory, make_staff
from tests.laid import laid

pytestmark = pytest.mark.django_db

ID_NO, PHONE = "11010519491231002X", "13800000000"


def uscc(serial):
    """A code with the right check character."""
    body = f"91330105MA28AAAA{serial}"
    return body + rule.calc_check_digit(body)


@laid
def point():
    return AgentPointFactory(merchant=MerchantFactory(uscc=uscc("B")))


@pytest.fixture
def row(point):
    """A good row of a trade-in; changed by keywords."""

    def make(**changes):
        cells = {
            "淘汰置换单号": "TH1",
            "备案号牌": "杭A000001",
            "车主姓名": "王小芳",
            "证件号码": ID_NO,
            "手机号": PHONE,
            "商户统一社会信用代码": point.merchant.uscc,
            "代办点编号": point.point_no,
            "注销时间": "2022-06-10 09:00:00",
            "回收时间": "2022-06-10 10:00:00",
            "购买时间": "2022-06-10 11:00:00",
            "上牌时间": "2022-06-10 12:00:00",
            "新车整车编码": "123422212345678",
            "新车号牌": "浙A12345",
        }
        return cells | changes

    return make


@pytest.fixture
def preview(tmp_path):
    """Read rows into a batch."""

    def read(*rows, kind="trade_ins", merchant=None):
        path = tmp_path / "file.csv"
        with path.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        return read_file(path, kind=kind, by=None, now=NOW, progress=lambda part: None, merchant=merchant)

    return read


def verdicts(batch):
    return list(ImportRow.objects.filter(batch=batch).order_by("line").values_list("verdict", "reason"))


def test_a_preview_writes_nothing_live(preview, row):
    batch = preview(row())

    assert (batch.state, batch.rows_accepted) == ("preview", 1)
    assert not TradeIn.objects.exists()
    assert not Owner.objects.exists()


def test_confirming_makes_the_row_live_with_everything_in_it(preview, row, point):
    confirm_batch(batch=preview(row()), by=None, now=NOW)

    trade_in = TradeIn.objects.get()
    assert (trade_in.owner.id_no, trade_in.phone, trade_in.agent_point) == (ID_NO, f"+86{PHONE}", point)
    assert trade_in.batch_line == 2


def test_the_same_file_again_changes_nothing(preview, row):
    confirm_batch(batch=preview(row()), by=None, now=NOW)

    again = preview(row(证件号码=ID_NO.lower(), 手机号=f"+86 {PHONE}", 新车号牌="浙A·12345"))
    confirm_batch(batch=again, by=None, now=NOW)

    assert verdicts(again) == [("duplicate", "")]
    assert TradeIn.objects.count() == 1


def test_other_content_under_a_known_number_is_a_conflict(preview, row):
    confirm_batch(batch=preview(row()), by=None, now=NOW)

    assert verdicts(preview(row(新车整车编码="123422212345679"))) == [("refused", "conflict")]


def test_repeats_within_a_file_are_judged_by_the_first_good_row(preview, row):
    batch = preview(row(证件号码="1"), row(), row(), row(上牌时间="2022-06-11"))

    assert verdicts(batch) == [
        ("refused", "id_no"),
        ("accepted", ""),
        ("duplicate", ""),
        ("refused", "conflict"),
    ]


def test_what_became_known_after_the_preview_is_compared_again(preview, row):
    waiting = preview(row())
    confirm_batch(batch=preview(row()), by=None, now=NOW)

    confirm_batch(batch=waiting, by=None, now=NOW)

    assert verdicts(waiting) == [("duplicate", "")]
    assert TradeIn.objects.count() == 1


@pytest.mark.parametrize("verb", [confirm_batch, discard_batch])
def test_a_batch_is_decided_once(preview, row, verb):
    batch = preview(row())
    verb(batch=batch, by=None, now=NOW)

    for again in (confirm_batch, discard_batch):
        with pytest.raises(BatchNotInPreview):
            again(batch=batch, by=None, now=NOW)


def test_a_discarded_file_leaves_its_verdicts_and_nothing_else(preview, row):
    batch = preview(row())

    discard_batch(batch=batch, by=None, now=NOW)

    assert not TradeIn.objects.exists()
    assert verdicts(batch) == [("accepted", "")]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"备案号牌": ""}, "missing"),
        ({"商户统一社会信用代码": uscc("C")}, "merchant"),
        ({"代办点编号": "GS-DB-404"}, "agent_point"),
        ({"上牌时间": "昨天", "证件号码": "1"}, "id_no"),
        ({"备案号牌": "", "证件号码": "1"}, "missing"),
        ({"车主姓名": "长" * 65}, "too_long"),
    ],
)
def test_a_row_is_refused_for_its_first_reason(preview, row, changes, reason):
    assert verdicts(preview(row(**changes))) == [("refused", reason)]


def test_all_that_is_wrong_with_a_row_is_told_and_persons_are_masked(preview, row):
    batch = preview(row(证件号码="110105194912310021", 上牌时间="昨天"))

    (_, _, _, why), *_ = verdict_rows(batch)

    assert "校验码" in why
    assert "昨天" in why
    assert "110105194912310021" not in why
    assert "110105194912310021" not in str(ImportRow.objects.values_list("problems", flat=True))


def test_a_merchant_sends_in_only_its_own(preview, row):
    stranger = MerchantFactory(uscc=uscc("D"))

    assert verdicts(preview(row(), merchant=stranger)) == [("refused", "merchant")]


def test_nothing_personal_lies_open_in_the_tables(preview, row):
    confirm_batch(batch=preview(row()), by=None, now=NOW)
    preview(row(淘汰置换单号="TH2", 代办点编号="GS-DB-404"))

    with connection.cursor() as cursor:
        for table in ("ebikes_owner", "ebikes_tradein", "ebikes_importrow", "ebikes_stagedtradein"):
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM {table} t")
            text = cursor.fetchone()[0] or ""
            assert ID_NO not in text
            assert PHONE not in text


def test_refused_rows_come_back_whole_to_be_corrected_and_sent_again(preview, row, tmp_path):
    """As a workbook of texts: no spreadsheet makes numbers of them."""
    batch = preview(row(证件号码="1", 备注="=1+1"))
    path = tmp_path / "refused.xlsx"
    with path.open("wb") as out:
        write_refused(batch, out)

    sheet = load_workbook(path).worksheets[0]
    back = {title.value: cell.value for title, cell in zip(sheet[1], sheet[2], strict=True)}
    again = read_file(path, kind="trade_ins", by=None, now=NOW, progress=lambda part: None)
    corrected = preview({key: value or "" for key, value in back.items()} | {"证件号码": ID_NO})

    assert {title: back[title] for title in ("证件号码", "备注", "上牌时间")} == {
        "证件号码": "1",
        "备注": "=1+1",
        "上牌时间": "2022-06-10 12:00:00",
    }
    assert verdicts(again) == [("refused", "id_no")]
    assert verdicts(corrected) == [("accepted", "")]


def test_all_fields_of_a_row_that_does_not_fit_the_header_come_back(preview, row, tmp_path):
    path = tmp_path / "wide.csv"
    cells = list(row(备注="", 数字人民币钱包编号="").values())
    header = [*row(备注="", 数字人民币钱包编号="")]
    path.write_text("\n".join([",".join(header), ",".join([*cells[:-2], "锁", "雨衣", "1002003004005678"])]))
    batch = read_file(path, kind="trade_ins", by=None, now=NOW, progress=lambda part: None)
    with (tmp_path / "refused.xlsx").open("wb") as out:
        write_refused(batch, out)

    back = [cell.value for cell in load_workbook(tmp_path / "refused.xlsx").worksheets[0][2]]

    assert verdicts(batch) == [("refused", "extra_cells")]
    assert ImportRow.objects.get(batch=batch).record_no == "TH1"
    assert {"锁", "雨衣", "1002003004005678"} <= set(back)
    assert "1002003004005678" not in str(ImportRow.objects.values_list("problems", flat=True))


def test_a_conflict_names_the_fields_and_both_values(preview, row):
    confirm_batch(batch=preview(row()), by=None, now=NOW)

    changed = row(
        车主姓名="王小放", 新车整车编码="123422212345679", 手机号="13800000009", 购买时间="2022-06-10"
    )
    (_, _, _, why), *_ = verdict_rows(preview(changed))

    assert "新车整车编码 123422212345678 ≠ 123422212345679" in why
    assert "车主姓名 王** ≠ 王**" in why
    assert "手机号 138****0000 ≠ 138****0009" in why
    assert "购买时间 2022-06-10 11:00:00 ≠ 2022-06-10 23:59:59" in why
    assert "证件号码" not in why


def test_of_another_shops_customer_a_conflict_tells_nothing(preview, row):
    """A guessed number was enough to read the end of a stranger's phone and wallet."""
    confirm_batch(batch=preview(row(**{"数字人民币钱包编号": "1002003004005678"})), by=None, now=NOW)
    own = AgentPointFactory(merchant=MerchantFactory(uscc=uscc("D")))
    theirs = row(商户统一社会信用代码=own.merchant.uscc, 代办点编号=own.point_no, 手机号="13800000009")
    batch = preview(theirs, merchant=own.merchant)
    assert verdicts(batch) == [("refused", "conflict")]
    (_, _, _, why), *_ = verdict_rows(batch)
    assert not {"0000", "5678", "≠"} & set(re.findall(r"0000|5678|≠", why))


def test_a_conflict_within_a_file_names_the_fields_too(preview, row):
    empty = {"成交价(元)": "", "数字人民币钱包编号": ""}
    batch = preview(row(**empty), row(**{"成交价(元)": "2999", "数字人民币钱包编号": "1002003004005678"}))

    (_, (_, _, _, why)) = verdict_rows(batch)

    assert "成交价(元) – ≠ 2,999" in why
    assert "数字人民币钱包编号 – ≠ ****5678" in why


@pytest.mark.parametrize("variant", ["王•小芳", "王‧小芳", "王．小芳", "王 · 小芳", "王・小芳"])
def test_the_same_name_with_another_dot_is_the_same_record_again(preview, row, variant):
    confirm_batch(batch=preview(row(车主姓名="王·小芳")), by=None, now=NOW)

    assert verdicts(preview(row(车主姓名=variant))) == [("duplicate", "")]


def test_another_masked_name_is_a_contradiction_that_is_told(preview, row):
    """It has no index, as it is compared with nobody's: what it says is compared."""
    confirm_batch(batch=preview(row(车主姓名="王*芳")), by=None, now=NOW)
    refused = preview(row(车主姓名="李*芳"))
    assert "车主姓名 王** ≠ 李**" in str(refused.rows.get().problems)


def test_no_name_stands_in_the_tables_in_clear_while_it_waits_or_after(preview, row):
    cast = {"欧阳娜娜", "司马相如", "上官婉儿", "诸葛青青"}
    confirm_batch(batch=preview(row(车主姓名="欧阳娜娜")), by=None, now=NOW)
    preview(row(车主姓名="司马相如"))  # contradicts it
    preview(row(车主姓名="上官婉儿", 淘汰置换单号="TH2", 手机号="12"))  # is refused
    preview(row(车主姓名="诸葛青青", 淘汰置换单号="TH3"))  # waits
    assert StagedTradeIn.objects.count() == 1
    assert columns_that_say(cast) == set()


def test_a_name_is_kept_as_it_was_written(preview, row):
    confirm_batch(batch=preview(row(车主姓名="王\ue863")), by=None, now=NOW)

    trade_in = TradeIn.objects.get()
    assert (trade_in.owner_name, trade_in.owner_name_written) == ("王䶮", "王\ue863")
    who = reveal_person(of=trade_in, reason="核对来件姓名", by=make_staff("officer"), now=NOW)
    assert [each.value for each in who if each.name == "name_written"] == ["王\ue863"]


def test_the_same_bike_twice_in_a_file_is_told_before_anybody_confirms(preview, row):
    batch = preview(
        row(),
        row(淘汰置换单号="TH2", 新车整车编码="123422212345679", 新车号牌="浙A12346"),
        row(淘汰置换单号="TH3", 备案号牌="杭A000003", 新车号牌="浙A12347"),
        row(淘汰置换单号="TH4", 备案号牌="杭A000004", 新车整车编码="123422212345680"),
        row(淘汰置换单号="TH5", 备案号牌="杭A000005", 新车整车编码="123422212345681", 新车号牌="浙A12348"),
    )

    said = [why for _, _, _, why in verdict_rows(batch)]

    assert "备案号牌”杭A000001 与本文件第 2 行相同" in said[1]
    assert "新车整车编码”123422212345678 与本文件第 2 行相同" in said[2]
    assert "新车号牌”浙A12345 与本文件第 2 行相同" in said[3]
    assert (said[0], said[4]) == ("", "")
    assert noted(batch).count() == 3


def test_what_was_read_of_a_file_is_kept_with_it_and_values_of_unknown_columns_are_sealed(preview, row):
    batch = preview(
        row(钱包号="1002003004005678"), row(**dict.fromkeys(row(), ""), 钱包号="") | {"淘汰置换单号": "合计"}
    )
    batch.refresh_from_db()

    reading = Reading.of(batch)
    assert (reading.rows, reading.read, reading.skipped, reading.cells_not_read) == (2, 1, 1, 1)
    assert samples_of(batch) == {"N": ["1002003004005678"]}
    assert "1002003004005678" not in str(batch.reading)
    assert "是否应为“数字人民币钱包编号”？" in " ".join(sentences(batch))
    assert "1 行是合计、签名或说明，没有读取：第 3 行" in " ".join(sentences(batch))


def test_lines_of_several_sheets_are_named_with_their_sheet(row, tmp_path):
    book = Workbook()
    for name, number in (("上旬", "TH1"), ("下旬", "TH2")):
        sheet = book.create_sheet(name)
        sheet.append(list(row()))
        sheet.append(list(row(淘汰置换单号=number, 证件号码="1").values()))
    path = tmp_path / "file.xlsx"
    book.save(path)

    batch = read_file(path, kind="trade_ins", by=None, now=NOW, progress=lambda part: None)

    assert [place for place, _, _, _ in verdict_rows(batch)] == ["上旬!2", "下旬!2"]


def test_a_downloaded_verdict_holds_no_formula(preview, row):
    out = io.StringIO()
    write_verdicts(preview(row(淘汰置换单号="=1+1", 代办点编号="GS-DB-404")), out)

    assert "\n2,'=1+1," in out.getvalue().replace("\r\n", "\n")


def test_a_register_amends_what_it_knows(preview):
    bike = {"备案号牌": "杭A000001", "备案日期": "2018-06-01", "证件号码": ID_NO, "车主姓名": "王小芳"}
    confirm_batch(batch=preview(bike, kind="filed_bikes"), by=None, now=NOW)

    later = bike | {"备案日期": "2018-06-02"}
    amended = preview(later, kind="filed_bikes")
    confirm_batch(batch=amended, by=None, now=NOW)

    assert verdicts(amended) == [("accepted", "")]
    assert str(FiledBike.objects.get().filed_on) == "2018-06-02"
    assert verdicts(preview(later, kind="filed_bikes")) == [("duplicate", "")]


def test_periods_of_one_point_may_not_overlap(preview, point):
    AgentAuthorization.objects.all().delete()
    first = {
        "代办点编号": point.point_no,
        "商户统一社会信用代码": point.merchant.uscc,
        "授权起": "2022-05-01",
        "授权止": "2022-06-30",
    }
    confirm_batch(batch=preview(first, kind="agent_points"), by=None, now=NOW)

    batch = preview(
        first | {"授权起": "2022-06-30", "授权止": ""}, first | {"授权止": "2022-06-15"}, kind="agent_points"
    )
    confirm_batch(batch=batch, by=None, now=NOW)

    assert verdicts(batch) == [("refused", "conflict"), ("accepted", "")]
    assert str(AgentAuthorization.objects.get().ends_on) == "2022-06-15"
    assert Merchant.objects.count() == 1


def test_no_file_gives_a_point_to_another_merchant(preview, point):
    other, third = MerchantFactory(uscc=valid_uscc()), MerchantFactory(uscc=valid_uscc())
    taken = {
        "代办点编号": point.point_no,
        "商户统一社会信用代码": other.uscc,
        "授权起": "2024-05-01",
        "授权止": "2024-06-30",
    }
    new = taken | {"代办点编号": "GS-DB-8888"}
    again = new | {"商户统一社会信用代码": third.uscc, "授权起": "2025-05-01", "授权止": ""}

    batch = preview(taken, new, again, kind="agent_points")
    confirm_batch(batch=batch, by=None, now=NOW)

    assert verdicts(batch) == [("refused", "conflict"), ("accepted", ""), ("refused", "conflict")]
    assert AgentPoint.objects.get(point_no=point.point_no).merchant == point.merchant
    assert AgentPoint.objects.get(point_no="GS-DB-8888").merchant == other


def test_no_file_opens_a_period_again_that_was_withdrawn(preview, point):
    period = {
        "代办点编号": point.point_no,
        "商户统一社会信用代码": point.merchant.uscc,
        "授权起": "2022-05-01",
    }
    withdrawn = {"withdrawn_at": NOW, "withdrawn_by": UserFactory(), "withdrawal_reason": "出借授权牌"}
    point.authorizations.update(ends_on="2022-06-15", **withdrawn)

    batch = preview(period | {"授权止": ""}, period | {"授权止": "2022-12-31"}, kind="agent_points")
    confirm_batch(batch=batch, by=None, now=NOW)

    assert verdicts(batch) == [("refused", "conflict"), ("refused", "conflict")]
    assert str(point.authorizations.get().ends_on) == "2022-06-15"
