"""A trade-in from the counter: kept while it is typed, sent once, corrected without losing its time."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from core.privacy.photos import open_photo
from ebikes.models import TradeIn, TradeInDraft, TradeInPhoto
from merchants.models import Merchant
from subsidies.allocation.services.allocate import allocate
from subsidies.checks.selectors.explain import explain_claim
from subsidies.claims.selectors.replaced import replaced_by
from subsidies.claims.services.change_payee import change_payee
from subsidies.claims.services.undo import cancel_claims
from subsidies.intake.services import corrections, draft_photos, drafts, replacing
from subsidies.intake.services.replacing import NotCorrectable, PayeeMoved
from subsidies.intake.services.submit import RecordRefused
from subsidies.intake.services.unsent import AlreadySent
from subsidies.models import Claim, Hold
from subsidies.review.services.holds import place_holds
from subsidies.schemes.selectors.current import SchemesShut
from subsidies.schemes.states import StepKind
from tests.console import refused, update
from tests.core.privacy.test_photos import take
from tests.ebikes.files import typed_at, valid_id, valid_uscc
from tests.factories import (
    NOW,
    AgentPointFactory,
    MerchantFactory,
    make_claim,
    make_member,
    make_scheme,
    take_steps,
)
from tests.laid import laid
from tests.photos import jpeg
from tests.subsidies.pages.site import trade_in_of

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=5)


@pytest.fixture(autouse=True)
def _uploads(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@laid
def shop():
    return MerchantFactory(uscc=valid_uscc())


@laid
def xiaofang(shop):
    return make_member(shop)


@laid
def scheme():
    return make_scheme()


@pytest.fixture
def draft(shop, xiaofang, scheme):
    """A draft with everything filled in."""
    point = AgentPointFactory(merchant=shop)
    draft = drafts.open_draft(merchant=shop, by=xiaofang, now=NOW)
    drafts.save_draft(draft=draft, cells=typed_at(point), now=NOW)
    return draft


def send(draft, by):
    return drafts.submit_draft(draft=draft, by=by, now=NOW)


def photo_for(draft, by, colour="#446655"):
    return draft_photos.add_photo(
        draft=draft, kind="old_bike", photo=take(jpeg(colour=colour)), by=by, now=NOW
    )


def test_what_is_typed_is_kept_right_or_wrong(shop, xiaofang):
    draft = drafts.open_draft(merchant=shop, by=xiaofang, now=NOW)
    drafts.save_draft(draft=draft, cells={"phone": "12"}, now=NOW)
    drafts.save_draft(draft=draft, cells={"owner_name": "王小芳"}, now=LATER)

    kept = TradeInDraft.objects.get()
    assert drafts.cells_of(kept)["phone"] == "12"
    assert drafts.cells_of(kept)["owner_name"] == "王小芳"
    assert kept.saved_at == LATER


def test_a_draft_knows_the_shop_and_its_only_agent_point(shop, xiaofang):
    point = AgentPointFactory(merchant=shop)
    cells = drafts.cells_of(drafts.open_draft(merchant=shop, by=xiaofang, now=NOW))
    assert cells["merchant_uscc"] == shop.uscc
    assert cells["agent_point_no"] == point.point_no


def test_with_two_agent_points_the_clerk_chooses(shop, xiaofang):
    AgentPointFactory.create_batch(2, merchant=shop)
    assert "agent_point_no" not in drafts.cells_of(drafts.open_draft(merchant=shop, by=xiaofang, now=NOW))


def test_a_draft_rests_sealed(draft):
    with connection.cursor() as cursor:
        cursor.execute("SELECT cells FROM ebikes_tradeindraft")
        assert "王".encode() not in bytes(cursor.fetchone()[0])


def test_sending_makes_one_claim(draft, xiaofang):
    sent = send(draft, xiaofang)
    assert not sent.known_already
    assert sent.claim.trade_in.merchant == draft.merchant
    assert Claim.objects.count() == 1


def test_sending_twice_is_one_record(draft, xiaofang):
    first, second = send(draft, xiaofang), send(draft, xiaofang)
    assert second.known_already
    assert first.claim == second.claim
    assert TradeIn.objects.count() == 1


def test_a_draft_with_a_mistake_stays_and_makes_nothing(draft, xiaofang):
    drafts.save_draft(draft=draft, cells={"vehicle_code": "1"}, now=NOW)
    with pytest.raises(RecordRefused) as refused:
        send(draft, xiaofang)
    assert refused.value.problems[0]["kind"] == "vehicle_code"
    assert not TradeIn.objects.exists()
    assert TradeInDraft.objects.get().trade_in is None


def test_another_shop_cannot_be_named_in_a_draft(draft, xiaofang):
    drafts.save_draft(draft=draft, cells={"merchant_uscc": MerchantFactory(uscc=valid_uscc()).uscc}, now=NOW)
    with pytest.raises(RecordRefused):
        send(draft, xiaofang)


def test_what_was_sent_is_not_edited_nor_thrown_away(draft, xiaofang):
    send(draft, xiaofang)
    with pytest.raises(AlreadySent):
        drafts.save_draft(draft=draft, cells={"brand": "雅迪"}, now=LATER)
    with pytest.raises(AlreadySent):
        photo_for(draft, xiaofang)
    with pytest.raises(AlreadySent):
        drafts.discard_draft(draft=draft)


def test_photos_go_with_the_record(draft, xiaofang):
    photo = photo_for(draft, xiaofang)
    sent = send(draft, xiaofang)
    photo.refresh_from_db()
    assert photo.trade_in == sent.claim.trade_in


def test_another_photo_of_the_same_kind_takes_the_place_of_the_first(
    draft, xiaofang, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        first = photo_for(draft, xiaofang)
        second = photo_for(draft, xiaofang, colour="#ff0000")
    assert list(TradeInPhoto.objects.all()) == [second]
    with pytest.raises(FileNotFoundError):
        open_photo(first.name)


def test_a_draft_thrown_away_takes_its_photos_along(draft, xiaofang, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        photo = photo_for(draft, xiaofang)
        drafts.discard_draft(draft=draft)
    assert not TradeInPhoto.objects.exists()
    with pytest.raises(FileNotFoundError):
        open_photo(photo.name)


def corrected(claim, by, **cells):
    draft = corrections.open_correction(claim=claim, by=by, now=LATER)
    drafts.save_draft(draft=draft, cells=cells, now=LATER)
    return drafts.submit_draft(draft=draft, by=by, now=LATER).claim


def test_a_correction_takes_the_records_place_and_keeps_its_time(draft, xiaofang):
    wrong = send(draft, xiaofang).claim
    right = corrected(wrong, xiaofang, digital_plate_no="浙A999999")

    wrong.refresh_from_db()
    assert wrong.state == "cancelled"
    assert right.trade_in.digital_plate_no == "浙A999999"
    assert right.received_at == wrong.received_at == NOW
    assert right.trade_in.record_no != wrong.trade_in.record_no
    assert (right.trade_in.plated_at, right.owner) == (wrong.trade_in.plated_at, wrong.owner)


def test_a_refused_record_may_be_corrected(scheme, shop, xiaofang):
    trade_in = trade_in_of(shop)
    refused = make_claim(scheme, trade_in=trade_in)
    Claim.objects.filter(pk=refused.pk).update(state="refused", refusals=["no_plate"])
    refused.refresh_from_db()
    assert corrected(refused, xiaofang, id_no=valid_id()).received_at == refused.received_at


def test_a_correction_with_a_mistake_leaves_the_record_as_it_was(draft, xiaofang):
    wrong = send(draft, xiaofang).claim
    with pytest.raises(RecordRefused):
        corrected(wrong, xiaofang, phone="12")
    wrong.refresh_from_db()
    assert wrong.state == "received"


def test_while_its_scheme_is_suspended_a_correction_leaves_the_record_as_it_was(scheme, draft, xiaofang):
    wrong = send(draft, xiaofang).claim
    take_steps(scheme, StepKind.SUSPEND)
    with pytest.raises(SchemesShut):
        corrected(wrong, xiaofang, digital_plate_no="浙A999999")
    wrong.refresh_from_db()
    assert (wrong.state, TradeInDraft.objects.latest("pk").replaces) == ("received", wrong.trade_in)


def settle(claim, scheme):
    Claim.objects.filter(pk=claim.pk).update(state="checking")
    Claim.objects.filter(pk=claim.pk).update(state="eligible", next_check_at=None)
    allocate(scheme=scheme, now=NOW)


@pytest.mark.parametrize(
    ("cells", "held"),
    [
        ({"phone": "13900000009"}, ["payee"]),
        ({"wallet_no": "6217000011112222"}, ["payee"]),
        ({"digital_plate_no": "浙A999999"}, []),
    ],
    ids=["another phone", "a wallet", "the same payee"],
)
def test_a_settled_record_that_is_corrected_and_paid_elsewhere_waits_for_another_person(
    scheme, draft, xiaofang, cells, held
):
    wrong, owner = send(draft, xiaofang).claim, make_member(draft.merchant, "owner")
    settle(wrong, scheme)
    right = corrected(wrong, owner, **cells)
    assert list(right.holds.values_list("kind", flat=True)) == held
    if held:
        alone = f"cleared_at = now(), cleared_by_id = {owner.pk}, note = 'x'"
        assert refused(update(right.holds.get(), alone), because="does not let it go")


@pytest.mark.parametrize(("cells", "held"), [({"phone": "13900000009"}, True), ({"brand": "雅迪"}, False)])
def test_before_any_money_is_set_aside_another_payee_waits_as_well(draft, xiaofang, cells, held):
    right = corrected(send(draft, xiaofang).claim, xiaofang, **cells)
    assert right.holds.exists() == held


def test_a_clerk_corrects_nothing_that_money_is_set_aside_for(scheme, draft, xiaofang):
    wrong = send(draft, xiaofang).claim
    early = corrections.open_correction(claim=wrong, by=xiaofang, now=LATER)
    settle(wrong, scheme)
    wrong.refresh_from_db()
    with pytest.raises(NotCorrectable):
        corrections.open_correction(claim=wrong, by=xiaofang, now=LATER)
    with pytest.raises(NotCorrectable):
        drafts.submit_draft(draft=early, by=xiaofang, now=LATER)


def test_what_is_withdrawn_and_sent_anew_loses_no_doubt_and_no_change_of_payee(scheme, draft, xiaofang, shop):
    """A shop's owner withdrew what was held, sent the bike again under another number with another wallet, and was paid."""
    first = send(draft, xiaofang).claim
    place_holds(kind=Hold.Kind.BURST, evidence={first.pk: {"claims": 9}}, by=None, now=NOW)
    cells = drafts.cells_of(draft)
    cancel_claims(scheme=scheme, claims=Claim.objects.all(), by=xiaofang, now=NOW, note="车主退车")
    again = drafts.open_draft(merchant=shop, by=xiaofang, now=LATER)
    drafts.save_draft(draft=again, cells={**cells, "record_no": "RE-2", "phone": "13900000009"}, now=LATER)
    second = drafts.submit_draft(draft=again, by=xiaofang, now=LATER).claim
    assert {*second.holds.values_list("kind", flat=True)} == {"burst", "payee"}
    assert second.holds.get(kind="burst").evidence == {"claims": 9}  # or nobody is told why


