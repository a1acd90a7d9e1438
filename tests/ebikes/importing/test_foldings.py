"""Marks that nobody sees make no other number and no other person of one; what cannot be told apart is asked about."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebikes.importing import fields, identity
from ebikes.importing.problems import Problem
from ebikes.importing.text import compact
from tests.ebikes.read import as_text, record, table

INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202d\u202c\u2060\u2066\u2068\u2069\u2800\u3164"
    "\ufe0f\ufeff\uffa0\ufffc\U000e0001\U000e0100"
)
NUMBERS = {
    "淘汰置换单号": ("record_no", "ZH-00000001"),
    "证件号码": ("id_no", "11010519491231002X"),
    "手机号": ("phone", "13812345678"),
    "新车整车编码": ("vehicle_code", "123420000000001"),
    "发票号码": ("invoice_no", "24332000000012345678"),
    "数字人民币钱包编号": ("wallet_no", "1002003004005678"),
    "备案号牌": ("filing_plate_no", "杭C000001"),
}
GUARDS = (
    "'{}",
    "‘{}",
    "＇{}",
    "’{}’",
    "`{}",
    "\t{}",
    "{}\t",
    '"=""{}"""',
    "{}_x000D_",
    "\u2068{}\u2069",
    " {} ",
    "\u3000{}",
)


@pytest.mark.parametrize("title", NUMBERS)
def test_what_was_put_around_a_number_is_no_part_of_it(reads, title):
    key, number = NUMBERS[title]
    plain = reads(as_text(table(record(**{title: number})))).only.values[key]

    found = reads(
        as_text(table(*(record(n, **{title: guard.format(number)}) for n, guard in enumerate(GUARDS))))
    )

    assert [row.problems for row in found.rows] == [[]] * len(GUARDS)
    assert {row.values[key] for row in found.rows} == {plain}


@pytest.mark.parametrize("title", NUMBERS)
def test_what_nobody_sees_is_no_part_of_a_number(reads_records, title):
    key, number = NUMBERS[title]
    written = (f"{mark}{number[:5]}{mark}{number[5:]}{mark}" for mark in INVISIBLE)

    found = reads_records(*(record(n, **{title: cell}) for n, cell in enumerate(written)))

    assert [row.problems for row in found.rows] == [[]] * len(INVISIBLE)
    assert {row.values[key] for row in found.rows} <= {number, f"+86{number}"}


@pytest.mark.parametrize("dash", "‐‑‒–—―−－﹣")
def test_every_dash_is_a_hyphen(dash):
    assert fields.code(f"GS{dash}DB{dash}0001") == "GS-DB-0001"
    assert fields.phone(f"138{dash}1234{dash}5678") == "+8613812345678"


@pytest.mark.parametrize("written", ["zh00000001", "ＺＨ００００００01", "ZH 0000 0001", " zh\u00a000000001"])
def test_width_case_and_blanks_make_no_other_number(written):
    assert fields.code(written) == "ZH00000001"


@pytest.mark.parametrize(
    "other", ["ΖΗ00000001", "ZН00000001", "№00000001", "ZH①", "ZH00000001.5", "单号1", "ZH_1", "=1+1"]
)
def test_letters_that_only_look_alike_are_named(other):
    with pytest.raises(Problem) as found:
        fields.code(other)

    assert found.value.kind == "code"
    assert found.value.params["unicode"].startswith("U+")


def test_a_whole_number_that_some_program_wrote_with_a_point_is_whole():
    assert fields.code("20220610001.0") == fields.code(20220610001.0) == "20220610001"


@given(st.text())
def test_folding_twice_changes_nothing_more(text):
    assert compact(compact(text)) == compact(text)


@given(
    st.from_regex(r"[A-Z]{2}[0-9]{8}", fullmatch=True),
    st.lists(st.sampled_from(INVISIBLE), max_size=6),
    st.integers(0, 10),
)
def test_a_number_keeps_its_own_characters_in_their_order(number, marks, place):
    assert fields.code(number[:place] + "".join(marks) + number[place:]) == number


DOTS = "·•・‧．∙●⋅.᛫ᐧ｡･"


@pytest.mark.parametrize("dot", [dot for dot in DOTS if dot != "｡"])
def test_a_name_has_one_dot_however_it_is_written(dot):
    assert fields.name(f"阿依{dot}试样") == "阿依·试样"
    assert fields.name(f"阿依 {dot} 试样") == "阿依·试样"


def test_names_in_latin_letters_keep_their_points_and_blanks():
    assert fields.name("J. R.  Smith") == "J. R. Smith"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("李\ue863", "李䶮"),
        ("李\ue816", "李𠂇"),
        ("王⽅", "王方"),
        ("葛\U000e0100试", "葛试"),
        ("李&nbsp;试样", "李试样"),
        ("&#26446;试样", "李试样"),
        ("李试样<br>", "李试样"),
        ("𠮷𫰡䶮", "𠮷𫰡䶮"),
    ],
)
def test_a_name_is_compared_in_standard_characters_and_kept_as_it_was_written(written, name):
    assert fields.name(written) == name
    assert fields.name_as_written(written) in ("", written, written.replace("\U000e0100", ""))


@pytest.mark.parametrize(
    "lost", ["李\ufffd样", "李□样", "李?样", "李？样", "李\ue001", "[object Object]", "12345"]
)
def test_a_name_with_a_lost_character_is_asked_about(reads_records, lost):
    assert reads_records(record(车主姓名=lost)).only.problems in (["name"], ["error_cell"])


def test_joiners_that_shape_letters_stay():
    assert fields.name("क्‍ष") == unicodedata.normalize("NFKC", "क्‍ष")


@pytest.mark.parametrize("x", "xＸｘⅩⅹ×✕*хХχΧ")
def test_the_x_of_an_id_is_an_x_whatever_keyboard_wrote_it(x):
    assert identity.id_no(identity.RESIDENT, f"11010519491231002{x}") == "11010519491231002X"


@pytest.mark.parametrize("plate", ["杭А000001", "杭C000001/杭C000002", "杭C000001（蓝牌）", "杭C00000①"])
def test_a_plate_that_is_none_is_told(reads_records, plate):
    assert reads_records(record(备案号牌=plate)).only.problems == ["plate"]
    assert reads_records(record(新车号牌=plate)).only.problems == ["plate"]
