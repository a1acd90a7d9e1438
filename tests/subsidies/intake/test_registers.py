"""A register that is sent again overwrites no owner quietly, and what was confirmed by mistake can be taken back."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from core.audit.acting import acting
from ebikes.importing.pipeline import NeedsSecondPerson, read_file
from ebikes.importing.taking_back import ChangedSince, Depended, NotToBeTakenBack
from ebikes.models import FiledBike, ImportBatch, Owner, TradeIn
from merchants.models import AgentAuthorization, AgentPoint, Membership, Merchant
from subsidies.intake.selectors.owner_changes import owner_changes
from subsidies.intake.services.confirm_import import (
    NotYours,
    StandsOnIt,
    confirm_import,
    take_back_import,
)
from subsidies.models import Hold
from tests.console import owning
from tests.ebikes.files import as_csv, trade_in_row, valid_id, valid_uscc
from tests.factories import (
    NOW,
    AgentPointFactory,
    MerchantFactory,
    TradeInFactory,
    UserFactory,
    lay_member,
    make_claim,
    make_scheme,
)
from tests.laid import laid

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@laid
def lan():
    return UserFactory()


@laid
def mei():
    return UserFactory()


@pytest.fixture
def read(tmp_path, lan):
    """Lan uploads these rows."""

    def read(rows, kind="filed_bikes", by=lan):
        path = tmp_path / "register.csv"
        path.write_bytes(as_csv(rows))
        return read_file(path, kind=kind, by=by, now=NOW, progress=lambda _: None)

    return read


def bike(no, **cells):
    return {
        **{
            "备案号牌": f"杭A{no:06d}",
            "备案日期": "2018-06-01",
            "车主姓名": "王小芳",
            "证件号码": valid_id(),
        },
        **cells,
    }


@pytest.fixture
def claimed(read, mei):
    """Two bikes in the register, on one of which a claim is live; and a file that gives both to others."""
    rows = [bike(1), bike(2)]
    confirm_import(batch=read(rows), by=mei, now=NOW)
    holder = FiledBike.objects.get(filing_plate_no="杭A000001").owner
    record = TradeInFactory(owner=holder, filing_plate_no="杭A000001")
    claim = make_claim(make_scheme(), trade_in=record)
    return claim, read([row | {"证件号码": valid_id(), "车主姓名": "李雷"} for row in rows])


def test_a_new_owner_of_a_claimed_bike_is_told_and_takes_two_people(claimed, lan, mei):
    claim, again = claimed
    found = owner_changes(again)
    assert (found.bikes, found.claimed) == (2, 1)
    first = found.shown[0]
    assert (first.plate, first.claim_id, first.record_no) == ("杭A000001", claim.pk, claim.trade_in.record_no)
    assert "小芳" not in first.before + first.after
    for alone in (lan, None):
        with pytest.raises(NeedsSecondPerson):
            confirm_import(batch=ImportBatch.objects.get(pk=again.pk), by=alone, now=NOW)
    confirm_import(batch=again, by=mei, now=NOW)
    assert {bike.owner.name for bike in FiledBike.objects.select_related("owner")} == {"李雷"}
    assert claim.holds.get().kind == Hold.Kind.REGISTER


def test_the_database_keeps_the_owner_of_a_claimed_bike_and_a_file_that_needs_two(claimed, lan, mei):
    _claim, again = claimed
    stranger = Owner.objects.exclude(filed_bikes__filing_plate_no="杭A000001").first()
    with pytest.raises(IntegrityError, match="two people change its owner"), acting("x", by=None, now=NOW):
        FiledBike.objects.filter(filing_plate_no="杭A000001").update(owner=stranger)
    with acting("x", by=None, now=NOW):
        FiledBike.objects.filter(filing_plate_no="杭A000002").update(owner=stranger)  # no claim on this one
    row = ImportBatch.objects.filter(pk=again.pk)
    for alone in (lan.pk, None):
        with pytest.raises(IntegrityError, match="needs_two_has_two"), transaction.atomic():
            row.update(state="confirmed", confirmed_at=NOW, confirmed_by=alone, second_person=True)
    with pytest.raises(IntegrityError, match="does_not_take_back"), transaction.atomic():
        row.update(
            state="taken_back",
            confirmed_at=NOW,
            taken_back_at=NOW,
            confirmed_by=mei,
            taken_back_by=mei,
            second_person=True,
        )


ROWS_OF = {
    "filed_bikes": lambda: bike(1),
    "merchants": lambda: {"统一社会信用代码": valid_uscc(), "名称": "新店", "淘汰置换开通日期": "2022-03-01"},
    "agent_points": lambda: {
        **{"代办点编号": "P1", "商户统一社会信用代码": MerchantFactory(uscc=valid_uscc()).uscc},
        **{"授权起": "2022-06-01", "授权止": ""},
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", ROWS_OF)
def test_what_a_register_says_two_people_say(read, lan, mei, kind):
    """By one row a bike is on file, or a shop may take bikes in, since a day that is over."""
    batch = read([ROWS_OF[kind]()], kind)
    for alone in (lan, None):
        with pytest.raises(NeedsSecondPerson):
            confirm_import(batch=ImportBatch.objects.get(pk=batch.pk), by=alone, now=NOW)
    confirm_import(batch=batch, by=mei, now=NOW)
    assert (batch.state, batch.second_person, batch.confirmed_by) == ("confirmed", True, mei)


def test_another_day_of_filing_takes_two(read, lan, mei):
    """By it the seven years begin: one officer alone made an old bike young, and let its claim pass."""
    confirm_import(batch=read([bike(1)]), by=mei, now=NOW)
    younger = read([bike(1) | {"备案日期": "2021-06-01"}])
    with pytest.raises(NeedsSecondPerson):
        confirm_import(batch=younger, by=lan, now=NOW)
    confirm_import(batch=younger, by=mei, now=NOW)
    assert str(FiledBike.objects.get().filed_on) == "2021-06-01"


def test_above_a_size_the_uploader_does_not_confirm_trade_ins_alone(read, lan, mei, settings):
    settings.CONFIRM_ALONE_ROWS = 1
    make_scheme()
    point = AgentPointFactory(merchant=MerchantFactory(uscc=valid_uscc()))
    rows = [trade_in_row(point), trade_in_row(point)]
    confirm_import(batch=read(rows[:1], "trade_ins"), by=lan, now=NOW)
    large = read([trade_in_row(point), trade_in_row(point)], "trade_ins")
    with pytest.raises(NeedsSecondPerson):
        confirm_import(batch=large, by=lan, now=NOW)
    confirm_import(batch=large, by=mei, now=NOW)
    assert TradeIn.objects.count() == 3


def test_who_confirmed_a_register_does_not_take_it_back(read, lan, mei):
    batch = read([bike(no) for no in (3, 4, 5)])
    confirm_import(batch=batch, by=mei, now=NOW)
    with pytest.raises(NotYours):
        take_back_import(batch=batch, by=mei, now=NOW)
    take_back_import(batch=batch, by=lan, now=NOW)
    assert not FiledBike.objects.exists()


def rows_of(*models):
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_a_register_is_taken_back_to_the_last_cell(claimed, read, lan, mei):
    """Owners, phones and all, as they stood; people who came by the file alone are forgotten again."""
    _claim, again = claimed
    before = rows_of(FiledBike, Owner)
    confirm_import(batch=again, by=mei, now=LATER)
    third = read([bike(3, 手机号="13812345678", 品牌=""), bike(2, 手机号="", 品牌="雅迪")])
    confirm_import(batch=third, by=mei, now=LATER)
    with pytest.raises(ChangedSince):  # the newer file first
        take_back_import(batch=again, by=lan, now=LATER)
    take_back_import(batch=third, by=lan, now=LATER)
    take_back_import(batch=again, by=lan, now=LATER)
    assert rows_of(FiledBike, Owner) == before
    assert (third.state, third.rows_accepted, third.taken_back_by) == ("taken_back", 2, lan)
    with pytest.raises(NotToBeTakenBack):
        take_back_import(batch=third, by=lan, now=LATER)


def test_merchants_and_points_are_taken_back_while_nobody_needs_them(read, lan, mei):
    known = Merchant.objects.create(uscc=valid_uscc(), name="老店", content_index=b"")
    before = rows_of(Merchant, AgentPoint, AgentAuthorization)
    new = valid_uscc()
    shops = read(
        [{"统一社会信用代码": known.uscc, "名称": "新名"}, {"统一社会信用代码": new, "名称": "新店"}],
        "merchants",
    )
    confirm_import(batch=shops, by=mei, now=NOW)
    points = read(
        [{"代办点编号": "P1", "商户统一社会信用代码": new, "授权起": "2022-06-01", "授权止": ""}],
        "agent_points",
    )
    confirm_import(batch=points, by=mei, now=NOW)
    with pytest.raises(Depended):
        take_back_import(batch=shops, by=lan, now=NOW)
    take_back_import(batch=points, by=lan, now=NOW)
    lay_member(lan, Merchant.objects.get(uscc=new), "clerk")
    with pytest.raises(Depended):
        take_back_import(batch=shops, by=lan, now=NOW)
    with owning():
        Membership.objects.get().delete()
    take_back_import(batch=shops, by=lan, now=NOW)
    assert rows_of(Merchant, AgentPoint, AgentAuthorization) == before


def test_what_records_stand_on_is_not_taken_back(read, lan, mei):
    batch = read([bike(1)])
    confirm_import(batch=batch, by=mei, now=NOW)
    TradeInFactory(filing_plate_no="杭A000001")
    with pytest.raises(StandsOnIt) as refusal:
        take_back_import(batch=batch, by=lan, now=NOW)
    assert refusal.value.args == (1,)
    assert FiledBike.objects.exists()


def test_trade_ins_are_never_taken_back_as_a_file(read, lan):
    make_scheme()
    point = AgentPointFactory()
    Merchant.objects.filter(pk=point.merchant_id).update(uscc=valid_uscc())
    point.merchant.refresh_from_db()
    batch = read([trade_in_row(point)], "trade_ins")
    confirm_import(batch=batch, by=lan, now=NOW)
    with pytest.raises(NotToBeTakenBack):
        take_back_import(batch=batch, by=lan, now=NOW)
