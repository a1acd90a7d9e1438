"""The plaque on the wall."""

from dataclasses import replace
from datetime import date

import pytest
import segno
from django.utils import translation

from merchants.documents.plaque import Plaque, plaque_pdf
from tests.merchants.documents.reading import misplaced, printed, reader, rectangles, size, words

PLAQUE = Plaque(
    merchant_name="杭州拱墅区和睦电动车行",
    point_no="GS-DB-001",
    starts_on=date(2022, 6, 1),
    ends_on=date(2022, 12, 31),
    url="https://example.org/claims/?from=GS-DB-001",
)
CM = 72 / 2.54


def page(plaque):
    (only,) = reader(plaque_pdf(plaque)).pages
    return only


def modules(plaque):
    """(x, y, width, height) of the dark squares, and how many would stand side by side."""
    count = len(segno.make_qr(plaque.url, error="m").matrix)
    return [(x, y, w, h) for x, y, w, h in rectangles(page(plaque)) if w == h], count


def test_the_plaque_says_whose_point_it_is_and_until_when():
    text = words(plaque_pdf(PLAQUE))
    assert text.startswith("电动自行车淘汰置换代办点杭州拱墅区和睦电动车行")
    assert "代办点编号：GS-DB-001" in text
    assert "授权期限：2022年6月1日至2022年12月31日" in text
    assert "查询办理进度" in text


def test_an_authorisation_without_an_end_says_so():
    text = words(plaque_pdf(replace(PLAQUE, ends_on=None)))
    assert "授权期限：自2022年6月1日起，至撤销授权为止" in text


def test_dates_follow_the_language():
    with translation.override("en"):
        assert "June1,2022" in words(plaque_pdf(PLAQUE))


def test_it_is_one_page_of_a4_across():
    assert size(plaque_pdf(PLAQUE)) == (297, 210)


@pytest.mark.parametrize("url", [PLAQUE.url, "https://example.org/", "https://example.org/" + "x" * 500])
def test_the_code_is_that_of_the_address(url):
    plaque = replace(PLAQUE, url=url)
    squares, count = modules(plaque)
    left, top = min(x for x, *_ in squares), max(y + h for _x, y, _w, h in squares)
    side = squares[0][2]
    dark = {(round((top - y - h) / side), round((x - left) / side)) for x, y, _w, h in squares}
    assert dark == {
        (row, column)
        for row, cells in enumerate(segno.make_qr(url, error="m").matrix)
        for column, cell in enumerate(cells)
        if cell
    }
    assert side * count >= 5 * CM


def test_around_the_code_it_is_white():
    """Four modules, as ISO/IEC 18004 asks."""
    squares, _count = modules(PLAQUE)
    side = squares[0][2]
    left, right = min(x for x, *_ in squares) - 4 * side, max(x for x, *_ in squares) + 5 * side
    bottom, top = min(y for _x, y, *_ in squares) - 4 * side, max(y for _x, y, *_ in squares) + 5 * side
    near = [
        each.text
        for each in printed(page(PLAQUE))
        if each.left < right and left < each.right and each.bottom < top and bottom < each.top
    ]
    assert near == []
    assert right < 297 / 25.4 * 72 - 12.5 / 25.4 * 72  # the inner frame


def test_an_address_too_long_for_a_code_is_refused():
    with pytest.raises(ValueError, match="too large"):
        plaque_pdf(replace(PLAQUE, url="https://example.org/" + "x" * 5000))


@pytest.mark.parametrize("name", ["杭" * 100, "杭" * 3000, "W" * 200, "<b>&" * 60, "=1+1", "甲 乙\n丙\x07"])
def test_long_names_neither_overlap_nor_run_off(name):
    pdf = plaque_pdf(replace(PLAQUE, merchant_name=name, point_no=name[:64]))
    assert len(reader(pdf).pages) == 1
    assert not misplaced(pdf)
    squares, _count = modules(PLAQUE)
    assert max(each.right for each in printed(reader(pdf).pages[0])[1:3]) < min(x for x, *_ in squares)


def test_a_name_of_a_hundred_characters_is_not_cut():
    name = "杭州市拱墅区和睦街道" * 10
    assert name in words(plaque_pdf(replace(PLAQUE, merchant_name=name)))


def test_markup_is_printed_as_it_stands():
    assert "<b>甲&乙</b>&amp;" in words(plaque_pdf(replace(PLAQUE, merchant_name="<b>甲&乙</b>&amp;")))


def test_the_same_plaque_gives_the_same_bytes():
    assert plaque_pdf(PLAQUE) == plaque_pdf(PLAQUE)