def test_what_was_held_stays_held_under_the_corrected_record(scheme, draft, xiaofang):
    wrong = send(draft, xiaofang).claim
    place_holds(kind=Hold.Kind.BURST, evidence={wrong.pk: {}}, by=None, now=NOW)
    right = corrected(wrong, xiaofang, digital_plate_no="浙A999999")
    assert list(right.holds.values_list("kind", flat=True)) == ["burst"]


def test_a_settled_record_that_is_corrected_gives_its_money_back(scheme, draft, xiaofang):
    wrong = send(draft, xiaofang).claim
    settle(wrong, scheme)
    scheme.refresh_from_db()
    assert scheme.reserved_fen == 30000

    wrong.refresh_from_db()
    corrected(wrong, make_member(draft.merchant, "owner"))
    scheme.refresh_from_db()
    assert scheme.reserved_fen == 0


@pytest.mark.parametrize(
    "state", ["approved", "in_payout", "paid", "payout_failed", "payout_unknown", "cancelled"]
)
def test_once_the_payment_is_approved_nothing_is_corrected_by_the_shop(state, scheme, shop):
    claim = make_claim(scheme, trade_in=trade_in_of(shop))
    claim.state = state
    assert not replacing.may_be_corrected(claim)
    with pytest.raises(NotCorrectable):
        corrections.open_correction(claim=claim, by=make_member(shop), now=NOW)


