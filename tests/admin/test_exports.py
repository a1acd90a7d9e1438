"""What is taken away as a table: the records, nobody's name, and nothing that runs."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from ebikes.models import TradeIn
from subsidies.models import Claim
from tests.admin.district import ID_NO, WHO_IT_IS, url
from tests.factories import TradeInFactory, local, make_claim

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [TradeIn, Claim])
def test_an_export_holds_the_records_and_tells_nobodys_name(client, district, model):
    claim = district.grow()
    claim.owner.id_no = ID_NO
    claim.owner.save()
    (row,) = exported(client, model)
    assert claim.trade_in.record_no in row.values()
    everything = " ".join(row.values())
    assert not [secret for secret in (*WHO_IT_IS, ID_NO, "19491231") if secret in everything]


def export(client, model, file_format="csv"):
    """The file that staff get."""
    form = client.get(url(model, "export")).context["form"]
    numbers = {label: number for number, label in form.fields["format"].choices}
    response = client.post(url(model, "export"), {"format": numbers[file_format], "resource": "0"})
    assert response.headers["Content-Disposition"].startswith("attachment")
    return response.content


def exported(client, model):
    return list(csv.DictReader(io.StringIO(export(client, model).decode("utf-8-sig"))))


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1"])
@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_an_export_holds_no_formulas(client, text, file_format):
    TradeInFactory(record_no=text, brand=text, owner_name=text)
    content = export(client, TradeIn, file_format)
    if file_format == "csv":
        cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
    else:
        sheet = load_workbook(io.BytesIO(content)).worksheets[0]
        assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
        cells = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert "1" in " ".join(cells)


def test_an_export_in_csv_is_read_rightly_by_spreadsheets(client, district):
    district.grow()
    assert export(client, TradeIn).startswith(b"\xef\xbb\xbf")


def test_exports_are_tables_and_nothing_that_a_browser_would_run(client):
    formats = client.get(url(TradeIn, "export")).context["form"].fields["format"].choices
    assert [label for number, label in formats if number] == ["csv", "xlsx"]


def test_times_in_an_export_are_local(client, district):
    make_claim(district.scheme, completed_at=local("2022-06-30 23:30:00"))
    (row,) = exported(client, Claim)
    assert row["completed_at"].startswith("2022-06-30 23:30:00")


def test_an_export_costs_the_same_for_three_and_for_thirty(client, district):
    costs = []
    for more in (3, 27):
        for _ in range(more):
            district.grow()
        with CaptureQueriesContext(connection) as queries:
            export(client, TradeIn)
            export(client, Claim)
        costs.append(len(queries))
    assert costs[0] == costs[1]
