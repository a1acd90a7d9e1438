"""The commitment letter on paper."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from django.utils import translation

from merchants.documents.letter import Letter, fingerprint, letter_pdf
from tests.merchants.documents.reading import misplaced, pages, printed, reader, size, words

LETTER = Letter(
    merchant_name="杭州拱墅区和睦电动车行",
    uscc="91330105MA2ABCDE1X",
    text_version="2022-06-v1",
    title="淘汰置换补贴承诺书",
    clauses=(
        "依法诚信经营，不虚构交易。",
        "旧车当面核对：\n（一）号牌；\n（二）车架号。",
        "自觉接受监督检查。",
    ),
    signed_by="王建国",
    signed_at=datetime(2022, 5, 31, 17, 30, tzinfo=UTC),
)


def test_the_letter_says_what_was_signed_by_whom_and_when():
    text = words(letter_pdf(LETTER))
    assert text.startswith(
        "淘汰置换补贴承诺书1.依法诚信经营，不虚构交易。2.旧车当面核对：（一）号牌；（二）车架号。3.自觉"
    )
    assert "承诺单位：杭州拱墅区和睦电动车行" in text
    assert "统一社会信用代码：91330105MA2ABCDE1X" in text
    assert "签署人：王建国" in text
    assert "文本版本：2022-06-v1" in text


def test_the_time_is_that_of_hangzhou():
    assert "签署时间：2022-06-0101:30:00（北京时间）" in words(letter_pdf(LETTER))


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="naive"):
        letter_pdf(replace(LETTER, signed_at=datetime(2022, 6, 1)))  # noqa: DTZ001


def test_the_fingerprint_can_be_made_with_any_tool():
    text = "".join(f"{part}\n" for part in (LETTER.title, *LETTER.clauses))
    assert fingerprint(LETTER.title, LETTER.clauses) == sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "changed",
    [
        replace(LETTER, title="淘汰置换补贴承诺书 "),
        replace(LETTER, clauses=LETTER.clauses[:2]),
        replace(LETTER, clauses=LETTER.clauses[::-1]),
    ],
)
def test_another_text_has_another_fingerprint(changed):
    assert fingerprint(changed.title, changed.clauses) != fingerprint(LETTER.title, LETTER.clauses)


def test_who_signs_the_text_does_not_change_its_fingerprint():
    others = replace(LETTER, merchant_name="另一家车行", signed_by="李四")
    assert (
        shown(letter_pdf(others))
        == shown(letter_pdf(LETTER))
        == [fingerprint(LETTER.title, LETTER.clauses)[:16]]
    )


def shown(pdf):
    """The fingerprint at the foot of each page."""
    return [re.search(r"文本指纹（SHA-256）：([0-9a-f]{16})", page)[1] for page in pages(pdf)]


def test_every_page_of_a_long_letter_has_its_number_and_the_fingerprint():
    long = replace(LETTER, clauses=LETTER.clauses * 40)
    pdf = letter_pdf(long)
    count = len(pages(pdf))
    assert count > 3
    assert shown(pdf) == [fingerprint(long.title, long.clauses)[:16]] * count
    assert [f"第{n}页，共{count}页" in page for n, page in enumerate(pages(pdf), 1)] == [True] * count
    assert "120.自觉接受监督检查。" in words(pdf)


def test_the_signature_stays_on_one_page():
    for number in range(15, 25):
        last = pages(letter_pdf(replace(LETTER, clauses=("自觉接受监督检查。",) * number)))[-1]
        assert "承诺单位" in last
        assert "文本版本" in last


def test_a_clause_longer_than_a_page_goes_on_on_the_next():
    clause = "承诺" * 3000
    pdf = letter_pdf(replace(LETTER, clauses=(clause,)))
    assert words(pdf).count("承诺") >= 3000
    assert not misplaced(pdf)


def test_a_title_longer_than_a_page_begins_on_the_first():
    first, *_others = pages(letter_pdf(replace(LETTER, title="承诺" * 800)))
    assert first.startswith("承诺")


def test_a_letter_without_clauses_is_printed_and_says_so():
    assert "本文本没有条款。" in words(letter_pdf(replace(LETTER, clauses=())))


def test_markup_is_printed_as_it_stands():
    name = '<b>甲&乙</b>&lt;<font size="99">'
    text = words(letter_pdf(replace(LETTER, merchant_name=name, title=name, clauses=(name, "<br/>"))))
    assert text.count(name.replace(" ", "")) == 3
    assert "2.<br/>" in text


@pytest.mark.parametrize("name", ["杭" * 500, "W" * 500, "甲 " * 500, "甲\n乙\x00丙"])
def test_long_names_neither_overlap_nor_run_off(name):
    pdf = letter_pdf(replace(LETTER, merchant_name=name, title=name, signed_by=name, uscc=name))
    assert not misplaced(pdf)


def test_the_letter_is_on_a4():
    assert size(letter_pdf(LETTER)) == (210, 297)


def test_the_same_letter_gives_the_same_bytes():
    assert letter_pdf(LETTER) == letter_pdf(LETTER)


def test_dates_and_labels_follow_the_language_and_the_text_does_not():
    with translation.override("en"):
        assert "1.依法诚信经营，不虚构交易。" in words(letter_pdf(LETTER))


def test_the_title_is_the_largest_and_in_the_middle():
    title, *others = printed(reader(letter_pdf(LETTER)).pages[0])
    assert title.text == LETTER.title
    assert title.left + title.right == pytest.approx(210 / 25.4 * 72, abs=1)
    assert title.top - title.bottom > max(other.top - other.bottom for other in others)