def test_a_correction_that_was_overtaken_by_the_payment_is_refused(draft, xiaofang, monkeypatch):
    wrong = send(draft, xiaofang).claim
    correction = corrections.open_correction(claim=wrong, by=xiaofang, now=LATER)
    monkeypatch.setattr(replacing, "may_be_corrected", lambda claim: False)
    with pytest.raises(NotCorrectable):
        drafts.submit_draft(draft=correction, by=xiaofang, now=LATER)
    assert Claim.objects.count() == 1


def test_a_merchants_drafts_are_its_own(draft):
    assert not Merchant.objects.exclude(pk=draft.merchant_id).filter(drafts__isnull=False).exists()


def test_a_correction_keeps_the_new_payee_and_the_photos(draft, xiaofang):
    """It had brought back the old phone and had no photo, when the bike was scrapped."""
    photo_for(draft, xiaofang)
    wrong = send(draft, xiaofang).claim
    change_payee(claim=wrong, cells={"phone": "13900000009"}, by=xiaofang, now=NOW)
    right = corrected(wrong, xiaofang, digital_plate_no="浙A999999")
    assert right.trade_in.phone == "+8613900000009"
    assert [photo.kind for photo in right.trade_in.photos.all()] == ["old_bike"]
    assert wrong.trade_in.photos.count() == 1
    assert open_photo(right.trade_in.photos.get().name)


