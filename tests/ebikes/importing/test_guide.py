"""What the columns of a file are: Chinese as they stand in files, and explained to whoever reads English."""

import io

import pytest
from django.urls import reverse
from django.utils import translation
from openpyxl import load_workbook

from ebikes.importing.guide import guide
from ebikes.importing.layouts import LAYOUTS
from ebikes.importing.template import template_xlsx
from tests.english import english
from tests.factories import UserFactory


def entries(kind, language):
    with translation.override(language):
        return {entry.title: entry for entry in guide(LAYOUTS[kind])}


def sheets(kind, language):
    with translation.override(language):
        book = load_workbook(io.BytesIO(template_xlsx(kind)))
    return [list(sheet.values) for sheet in book.worksheets]


def test_in_chinese_a_title_explains_itself():
    assert {entry.meaning for kind in LAYOUTS for entry in entries(kind, "zh-hans").values()} == {""}


def test_in_english_the_title_stays_and_its_meaning_stands_beside_it():
    entry = entries("trade_ins", "en")["车主姓名"]
    assert (entry.title, entry.meaning) == ("车主姓名", "Owner's name")
    assert entries("trade_ins", "en")["手机号"].how == "11-digit mobile number"


@pytest.mark.parametrize("kind", LAYOUTS)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_template_s_own_titles_are_those_that_the_import_knows(kind, language):
    first, *_rest = sheets(kind, language)
    keys = [column.key for column in LAYOUTS[kind].columns]
    assert [LAYOUTS[kind].column_named(title) for title in first[0]] == keys
    assert [LAYOUTS[kind].column_named(_english(column)) for column in LAYOUTS[kind].columns] == keys


def _english(column):
    """The title as somebody who reads no Chinese writes it."""
    with translation.override("en"):
        return column.meaning


def test_the_template_explains_its_columns_in_the_reader_s_language():
    _table, notes = sheets("trade_ins", "zh-hans")
    assert list(notes[0]) == ["列名", "必填", "写法", "也认得的列名"]
    assert ("品牌", None, "文本", "新车品牌") in notes
    _table, notes = sheets("trade_ins", "en")
    assert len(notes[0]) == 5
    assert [row[1] for row in notes if row[0] == "车主姓名"] == ["Owner's name"]


@pytest.mark.django_db
def test_the_page_explains_them_too():
    staff = UserFactory(is_staff=True, is_superuser=True)
    page = english(staff).get(reverse("imports")).content.decode()
    assert '<span lang="zh-hans">车主姓名</span> <i>Owner&#x27;s name</i>' in page
    assert "11-digit mobile number" in page
