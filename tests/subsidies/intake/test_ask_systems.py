"""At the counter the systems are asked, not the clerk; and whoever guesses is told nothing."""

from datetime import UTC, datetime

import pytest

from core.shanghai import to_the_second
from ebikes.licensing.answers import Answer, Evidence, ExingRecord, PlateRecord
from subsidies.checks.services.questions import BY_SUBJECT
from subsidies.intake.selectors.told import answers_in
from subsidies.intake.services import ask_systems as asking
from subsidies.intake.services.drafts import cells_of, open_draft, save_draft
from tests.ebikes.files import valid_id, valid_uscc
from tests.factories import (
    NOW,
    AgentPointFactory,
    FiledBikeFactory,
    MerchantFactory,
    OwnerFactory,
    make_member,
    make_scheme,
)

pytestmark = pytest.mark.django_db
AT = datetime(2022, 6, 1, 2, 30, tzinfo=UTC)


def answer(record, outcome="found"):
    return Answer(outcome, record, Evidence("exing", "1", NOW, NOW, "1", 200, ""))


@pytest.fixture
def bike():
    make_scheme()
    return FiledBikeFactory(owner=OwnerFactory(id_no=valid_id()))


@pytest.fixture
def shop():
    return AgentPointFactory(merchant=MerchantFactory(uscc=valid_uscc())).merchant


@pytest.fixture
def draft(shop, bike):
    cells = {"filing_plate_no": bike.filing_plate_no, "id_no": bike.owner.id_no}
    return open_draft(merchant=shop, by=make_member(shop), now=NOW, cells=cells)


@pytest.fixture
def systems(monkeypatch, bike, shop):
    """Both know the bike and its owner; `asked` is what they were asked."""
    owner, point = bike.owner.id_no, shop.agent_points.get().point_no
    known = {
        "exing": answer(ExingRecord(bike.filing_plate_no, owner, "已注销", AT, AT, point)),
        "yunshenling": answer(PlateRecord("浙A123456", "123422200000001", owner, AT, "标准")),
        "asked": [],
    }

    def look_up_all(*, exing, yunshenling, patience):
        known["asked"].append((exing, yunshenling))
        return dict.fromkeys(exing, known["exing"]), dict.fromkeys(yunshenling, known["yunshenling"])

    monkeypatch.setattr(asking, "look_up_all", look_up_all)
    return known


def ask(draft, **cells):
    save_draft(draft=draft, cells=cells, now=NOW)
    asking.ask_systems(draft=draft, by=draft.made_by, now=NOW)
    return cells_of(draft)


def test_plate_and_document_bring_the_times_the_point_and_the_name(draft, systems, bike):
    cells = ask(draft, digital_plate_no="浙A123456")
    assert (cells["deregistered_at"], cells["plated_at"]) == (to_the_second(AT), to_the_second(AT))
    assert (cells["vehicle_code"], cells["owner_name"]) == ("123422200000001", bike.owner.name)
    ask(draft)
    assert len(systems["asked"]) == 1  # told once, not asked again


def test_what_a_system_says_nobody_types_over_and_what_the_shop_had_typed_is_told(draft, systems):
    typed = ask(draft, deregistered_at="2022-05-30 10:00", collected_at="2022-06-01")
    assert answers_in(draft)["exing"].typed == {"deregistered_at": "2022-05-30 10:00"}
    save_draft(draft=draft, cells={"deregistered_at": "2021-01-01"}, now=NOW)
    assert cells_of(draft)["deregistered_at"] == typed["deregistered_at"] == to_the_second(AT)


def test_of_another_bike_the_answer_goes_and_what_the_shop_had_typed_comes_back(draft, systems):
    ask(draft, deregistered_at="2022-05-30 10:00")
    save_draft(draft=draft, cells={"filing_plate_no": "杭A000000"}, now=NOW)
    cells = cells_of(draft)
    assert (cells["deregistered_at"], cells["collected_at"]) == ("2022-05-30 10:00", "")
    assert answers_in(draft) == {}


@pytest.mark.parametrize("case", ["nobody's", "another's"])
def test_whoever_holds_one_of_the_two_learns_nothing_of_the_other(draft, systems, case):
    """A plate that nobody has and one that somebody else has are told in the same words."""
    if case == "nobody's":
        systems["exing"] = answer(None, "absent")
        cells = ask(draft, filing_plate_no="杭Z999999", id_no=valid_id())
    else:
        cells = ask(draft, id_no=valid_id())
    said = answers_in(draft)["exing"]
    assert (said.outcome, said.cells) == ("unmatched", {})
    assert next(text for _verdict, text in said.findings).startswith("按这个号牌和证件号码")
    assert "owner_name" not in cells


def test_where_a_system_is_silent_the_clerk_types_as_ever(draft, systems):
    systems["exing"] = answer(None, "unknown")
    ask(draft)
    cells = ask(draft, deregistered_at="2022-06-01 10:00")
    assert (answers_in(draft)["exing"].outcome, cells["deregistered_at"]) == ("unknown", "2022-06-01 10:00")
    assert len(systems["asked"]) == 1
    asking.ask_systems(draft=draft, by=draft.made_by, now=NOW, again=True)
    assert len(systems["asked"]) == 2


def test_one_person_is_asked_about_so_often_at_the_counter_too(draft, systems):
    for number in range(BY_SUBJECT.limit + 1):
        ask(draft, filing_plate_no=f"杭A{number:06d}")
    assert (answers_in(draft)["exing"].outcome, len(systems["asked"])) == ("waiting", BY_SUBJECT.limit)


def test_an_answer_that_comes_after_the_plate_was_changed_is_dropped(draft, systems, monkeypatch):
    def slow(**asked):
        save_draft(draft=type(draft).objects.get(pk=draft.pk), cells={"filing_plate_no": "杭B1"}, now=NOW)
        return dict.fromkeys(asked["exing"], systems["exing"]), {}

    monkeypatch.setattr(asking, "look_up_all", slow)
    asking.ask_systems(draft=draft, by=draft.made_by, now=NOW)
    draft.refresh_from_db()
    assert ("deregistered_at" in cells_of(draft), answers_in(draft)) == (False, {})