def test_a_payee_changed_while_a_correction_waits_is_not_undone(draft, xiaofang):
    wrong = send(draft, xiaofang).claim
    correction = corrections.open_correction(claim=wrong, by=xiaofang, now=LATER)
    assert corrections.open_correction(claim=wrong, by=xiaofang, now=LATER) == correction
    change_payee(claim=wrong, cells={"phone": "13900000009"}, by=xiaofang, now=LATER)
    with pytest.raises(PayeeMoved):
        drafts.submit_draft(draft=correction, by=xiaofang, now=LATER)
    corrections.follow_payee(draft=correction, now=LATER)
    sent = drafts.submit_draft(draft=correction, by=xiaofang, now=LATER)
    assert sent.claim.trade_in.phone == "+8613900000009"


def test_a_shop_that_withdraws_says_why(draft, xiaofang, scheme):
    send(draft, xiaofang)
    with pytest.raises(IntegrityError, match="without a reason"), transaction.atomic():
        cancel_claims(scheme=scheme, claims=Claim.objects.all(), by=xiaofang, now=NOW, note=" ")


def test_a_corrected_record_points_to_the_new_one(draft, xiaofang):
    wrong = send(draft, xiaofang).claim
    right = corrected(wrong, xiaofang, digital_plate_no="浙A999999")
    wrong.refresh_from_db()
    assert replaced_by(wrong) == right
    assert right.trade_in.record_no in explain_claim(wrong).next_step
    assert replaced_by(right) is None
