"""Staff who choose English read no Chinese on any page of theirs: names hold none here, so that only the words do."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation

from core.accounts.roles import ROLES
from core.audit.acting import acting
from core.audit.record import Action, record
from core.models import Export, User, WorkerHeartbeat
from core.workers.heartbeat import note_heartbeat
from ebikes.evidence.wording import BREAKER, PROBLEMS
from ebikes.models import ImportBatch, ImportRow, LicensingHealth
from merchants.models import AgentPoint, CommitmentLetter, Inspection, SamplingLot, TradeInEvent, Training
from subsidies.actions.pages import questions
from subsidies.allocation.services.allocate import allocate
from subsidies.engine.checks import CHECKS
from subsidies.models import Claim, Hold, PayoutBatch, Scheme
from subsidies.payouts.pages import batches
from subsidies.payouts.services.payouts import approve_claims, make_payouts
from subsidies.review.pages.worklists import TABS
from subsidies.review.services.holds import place_holds
from subsidies.schemes.selectors.terms import Proposal, Terms
from subsidies.schemes.services.changes import propose_change, reject_change
from tests.admin.district import url
from tests.english import chinese_in, chinese_on, english
from tests.factories import (
    NOW,
    AgentPointFactory,
    FiledBikeFactory,
    MerchantFactory,
    OwnerFactory,
    TradeInFactory,
    UserFactory,
    make_answer,
    make_claim,
    make_member,
    make_scheme,
    make_staff,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("everything")]

EVIDENCE = {
    Hold.Kind.MISMATCH: {},
    Hold.Kind.SHARED_PHONE: {"owners": 3, "claims": 4},
    Hold.Kind.SHARED_WALLET: {"owners": 3, "claims": 4},
    Hold.Kind.SHARED_DOCUMENT: {"owners": 2},
    Hold.Kind.REUSED_PHOTO: {"records": 2, "numbers": ["TH1", "TH2"]},
}


@pytest.fixture
def reader(boss):
    """Somebody who may do everything, and reads English."""
    return english(boss)


def a_trade_in(point, no, **more):
    owner = OwnerFactory(id_kind="Passport", id_no=f"E{no:08}", name="Wang")
    return TradeInFactory(
        owner=owner,
        owner_name="Wang",
        agent_point=point,
        filing_plate_no=f"A{no:06}",
        digital_plate_no=f"B{no:06}",
        **more,
    )


def a_claim(scheme, point, no):
    """A claim with everything that its page shows."""
    trade_in = a_trade_in(point, no)
    FiledBikeFactory(owner=trade_in.owner, filing_plate_no=trade_in.filing_plate_no)
    claim = make_claim(scheme, trade_in=trade_in)
    claim.checks.create(
        results=dict.fromkeys(CHECKS, "pass") | {"not_collected": "fail", "no_plate": "unknown"},
        exing_answer=make_answer(trade_in, "exing", plate="A1", agent_point_no="GS"),
        yunshenling_answer=make_answer(trade_in, "yunshenling"),
        policy=claim.policy,
        completed_at=claim.completed_at,
        completed_by=claim.completed_by,
        checked_at=NOW,
    )
    return claim


def moved(claim, state, **more):
    with acting("test", by=None, now=timezone.now() - timedelta(days=2)):
        Claim.objects.filter(pk=claim.pk).update(state=state, **more)


def make_the_scheme(point):
    """A claim in a payout batch, one held, one for each list of the work, one refused; a change that waits."""
    scheme = make_scheme(caps=(1_000_000, None, None))
    paid, held, *others = (a_claim(scheme, point, no) for no in range(7))
    for claim, state in zip(others[:3], ("checking", "checking", "checking"), strict=True):
        moved(claim, state)
    moved(others[0], "review")
    moved(others[1], "needs_correction")
    moved(others[2], "refused", refusals=["no_plate", "not_filed"])
    allocate(scheme=scheme, now=NOW)
    only = Claim.objects.filter(pk=paid.pk)
    approve_claims(claims=only, by=UserFactory(), now=NOW)
    make_payouts(scheme=scheme, claims=only, by=UserFactory(), now=NOW)
    for kind, evidence in EVIDENCE.items():
        place_holds(kind=kind, evidence={held.pk: evidence}, by=None, now=NOW)
    proposal = Proposal(Terms.of(scheme.policies.get()), "More money", 30_000, "No. 7")
    propose_change(scheme=scheme, proposal=proposal, by=UserFactory(), now=NOW)


@pytest.fixture(scope="module")
def everything(module_db):
    """Whatever has a page, asked for by the boss."""
    point = AgentPointFactory(merchant=MerchantFactory(name="Lakeside Bikes", trade_in_enabled_on=None))
    make_the_scheme(point)
    make_the_rest(point.merchant, UserFactory(username="boss", is_staff=True, is_superuser=True))


@pytest.fixture
def boss():
    return User.objects.get(username="boss")


@pytest.fixture
def district():
    return Scheme.objects.get()


@pytest.fixture
def point():
    return AgentPoint.objects.get()


def make_the_rest(merchant, boss):
    """Everything else that has a page."""
    make_member(merchant)
    CommitmentLetter.objects.create(merchant=merchant, signed_on=NOW.date(), posted_at=NOW.date())
    Training.objects.create(title="Rules", held_on=NOW.date()).attended_by.add(merchant)
    Inspection.objects.create(
        merchant=merchant, inspected_on=NOW.date(), inspectors="Chen", modified="fault", rectify_by=NOW.date()
    )
    SamplingLot.objects.create(kind="e_bike", merchant=merchant, sampled_on=NOW.date())
    TradeInEvent.objects.create(held_on=NOW.date(), venue_kind="campus", place="Square").merchants.add(
        merchant
    )
    batch = ImportBatch.objects.create(
        kind="trade_ins", state="preview", file_name="June.csv", uploaded_at=NOW, rows_refused=1
    )
    ImportRow.objects.create(
        batch=batch,
        line=2,
        verdict="refused",
        reason="phone",
        problems=[{"kind": "phone", "params": {"value": "1"}}],
    )
    finished = {"finished_at": NOW, "file_sha256": "0" * 64, "rows_written": 3, "rows_expected": 3}
    for state in (
        {"state": "waiting"},
        {"state": "failed", "failure": "Too much"},
        {"state": "ready", "expires_at": timezone.now() + timedelta(days=1), **finished},
        {"state": "ready", "expires_at": NOW + timedelta(days=1), **finished},
    ):
        Export.objects.create(
            model_label="subsidies.claim",
            query="",
            file_format="csv",
            language="en",
            file_name="claims.csv",
            asked_by=boss,
            asked_at=NOW,
            **state,
        )
    LicensingHealth.objects.create(system="exing", state="open", consecutive_failures=3, seen_at=NOW)
    for kind in WorkerHeartbeat.Kind:
        note_heartbeat(kind=kind, name="celery@desk", now=timezone.now())
    record(Action.SEARCH, by=boss, of=Claim, detail={"found": 3, "step": "code", "locked": True})


# ------------------------------------------------------------------ the admin's own pages


def registered():
    return sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.mark.parametrize("model", registered(), ids=lambda model: model.__name__)
def test_a_list_and_what_it_leads_to_are_english(reader, district, model):
    addresses = [url(model, "changelist")]
    addresses += [url(model, "change", row.pk) for row in model.objects.order_by("pk")[:8]]
    addresses += [url(model, "history", row.pk) for row in model.objects.order_by("pk")[:1]]
    for page in ("add", "import_file"):
        try:
            addresses.append(url(model, page))
        except NoReverseMatch:
            continue
    found = {}
    for address in addresses:
        response = reader.get(address, follow=True)
        assert response.status_code in {200, 403}, address
        found[address] = chinese_on(response)
    assert {address: lines for address, lines in found.items() if lines} == {}


# ------------------------------------------------------------------ the pages beside them

# First day, last day, amount and cap of each stage: backwards, for nothing, overlapping. Then what only gives pause.
FAULTY = [
    ("2022-07-09", "2022-07-01", "0", "0"),
    ("2022-07-01", "2022-07-31", "20", "1"),
    ("2022-07-31", "2022-08-31", "1", ""),
]
ODD = {"starts_on": "2022-06-02", "ends_on": "2022-06-29", "amount_fen": "77", "cap_fen": "10000"}


def test_the_home_page_is_english_whatever_stands_still(reader, district, settings):
    home = reverse("admin:index")
    assert chinese_on(reader.get(home)) == []
    WorkerHeartbeat.objects.all().delete()
    assert chinese_on(reader.get(home)) == []
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert chinese_on(reader.get(home)) == []


@pytest.mark.parametrize("tab", TABS)
def test_the_work_lists_are_english(reader, district, tab):
    assert chinese_on(reader.get(reverse("staff-work"), {"tab": tab, "days": 1})) == []


def test_cases_are_english_in_every_state(reader, district):
    for claim in Claim.objects.all():
        assert chinese_on(reader.get(reverse("staff-case", args=[claim.pk]), {"tab": "review"})) == [], claim


@pytest.mark.parametrize("slug", questions.ACTION_WORDS)
def test_what_is_asked_about_claims_is_english(reader, district, slug):
    for claim in Claim.objects.all():
        assert chinese_on(reader.get(reverse("staff-claim-verb", args=[claim.pk, slug]))) == []


@pytest.mark.parametrize("slug", batches.VERBS)
def test_what_is_asked_about_payouts_is_english(reader, district, slug):
    batch = PayoutBatch.objects.get()
    assert chinese_on(reader.get(reverse("staff-batch-verb", args=[batch.pk, slug]))) == []


def test_every_obstacle_has_an_english_name():
    with translation.override("en"):
        assert chinese_in(" ".join(map(str, (*questions.LEFT.values(), *batches.LEFT.values())))) == []


@pytest.mark.parametrize(
    "text", ["TH2022", "A000001", "GS-DB-0001", "E00000001", "Lakeside", "?", "13800000000"]
)
def test_the_search_is_english(reader, district, text):
    assert chinese_on(reader.get(reverse("staff-search"))) == []
    assert chinese_on(reader.post(reverse("staff-search"), {"text": text})) == []


def test_the_scheme_and_its_change_are_english(reader, district):
    scheme, change = district, district.changes.open().get()
    for address in [
        reverse("staff-scheme-propose", args=[scheme.pk]),
        reverse("staff-scheme-top-up", args=[scheme.pk]),
        *(reverse(f"staff-change{page}", args=[change.pk]) for page in ("", "-approve", "-reject")),
    ]:
        assert chinese_on(reader.get(address, follow=True)) == [], address
    approver = english(UserFactory(is_staff=True, is_superuser=True))
    approve = reverse("staff-change-approve", args=[change.pk])
    assert chinese_on(approver.get(approve)) == []
    seen = approver.get(approve).context["form"]["seen"].value()
    assert chinese_on(approver.post(approve, {"confirmed": "yes", "seen": seen}, follow=True)) == []
    assert chinese_on(reader.get(reverse("staff-change", args=[change.pk]))) == []


def test_a_faulty_proposal_is_refused_in_english(reader, district):
    scheme = district
    reject_change(change=scheme.changes.open().get(), by=UserFactory(), now=NOW, note="No")
    policy = scheme.policies.latest("version")
    data = {"version": policy.version, "note": "", "ref": "", "budget_fen": "-99999999", "step": "preview"}
    data |= {"head_of_line": policy.head_of_line, "settle_lag_hours": -1, "per_person_cap": 0}
    data |= {"stages-TOTAL_FORMS": 3, "stages-INITIAL_FORMS": 3}
    for n, (first, last, amount, cap) in enumerate(FAULTY):
        data |= {f"stages-{n}-starts_on": first, f"stages-{n}-ends_on": last}
        data |= {f"stages-{n}-amount_fen": amount, f"stages-{n}-cap_fen": cap}
    address = reverse("staff-scheme-propose", args=[scheme.pk])
    assert chinese_on(reader.post(address, data)) == []
    data |= {"note": "Longer", "budget_fen": "", "per_person_cap": ""}
    assert chinese_on(reader.post(address, data)) == []  # the service's own refusals
    data |= {"settle_lag_hours": 9} | {f"stages-0-{name}": value for name, value in ODD.items()}
    data |= {"stages-1-starts_on": "2022-07-10", "stages-1-ends_on": "2022-07-31"}
    data |= {"stages-2-starts_on": "2022-08-01", "stages-2-amount_fen": "100", "stages-2-cap_fen": ""}
    response = reader.post(address, data)
    assert response.context["preview"].warnings
    assert chinese_on(response) == []


def test_the_report_is_english(reader, district):
    assert chinese_on(reader.get(reverse("staff-report"))) == []
    assert chinese_on(reader.get(reverse("staff-verifications"))) == []
    assert (
        chinese_on(reader.get(reverse("staff-report"), {"first": "2022-07-01", "last": "2022-01-01"})) == []
    )


def test_a_merchant_and_its_points_are_english(reader, district, point):
    for address in [
        reverse("staff-merchant", args=[point.merchant_id]),
        reverse("staff-merchant-enable", args=[point.merchant_id]),
        reverse("staff-point-grant", args=[point.pk]),
        reverse("staff-point-withdraw", args=[point.pk]),
    ]:
        assert chinese_on(reader.get(address)) == [], address
    answered = {"confirmed": "yes", "last_day": "2020-01-01", "starts_on": "2020-01-01", "reason": "Sold"}
    for page in ("grant", "withdraw"):
        address = reverse(f"staff-point-{page}", args=[point.pk])
        assert chinese_on(reader.post(address, answered, follow=True)) == [], address


def test_an_import_in_the_admin_s_frame_is_english(reader, district):
    batch = ImportBatch.objects.get()
    assert chinese_on(reader.get(reverse("imports"))) == []
    assert chinese_on(reader.get(reverse("import", args=[batch.pk]))) == []
    for page in ("import-confirm", "import-discard"):
        assert chinese_on(reader.post(reverse(page, args=[batch.pk]), follow=True)) == [], page


def test_an_export_is_asked_for_in_english(reader, district):
    asking = url(Export, "add")
    for query in ({}, {"list": "subsidies.claim", "filters": "state__exact=settled"}, {"list": "nothing"}):
        assert chinese_on(reader.get(asking, query, follow=True)) == []
    address = f"{asking}?list=subsidies.claim"
    assert chinese_on(reader.post(address, {"personal": "on", "file_format": "xlsx"}, follow=True)) == []


def test_every_problem_in_words_is_english():
    with translation.override("en"):
        said = [*PROBLEMS.values(), *BREAKER.values()]
        assert chinese_in(" ".join(map(str, said))) == []


@pytest.mark.parametrize("role", ROLES)
def test_each_role_s_home_is_english(district, role):
    assert chinese_on(english(make_staff(role)).get(reverse("admin:index"), follow=True)) == []
