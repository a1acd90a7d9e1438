"""Each field's rule, a row of the tables in tests/cases each."""

import csv
from datetime import date, datetime
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebikes.importing import fields, identity
from ebikes.importing.columns import Known, validate
from ebikes.importing.layouts import LAYOUTS
from ebikes.importing.moments import parse_moment
from ebikes.importing.problems import Problem

CASES = Path(__file__).resolve().parents[2] / "cases"


def table(name):
    with (CASES / name).open(encoding="utf-8", newline="") as handle:
        return [tuple(row.values()) for row in csv.DictReader(handle)]


@pytest.mark.parametrize(("field", "cell", "becomes", "refused"), table("fields.csv"))
def test_a_cell_is_tidied_or_refused(field, cell, becomes, refused):
    normalise = getattr(fields, field)
    if refused:
        with pytest.raises(Problem) as found:
            normalise(cell)
        assert found.value.code == refused
    else:
        assert str(normalise(cell)) == becomes
        assert str(normalise(normalise(cell))) == becomes or field == "price_fen"


@pytest.mark.parametrize(("kind", "number", "outcome"), table("identity.csv"))
def test_an_identity_document_follows_the_rule_of_its_kind(kind, number, outcome):
    def judge():
        return identity.id_no(identity.id_kind(kind), number)

    if outcome == "valid":
        assert judge() == judge().upper()
    else:
        with pytest.raises(Problem) as found:
            judge()
        assert found.value.kind == outcome


@pytest.mark.parametrize("area", ["330105", "330113", "330114", "999999"])
def test_people_of_every_area_and_year_are_let_in(area):
    body = f"{area}19530704001"
    number = body + "10X98765432"[sum(int(d) * pow(2, 17 - i, 11) for i, d in enumerate(body)) % 11]

    assert identity.id_no(identity.RESIDENT, number) == number


def test_a_number_that_a_spreadsheet_rounded_is_told_so():
    with pytest.raises(Problem) as found:
        identity.id_no(identity.RESIDENT, 3.30105199001011e17)

    assert found.value.kind == "id_digits_lost"


@pytest.mark.parametrize(("cell", "utc", "day_only"), table("moments.csv"))
def test_a_time_is_read_as_offices_write_it(cell, utc, day_only):
    if not utc:
        with pytest.raises(Problem) as found:
            parse_moment(cell)
        assert found.value.code == "date"
    else:
        moment = parse_moment(cell)
        assert (moment.at.replace(tzinfo=None), moment.day_only) == (
            datetime.fromisoformat(utc),
            day_only == "yes",
        )


def test_a_date_cell_is_the_end_of_its_day_and_a_midnight_cell_is_midnight():
    assert parse_moment(date(2022, 7, 1)).day_only
    assert not parse_moment(datetime(2022, 7, 1)).day_only  # noqa: DTZ001 - cells have no zone


@given(
    st.lists(
        st.one_of(st.none(), st.text(), st.floats(), st.integers(), st.booleans(), st.dates()),
        min_size=20,
        max_size=20,
    )
)
def test_no_row_whatever_its_cells_makes_the_rules_stumble(cells):
    layout = LAYOUTS["trade_ins"]

    _, problems = validate(layout, (cells * 2)[: len(layout.columns)], Known())

    assert problems


@given(st.from_regex(r"1[3-9]\d{9}", fullmatch=True))
def test_five_digits_tell_whether_a_number_is_a_mobile_phone(number):
    by_itself = phonenumbers.number_type(phonenumbers.parse(number, "CN"))

    assert fields._is_mobile_range(number[:5]) == (by_itself == phonenumbers.PhoneNumberType.MOBILE)
