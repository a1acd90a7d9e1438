"""The demonstration leaves something to do for every role, and what it says of the district is what the large one says."""

import pytest
from django.db.models import Sum
from django.utils import timezone

from config.packs.logins import in_role
from core.models import AuditEntry, Export, SecondFactor
from core.shanghai import today
from ebikes.models import ImportBatch, Owner, TradeIn
from merchants.models import (
    CommitmentLetter,
    CorrectionOrder,
    EnforcementCase,
    Inspection,
    InspectionTask,
    SamplingLot,
    SamplingPlan,
)
from subsidies.intake.selectors.displaced import displaced
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Claim, Hold, PayoutBatch, PayoutLine, SchemeChange
from subsidies.payouts.services.payouts import release_payout
from subsidies.schemes.selectors.preview import preview_proposal
from tests.at_rest import columns_that_say
from tests.demonstration import TRADE_INS, make_demonstration

pytestmark = pytest.mark.django_db


def test_every_role_finds_something(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    scheme, now = make_demonstration(tmp_path / "district", settings), timezone.now()

    assert Claim.objects.filter(state="review").count() >= 3
    assert len(set(Hold.objects.values_list("kind", flat=True))) >= 4
    file = ImportBatch.objects.get(state="preview")
    assert (file.uploaded_by.username, file.rows_duplicate, file.rows_refused) == ("officer", 1, 1)
    assert displaced(file, now=now).losing > 0

    assert Claim.objects.filter(state="settled", holds=None).count() >= 2
    assert Hold.objects.get(kind="objection").reasons == ["untrue_record"]
    leaving, _fen = preview_proposal(change=SchemeChange.objects.open().get(), now=now).leaving
    assert 0 < leaving < Claim.objects.filter(state="waitlisted").count()

    assert Claim.objects.filter(state="approved").exists()
    assert PayoutLine.objects.filter(state="failed").exists()
    assert PayoutLine.objects.get(doubt="contradiction").evidence.get().state == "proposed"
    draft = PayoutBatch.objects.get(state="draft")
    assert draft.made_by.username == "finance"
    release_payout(batch=draft, by=in_role("releaser"), now=now)

    assert Inspection.objects.filter(faulty=True, rectified_on=None).exists()
    assert CommitmentLetter.objects.filter(posted_at=None).count() == 1
    assert enforcement_goes_on()
    looks = AuditEntry.objects.filter(by__username="officer").values_list("action", flat=True)
    assert {"reveal", "export"} <= set(looks)
    assert Export.objects.get().state == "ready"
    assert SecondFactor.objects.get().user.groups.get().name == "officer"
    assert verify_ledger(scheme=scheme) == []
    assert len(everybody()) > TRADE_INS / 2
    assert columns_that_say(everybody()) == set()


def enforcement_goes_on():
    """A letter is late and one to be signed, cases, a visit that is asked for; and the plan of the half-year report."""
    assert (
        CorrectionOrder.objects.late(today()).count()
        == CorrectionOrder.objects.filter(state="proposed").count()
        == 1
    )
    assert {*EnforcementCase.objects.values_list("state", flat=True)} == {"closed", "proposed"}
    assert InspectionTask.objects.open().exists()
    plan = SamplingPlan.objects.get(year=2022)
    lots = plan.categories.aggregate(planned=Sum("lots"))["planned"]
    drawn = SamplingLot.objects.filter(category__plan=plan).aggregate(drawn=Sum("lots"))["drawn"]
    return (plan.budget_fen, plan.categories.count(), lots, drawn) == (25_000_000, 13, 78, 53)


def everybody():
    """Who is in it by name: those of three characters, as two may stand together in any sentence."""
    names = {
        *(name for row in TradeIn.objects.all() for name in (row.owner_name, row.owner_name_written)),
        *(owner.name for owner in Owner.objects.all()),
        *(letter.signer for letter in CommitmentLetter.objects.all()),
        *(inspection.inspectors for inspection in Inspection.objects.all()),
    }
    return {name for name in names if name and len(name) > 2 and "*" not in name}
