"""One record from a form: in at once, once only, or refused with nothing kept."""

import pytest

from ebikes.importing.layouts import LAYOUTS
from ebikes.models import ImportBatch, ImportRow, Owner, TradeIn
from subsidies.claims.selectors.place import place_of
from subsidies.intake.services.submit import RecordRefused, submit_trade_in
from subsidies.models import Claim
from subsidies.search.selectors.find import find_claims
from tests.ebikes.files import trade_in_row, valid_uscc
from tests.factories import NOW, AgentPointFactory, MerchantFactory, make_scheme
from tests.laid import laid

pytestmark = pytest.mark.django_db

KEYS = {column.title: column.key for column in LAYOUTS["trade_ins"].columns}


@laid
def point():
    return AgentPointFactory(merchant=MerchantFactory(uscc=valid_uscc()))


@pytest.fixture(autouse=True)
def scheme():
    return make_scheme()


def cells(point, **changes):
    return {KEYS[title]: cell for title, cell in trade_in_row(point, **changes).items()}


def submit(given, merchant):
    return submit_trade_in(cells=given, merchant=merchant, by=None, now=NOW)


def test_a_record_without_its_owners_name_is_taken_and_nothing_breaks(point):
    given = cells(point) | {"owner_name": ""}
    claim = submit(given, point.merchant).claim
    assert (claim.trade_in.owner_name, claim.owner.name) == ("", "")


def test_a_record_becomes_a_claim_with_a_place(point):
    taken = submit(cells(point), point.merchant)
    assert (taken.claim.state, taken.claim.amount_fen, taken.known_already) == ("received", 30000, False)
    assert place_of(taken.claim) == 1
    assert taken.claim.trade_in.batch.source == "form"


def test_the_same_sent_twice_is_one_claim(point):
    given = cells(point)
    first, second = submit(given, point.merchant), submit(given, point.merchant)
    assert second.known_already
    assert second.claim == first.claim
    assert TradeIn.objects.count() == Claim.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"备案号牌": ""}, "missing"),
        ({"证件号码": "330105199001011231"}, "id_check"),
        ({"手机号": "0571-88888888"}, "phone"),
        ({"上牌时间": "2022-06-31 09:00:00"}, "date"),
        ({"新车整车编码": "12"}, "vehicle_code"),
        ({"代办点编号": "GS-DB-999"}, "agent_point"),
    ],
)
def test_a_wrong_record_is_refused_and_nothing_is_kept(point, wrong, kind):
    with pytest.raises(RecordRefused) as refused:
        submit(cells(point, **wrong), point.merchant)
    assert [problem["kind"] for problem in refused.value.problems] == [kind]
    assert not any(model.objects.exists() for model in (ImportBatch, ImportRow, Owner, TradeIn, Claim))


def test_another_shops_record_is_refused(point):
    with pytest.raises(RecordRefused) as refused:
        submit(cells(point), MerchantFactory(uscc=valid_uscc()))
    assert refused.value.problems[0]["kind"] == "other_merchant"


def test_another_content_under_a_known_number_is_refused(point):
    given = cells(point)
    submit(given, point.merchant)
    with pytest.raises(RecordRefused) as refused:
        submit(given | {"brand": "另一个"}, point.merchant)
    assert refused.value.problems[0]["kind"] == "conflict"


@pytest.mark.parametrize("key", ["record_no", "filing_plate_no", "digital_plate_no", "vehicle_code"])
def test_a_claim_is_found_by_whatever_people_have_in_hand(point, key):
    given = cells(point)
    claim = submit(given, point.merchant).claim
    submit(cells(point), point.merchant)
    assert list(find_claims(f" {given[key].lower()} ", Claim.objects.all())) == [claim]


def test_somebody_elses_claim_is_not_found(point):
    given = cells(point)
    submit(given, point.merchant)
    assert not find_claims(given["record_no"], Claim.objects.none()).exists()
