"""A number alone is nobody: who is who by kind, number and country of a document, on every way to it."""

import pytest

from ebikes.importing.pipeline import read_file
from ebikes.models import Owner
from ebikes.records.persons import Document, number_index, person_index
from subsidies.checks.selectors.precheck import precheck
from subsidies.intake.services.confirm_import import confirm_import
from subsidies.models import Claim, Hold
from subsidies.review.services.sweep_signals import sweep_signals
from subsidies.search.selectors.find import find_all
from subsidies.search.selectors.search_terms import Reading
from tests.ebikes.files import as_csv, trade_in_row, valid_uscc
from tests.factories import (
    NOW,
    AgentPointFactory,
    FiledBikeFactory,
    MerchantFactory,
    OwnerFactory,
    make_scheme,
)

pytestmark = pytest.mark.django_db
PERMIT, PASSPORT = "台湾居民来往大陆通行证", "护照"


def taken_in(tmp_path, rows, kind="trade_ins"):
    path = tmp_path / "file.csv"
    path.write_bytes(as_csv(rows))
    batch = read_file(path, kind=kind, by=None, now=NOW, progress=lambda _: None)
    confirm_import(batch=batch, by=None, now=NOW)
    return batch


@pytest.fixture
def row():
    point = AgentPointFactory(merchant=MerchantFactory(uscc=valid_uscc()))
    return lambda kind, number, name, **more: trade_in_row(
        point, **{"证件类型": kind, "证件号码": number, "车主姓名": name, **more}
    )


def test_a_permit_and_a_passport_of_one_number_are_two_people_and_one_passport_of_two_names_waits_for_a_person(
    tmp_path, row
):
    make_scheme(per_person_cap=1)
    rows = [
        row(PERMIT, "12345678", "林试样"),
        row(PASSPORT, "12345678", "SMITH TEST"),
        row(PASSPORT, "TR1234567", "TANAKA TEST"),
        row(PASSPORT, "TR1234567", "ROSSI TEST"),
        row(PASSPORT, "TR1234567", "test, Tanaka"),
    ]
    taken_in(tmp_path, rows)
    assert {(owner.id_kind, owner.name) for owner in Owner.objects.all()} == {
        (PERMIT, "林试样"),
        (PASSPORT, "SMITH TEST"),
        (PASSPORT, "TANAKA TEST"),
        (PASSPORT, "ROSSI TEST"),
    }
    sweep_signals(now=NOW)
    held = Claim.objects.filter(holds__kind=Hold.Kind.SHARED_DOCUMENT)
    assert {claim.owner.name for claim in held.select_related("owner")} == {"TANAKA TEST", "ROSSI TEST"}
    assert held[0].holds.get(kind=Hold.Kind.SHARED_DOCUMENT).evidence == {"owners": 2}
    found = find_all(readings=[Reading("id_no", "12345678")], models=[Owner])
    assert [group.count for group in found] == [2]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ((PERMIT, "12345678"), (PASSPORT, "12345678"), False),
        (("台湾居民居住证", "830000199001010012"), ("居民身份证", "830000199001010012"), True),
        (("港澳居民来往内地通行证", "H1234567801"), ("港澳居民来往内地通行证", "H12345678"), True),
        ((PASSPORT, "E1234567", "日本"), (PASSPORT, "E1234567", "意大利"), False),
        ((PASSPORT, "E1234567", "日本", "A"), (PASSPORT, "E1234567", "日本", "B"), True),
        ((PASSPORT, "E1234567", "", "Tanaka Taro"), (PASSPORT, "E1234567", "", "TARO, TANAKA"), True),
        ((PASSPORT, "E1234567", "", "A"), (PASSPORT, "E1234567", "A", ""), False),
    ],
)
def test_documents_that_mean_one_person(one, other, same):
    indexes = [
        person_index(kind, number_index(number), **dict(zip(("country", "name"), whose, strict=False)))
        for kind, number, *whose in (one, other)
    ]
    assert (indexes[0] == indexes[1]) is same


def test_a_bike_that_is_filed_to_a_permit_is_not_the_passports_of_the_same_number():
    """The register knows the kind; the authority tells a number only, and is believed about it."""
    shop = AgentPointFactory().merchant
    lin = OwnerFactory(id_kind=PERMIT, id_no="12345678")
    bike = FiledBikeFactory(owner=lin)
    scheme = make_scheme()
    found = {
        kind: precheck(
            scheme=scheme,
            merchant=shop,
            plate=bike.filing_plate_no,
            shown=Document(kind, "12345678"),
            day=NOW.date(),
        )
        for kind in (PERMIT, PASSPORT)
    }
    wrong = {kind: [f.code for f in each.findings if f.code == "not_filed"] for kind, each in found.items()}
    assert wrong == {PERMIT: [], PASSPORT: ["not_filed"]}
