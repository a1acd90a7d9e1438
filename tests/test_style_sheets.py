"""A brace that is left open hides half of a style sheet, and no page complains."""

import re

import pytest
from django.conf import settings

SHEETS = sorted((settings.BASE_DIR / "static").rglob("*.css"))


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_every_style_sheet_closes_what_it_opens(sheet):
    depth = 0
    for brace in re.findall("[{}]", re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.S)):
        depth += 1 if brace == "{" else -1
        assert 0 <= depth <= 2
    assert depth == 0
