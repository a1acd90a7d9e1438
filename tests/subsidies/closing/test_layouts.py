"""Amounts in capitals, and layouts as people write them: what they may be, and what they print."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subsidies.closing.accounts import Unreadable
from subsidies.closing.capitals import MOST_FEN, in_capitals
from subsidies.closing.layouts import Layout, LayoutColumn, read_columns, read_signs, too_wide
from subsidies.closing.papers.form import Form
from subsidies.closing.papers.pdf import forms_pdf
from subsidies.closing.papers.sample import sample_form
from subsidies.closing.shipped import REQUEST, VOUCHER
from tests.merchants.documents.reading import misplaced, pages
from tests.subsidies.closing.conftest import SEPTEMBER

# ------------------------------------------------------------------ capitals

DIGITS = {each: at for at, each in enumerate("零壹贰叁肆伍陆柒捌玖")}
UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def read_capitals(text):
    """Fen, read back letter by letter: what a person at the counter does."""
    yuan, _sign, rest = text.partition("元") if "元" in text else ("", "", text)
    fen = 100 * _whole(yuan)
    for letter, unit in zip(rest[::2].replace("整", ""), rest[1::2], strict=False):
        fen += DIGITS[letter] * {"角": 10, "分": 1}[unit]
    return fen


def _whole(text):
    for sign, unit in (("亿", 10**8), ("万", 10**4)):
        if sign in text:
            before, _sign, after = text.rpartition(sign)
            return _whole(before) * unit + _whole(after)
    total = digit = 0
    for letter in text:
        if letter in UNITS:
            total += digit * UNITS[letter]
            digit = 0
        else:
            digit = DIGITS[letter]
    return total + digit


@given(st.integers(1, 10**12) | st.integers(1, MOST_FEN - 1))
def test_an_amount_in_capitals_reads_back_as_itself(fen):
    written = in_capitals(fen)
    assert read_capitals(written.replace("元零", "元").replace("零元", "元")) == fen
    assert written.endswith("整") == (fen % 100 == 0)


@pytest.mark.parametrize(
    ("fen", "written"),
    [
        (0, "零元整"),
        (30_000, "叁佰元整"),
        (30_005, "叁佰元零伍分"),
        (30_050, "叁佰元伍角"),
        (100_000_500, "壹佰万零伍元整"),
        (10_000_000_000, "壹亿元整"),
        (1, "壹分"),
    ],
)
def test_amounts_in_capitals(fen, written):
    assert in_capitals(fen) == written


@pytest.mark.parametrize("fen", [-1, MOST_FEN])
def test_what_has_no_capitals_is_refused(fen):
    with pytest.raises(ValueError, match="capitals"):
        in_capitals(fen)


# ------------------------------------------------------------------ layouts


@pytest.mark.parametrize("layout", [VOUCHER, REQUEST], ids=["voucher", "request"])
def test_what_is_shipped_can_be_typed_and_fits_its_paper(layout):
    assert read_columns(layout.subject, layout.columns_as_text()) == layout.columns
    assert read_signs(layout.signs_as_text()) == layout.signs
    assert too_wide(layout) == ""
    assert Layout.from_json(layout.as_json()) == layout


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("批次 | 批次", "第 1 行：应有 3 栏"),
        ("车主 | 车主 | 30", "第 1 行：没有“车主”这一项内容"),
        ("批次 | 批次 | 30\n批次 | 批次 | 30", "第 2 行：“批次”已经有一列了"),
        ("批次 |  | 30", "表头应为 1 至 20 字"),
        ("批次 | 批次 | 很宽", "宽度“很宽”应为 8 至 250 的整数"),
        ("批次 | 批次 | ３０", "宽度“３０”应为"),
        ("批次 | 批次 | 9999", "宽度“9999”应为"),
        ("批次 | 批次 | 30", "缺少这些列：笔数、金额(元)"),
        ("笔数 | 笔数 | 30\n批次 | 批次 | 30\n金额(元) | 金额 | 30", "第一列不能是笔数或金额"),
    ],
)
def test_columns_that_cannot_be_are_said_line_by_line(text, sentence):
    with pytest.raises(Unreadable, match=re.escape(sentence)):
        read_columns("request", text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "应有 1 至 8 个"),
        ("\n".join(map(str, range(9))), "应有 1 至 8 个"),
        ("复核 | 李四", "无法识别"),
        ("复核 | 复核人 | x", "无法识别"),
        ("一二三四五六七八九十一二三", "名称应为 1 至 12 字"),
    ],
)
def test_places_to_sign_that_cannot_be_are_said(text, sentence):
    with pytest.raises(Unreadable, match=sentence):
        read_signs(text)


def test_a_table_wider_than_its_paper_is_told():
    wide = replace(VOUCHER, columns=(*VOUCHER.columns, LayoutColumn("book", "x", 8)))
    assert "198 毫米" in too_wide(wide)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.text(max_size=60), min_size=1, max_size=12),
    st.sampled_from(["A4", "A5", "B5", "140x240"]),
    st.booleans(),
)
def test_whatever_is_written_in_it_a_form_prints(texts, paper, landscape):
    """The same bytes twice, nothing off the page, and nothing over something else."""
    columns = (
        LayoutColumn("batch", "批次", 40),
        LayoutColumn("rows", "笔数", 20),
        LayoutColumn("amount", "金额", 40),
    )
    layout = replace(REQUEST, paper=paper, landscape=landscape, columns=columns)
    rows = [{"batch": text, "rows": 1, "amount": 100} for text in texts]
    form = Form(layout, (texts[0],) * 3, rows, ("合计", {"rows": len(rows), "amount": 100}), (texts[0],))
    made = forms_pdf([form], "x")
    assert forms_pdf([form], "x") == made
    assert misplaced(made) == []


def test_a_row_of_a_long_request_is_on_one_page_and_the_sum_on_the_last():
    rows = [
        {"no": str(n), "batch": f"批次{n:03}", "made_on": "2022-09-20", "rows": 500, "amount": 15_000_000}
        for n in range(120)
    ]
    form = Form(REQUEST, ("", "", ""), rows, ("合计", {"rows": 60_000, "amount": 1_800_000_000}))
    found = pages(forms_pdf([form], "x"))
    assert len(found) > 1
    assert sum(page.count("批次0") for page in found) == 100
    assert all("发放批次" in page for page in found)  # its headings on each
    assert ["18,000,000.00" in page for page in found] == [False] * (len(found) - 1) + [True]


def test_rare_characters_print():
    layout = replace(VOUCHER, unit="㙓𬭚市监局")
    (page,) = pages(forms_pdf([sample_form(layout, SEPTEMBER)], "x"))
    assert "㙓" in page


def test_columns_stand_as_the_layout_has_them():
    order = ("batch", "amount", "rows", "no")
    columns = tuple(LayoutColumn(field, f"列{at}", 40) for at, field in enumerate(order))
    (page,) = pages(forms_pdf([sample_form(replace(REQUEST, columns=columns), SEPTEMBER)], "x"))
    assert page.index("列0") < page.index("列1") < page.index("列2") < page.index("列3")
