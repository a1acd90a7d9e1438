"""A file that is read at once."""

import pytest

from tests.ebikes.read import as_text, read, table
from tests.ebikes.workbooks import one_sheet


@pytest.fixture
def reads(tmp_path):
    """Read some bytes, or some text in UTF-8, as a file."""

    def go(content, **more):
        return read(tmp_path / "file", content.encode() if isinstance(content, str) else content, **more)

    return go


@pytest.fixture(params=["csv", "xlsx"])
def reads_records(request, reads):
    """Read records, once as CSV and once as a workbook of texts."""

    def go(*records, **more):
        rows = table(*records)
        return reads(as_text(rows) if request.param == "csv" else one_sheet(rows), **more)

    return go
