"""Where lines are broken, and what is done where there is little room."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from reportlab.pdfbase.pdfmetrics import getFont

from merchants.documents.fonts import embedded
from merchants.documents.paper import LEADING, SMALLEST, Look, fitted, wrapped
from merchants.documents.plaque import Plaque, plaque_pdf
from merchants.documents.rare_han import rare_characters_print
from merchants.documents.wording import money, plain
from tests.merchants.documents.reading import reader, words


@pytest.fixture
def look():
    with embedded(["承诺书条款，。《方案》：统一（）中文"]) as font:
        yield Look(font, 10)


def lines(text, look, characters):
    return wrapped(text, look, characters * look.size).lines


def test_chinese_is_broken_between_any_two_characters(look):
    assert lines("承诺书条款", look, 2) == ["承诺", "书条", "款"]


def test_no_line_begins_with_a_mark_that_ends_something(look):
    assert lines("承诺书，条款。", look, 3) == ["承诺", "书，条", "款。"]


def test_no_line_ends_with_a_mark_that_begins_something(look):
    assert lines("承诺《方案》", look, 3) == ["承诺", "《方", "案》"]


def test_a_word_stays_whole(look):
    assert lines("中文 GB 17761-2018 中文", look, 6) == ["中文 GB", "17761-2018", "中文"]


def test_a_word_longer_than_a_line_is_broken(look):
    made = lines("中文" + "W" * 40, look, 10)
    assert made[0] == "中文"
    assert "".join(made[1:]) == "W" * 40
    assert len(made) > 3


@pytest.mark.parametrize("text", ["", "(", "（（（", "》》", " ", "…"])
def test_odd_texts_have_a_line_too(look, text):
    assert lines(text, look, 2)


def test_what_fits_keeps_its_size(look):
    made = fitted("承诺书", look, 30, 14)
    assert (made.lines, made.look.size) == (["承诺书"], 10)


def test_what_does_not_fit_is_made_smaller(look):
    made = fitted("承诺书条款", look, 30, 14)
    assert made.lines == ["承诺书条款"]
    assert SMALLEST <= made.look.size <= 6


@pytest.mark.parametrize("length", [10, 11, 99, 100, 101, 5000])
def test_what_cannot_be_read_smaller_is_cut(look, length):
    made = fitted("承" * length, look, 30, 14)
    assert made.look.size == SMALLEST
    assert made.height <= 14
    assert len(made.lines) == int(14 / SMALLEST / LEADING)
    assert made.lines[-1].endswith("承…" if length > 12 else "承")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  杭州\n\t车行  ", "杭州 车行"),
        ("杭州\x00\x1b车行\u200b", "杭州车行"),
        ("\u202e杭州\ud800", "杭州"),
        ("", ""),
    ],
)
def test_only_what_can_be_printed_is_left(text, said):
    assert plain(text) == said


@pytest.mark.parametrize(
    ("fen", "said"),
    [
        (0, "0.00"),
        (5, "0.05"),
        (-30000, "-300.00"),
        (123456789, "1,234,567.89"),
        (9007199254740993, "90,071,992,547,409.93"),
    ],
)
def test_money_is_exact_to_the_fen(fen, said):
    assert money(fen) == said


has_rare_font = pytest.mark.skipif(
    not Path(settings.RARE_FONT).is_file(), reason="no font for rare characters here (fonts-hanazono)"
)


@has_rare_font
def test_every_character_of_a_document_is_brought_along():
    rare = "㛃䶮犇喆龘𠮷𫰡𫟹"
    pdf = plaque_pdf(Plaque(rare, "GS-DB-001", date(2022, 6, 1), None, "https://example.org/"))
    assert rare in words(pdf)
    for font in reader(pdf).pages[0]["/Resources"]["/Font"].values():
        assert "/FontFile2" in font["/FontDescriptor"]


@has_rare_font
def test_characters_beyond_the_first_plane_are_brought_along_too():
    """𬭼 is Noto's own; 𠮷 and 𫰡, of Extensions B and E, it has not: each is an outline of its own all the same."""
    with embedded(["𬭼𠮷𫰡"]) as font:
        glyphs = getFont(font).face.charToGlyph
        assert len({glyphs[ord(character)] for character in "𬭼𠮷𫰡"} - {0}) == 3


def test_without_the_font_a_rare_character_is_an_empty_box_and_a_deployment_hears_of_it(settings):
    settings.RARE_FONT = "/nowhere"
    assert [each.id for each in rare_characters_print()] == ["documents.W001"]
    assert plaque_pdf(Plaque("𫰢", "GS-DB-001", date(2022, 6, 1), None, "https://example.org/"))


def test_a_character_that_the_font_has_not_is_no_error():
    pdf = plaque_pdf(Plaque("车行🚲", "GS-DB-001", date(2022, 6, 1), None, "https://example.org/"))
    assert "车行" in words(pdf)


def test_documents_made_at_once_are_the_same_as_one_after_another():
    plaques = [
        Plaque(name, "GS-DB-001", date(2022, 6, 1), None, "https://example.org/")
        for name in ("和睦车行", "湖墅车行", "拱宸桥车行", "祥符车行")
    ]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(plaque_pdf, plaques)) == [plaque_pdf(plaque) for plaque in plaques]
