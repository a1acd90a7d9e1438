"""The staff's pages beside the admin's own, against every role. A page that is missing here fails."""

from datetime import date, timedelta

import pytest
from django.test import override_settings
from django.urls import get_resolver, reverse
from django.utils import timezone

from core.accounts.roles import ROLES
from core.privacy.photos import keep_photo, take_photo
from core.privacy.proofs import Proof
from core.privacy.scans import take_scan
from core.rights.services import propose
from core.shanghai import local_day, midnight, today
from ebikes.models import TradeInPhoto
from merchants.models import CorrectionOrder, Invitation
from merchants.supervision.heads import HEADS
from merchants.supervision.inspection_tasks import ask_for_inspection
from merchants.supervision.reports import add_report
from merchants.supervision.visits import add_visit_photo, answer_head, begin_visit, sign_visit
from merchants.team.invitations import invite
from subsidies.casework.services.notes import add_note
from subsidies.closing.services.close import close_month, confirm_close
from subsidies.closing.services.rules import propose_rule
from subsidies.closing.shipped import SHIPPED
from subsidies.issues.services.issues import make_issue
from subsidies.issues.services.templates import propose_template
from subsidies.issues.shipped import shipped_template
from subsidies.models import Difference, PaperEvidence, PaymentRequest, RecoveryStep, WatchEntry
from subsidies.papers.services.papers import Said, propose_paper
from subsidies.reconciliation.services.statement_files import Days, keep_file, propose_file, tell_layout
from subsidies.reconciliation.statement_file import read_lines, read_sheet
from subsidies.recoveries.services.steps import Motion, propose_step
from subsidies.reports.selectors.figures.figure import Scope
from subsidies.schemes.selectors.terms import Proposal, Terms
from subsidies.schemes.services.changes import propose_change
from subsidies.schemes.services.steps import propose_step as suspend
from subsidies.schemes.states import StepKind
from subsidies.stated.services.figures import Statement, tell_figure
from subsidies.watchlist.services.entries import Named, propose_entry
from tests.admin.district import AFTERWARDS, MONTH, District, demanded, doubted_payment, logged_in
from tests.factories import NOW, MerchantFactory, UserFactory, make_claim, make_scheme, make_staff
from tests.photos import jpeg, upload
from tests.subsidies.laboratory.conftest import ready, variant

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rows")]

BOOKS = {"finance", "auditor"}
READERS = {"officer", "reviewer", "finance", "auditor"}
DESK = {"officer", "reviewer"}
TRYING = {*DESK, "finance"}
SHOPS = {*DESK, "auditor", "merchant_manager"}
WRITING = {"officer", "merchant_manager"}  # the report
# Each page with its arguments, by the names of `rows`, and the roles that it opens to.
PAGES = [
    ("staff-search", [], {*ROLES} - {"security", "city_overseer"}),
    ("staff-photo", ["photo"], {*DESK, "auditor"}),
    ("staff-photo-small", ["photo"], {*DESK, "auditor"}),
    ("staff-city", [], {"city_overseer"}),
    ("staff-work", [], READERS),
    ("staff-work-next", [], READERS),
    ("staff-ties", [], READERS),
    ("staff-tie", ["shared_wallet", "claim"], READERS),
    ("staff-tie-inspect", ["shared_wallet", "claim", "merchant"], {*DESK, "merchant_manager"}),
    ("staff-paper", ["claim"], {"officer"}),
    ("staff-scan", ["paper", 0], READERS),
    ("staff-paper-verb", ["paper", "confirm"], {"reviewer"}),
    ("staff-paper-verb", ["paper", "decline"], {"reviewer"}),
    ("staff-watchlist", [], {*DESK, "auditor"}),
    ("staff-watch-new", [], {"officer"}),
    *(
        ("staff-watch-verb", ["entry", verb], {"reviewer"})
        for verb in ("confirm", "decline", "confirm-lift", "keep")
    ),
    ("staff-watch-verb", ["entry", "lift"], {"officer"}),
    *(("staff-watch-verb", ["entry", verb], set()) for verb in ("withdraw", "stay")),  # whoever proposed it
    ("staff-case", ["claim"], READERS),
    ("staff-case-file", ["claim"], READERS),
    ("staff-verifications", [], BOOKS),
    ("staff-province", [], READERS),
    ("staff-load", [], READERS),
    ("staff-assign", [], DESK),
    *((f"staff-case-{verb}", ["claim"], DESK) for verb in ("assign", "take", "give-back", "note")),
    ("staff-note-scan", ["note"], READERS),
    *(
        ("staff-claim-verb", ["claim", verb], roles)
        for verb, roles in {
            "approve": {"reviewer"},
            "order_payment": {"finance"},
            "ask_again": {"officer"},
            "demand_correction": {"officer"},
            "clear_holds": DESK,
            "demand_evidence": DESK,
            "hold": DESK,
            "propose_refusal": {"officer"},
            "refuse": {"reviewer"},
            "retry_failed": {"reviewer"},
            "cancel": {"reviewer"},
            "start_recovery": DESK,
        }.items()
    ),
    *(
        ("staff-batch-verb", ["batch", verb], {"finance"})
        for verb in ("release", "discard", "leave_held", "take_apart")
    ),
    ("staff-claim-payee", ["claim"], {"officer"}),
    ("staff-line-evidence", ["line"], {"finance"}),
    ("staff-payout-stop", [], {"finance"}),
    *(("staff-evidence", ["evidence", verb], {"finance"}) for verb in ("accept", "decline")),
    ("staff-recoveries", [], READERS),
    ("staff-recovery-letter", ["case"], READERS),
    ("staff-recovery-amend", ["case"], DESK),
    ("staff-recovery-receipt", ["case"], {"finance"}),
    *(("staff-recovery-decide", ["case", verb], {"reviewer"}) for verb in ("confirm", "decline")),
    *(("staff-recovery-step", ["case", kind], DESK) for kind in ("replan", "hand_over", "write_off", "drop")),
    ("staff-recovery-step", ["case", "refund"], {"finance"}),
    *(("staff-receipt-decide", ["receipt", verb], {"finance"}) for verb in ("confirm", "decline")),
    *(("staff-recovery-step-decide", ["step", verb], {"reviewer"}) for verb in ("approve", "decline")),
    ("staff-supplement", ["claim"], DESK),
    *(
        ("staff-supplement-decide", ["supplement", verb], {"reviewer"})
        for verb in ("confirm", "decline", "retry", "cancel")
    ),
    ("staff-scheme-propose", ["scheme"], {"officer", "finance"}),
    ("staff-scheme-top-up", ["scheme"], {"finance"}),
    ("staff-scheme-new", [], {"finance"}),
    ("staff-scheme-clone", ["scheme"], {"finance"}),
    ("staff-scheme-life", ["scheme"], READERS),
    *(
        ("staff-scheme-step", ["scheme", kind], {"officer", "finance"})
        for kind in ("suspend", "close", "archive")
    ),
    *(("staff-scheme-step-verb", ["turn", verb], {"reviewer"}) for verb in ("confirm", "decline")),
    ("staff-scheme-step-verb", ["turn", "withdraw"], set()),  # whoever proposed it, and nobody else
    ("staff-change", ["change"], READERS),
    ("staff-change-approve", ["change"], {"reviewer"}),
    ("staff-change-reject", ["change"], {"reviewer"}),
    ("staff-change-withdraw", ["change"], set()),  # whoever proposed it, and nobody else
    ("staff-merchant", ["merchant"], {*SHOPS, "sysadmin"}),
    ("staff-merchant-enable", ["merchant"], {"merchant_manager"}),
    ("staff-invitation-confirm", ["invitation"], {"merchant_manager", "sysadmin"}),
    ("staff-merchant-pdf", ["merchant", "2022-06"], READERS),
    ("staff-merchant-xlsx", ["merchant", "2022-06"], READERS),
    ("staff-merchant-risk", ["merchant"], SHOPS),
    ("staff-merchant-hold", ["merchant"], DESK),
    ("staff-visits", [], SHOPS),
    ("staff-visit", ["visit"], SHOPS),
    ("staff-visit-begin", ["merchant"], {"merchant_manager"}),
    ("staff-visit-again", ["visit"], {"merchant_manager"}),
    ("staff-visit-conclude", ["visit"], {"merchant_manager"}),
    ("staff-visit-signature", ["visit"], SHOPS),
    ("staff-visit-photo", ["shot"], SHOPS),
    ("staff-visit-photo-small", ["shot"], SHOPS),
    ("staff-task-ask", ["merchant"], {*DESK, "merchant_manager"}),
    ("staff-task-drop", ["task"], {"merchant_manager"}),
    ("staff-order-new", ["visit"], {"merchant_manager"}),
    ("staff-order", ["order"], SHOPS),
    ("staff-order-letter", ["order"], SHOPS),
    *(("staff-order-verb", ["order", verb], {"reviewer"}) for verb in ("issue", "decline")),
    ("staff-order-verb", ["order", "serve"], {"merchant_manager"}),
    ("staff-enforcement-new", ["inspection", "visit"], {"merchant_manager"}),
    ("staff-enforcement-new", ["sampling", "lot"], {"merchant_manager"}),
    ("staff-enforcement", ["enforcement"], SHOPS),
    *(
        ("staff-enforcement-verb", ["enforcement", verb], {"reviewer"})
        for verb in ("open", "decline", "close", "return")
    ),
    ("staff-enforcement-verb", ["enforcement", "outcome"], {"merchant_manager"}),
    ("staff-sampling", ["2022"], SHOPS),
    ("staff-lot-report-new", ["lot"], SHOPS),
    ("staff-lot-report", ["lot_report"], SHOPS),
    ("staff-point-grant", ["point"], {"merchant_manager"}),
    ("staff-point-withdraw", ["point"], {"merchant_manager"}),
    ("staff-reconciliation", [], BOOKS),
    ("staff-reconciliation-xlsx", [], BOOKS),
    *(
        ("staff-difference-verb", ["difference", v], {"finance"})
        for v in ("take", "propose", "sign", "decline")
    ),
    ("staff-statement-upload", [], {"finance"}),
    ("staff-statement-file", ["file"], {"finance"}),
    ("staff-statement", ["reading"], {"finance"}),
    ("staff-statement-verb", ["reading", "decline"], {"finance"}),
    ("staff-months", [], READERS),
    ("staff-month-close", ["scheme", "2022-09"], {"finance"}),
    *(("staff-month-verb", ["closing", verb], {"finance"}) for verb in ("confirm", "decline")),
    *((f"staff-month-{form}", ["closed"], READERS) for form in ("pdf", "xlsx")),
    ("staff-request-new", ["scheme"], {"finance"}),
    *((f"staff-request-{form}", ["request"], READERS) for form in ("pdf", "xlsx")),
    ("staff-rules", [], READERS),
    ("staff-rule-propose", ["voucher"], {"finance"}),
    ("staff-rule-sample", ["voucher"], READERS),
    *(("staff-rule-verb", ["rule", verb], {"finance"}) for verb in ("approve", "decline")),
    ("staff-rights-new", [], {"sysadmin"}),
    *(("staff-rights-propose", ["staff", kind], {"sysadmin"}) for kind in ("roles", "password", "unlock")),
    *(("staff-rights-decide", ["rights", verb], {"security"}) for verb in ("confirm", "decline")),
    ("staff-rights-decide", ["rights", "withdraw"], set()),  # whoever proposed it, and nobody else
    ("staff-account-deactivate", ["staff"], {"sysadmin", "security"}),
    ("staff-report", [], READERS | SHOPS),
    ("staff-report-xlsx", [], READERS | SHOPS),
    ("staff-report-rows", ["shops"], SHOPS),
    ("staff-report-chart", ["week", "svg"], READERS),
    ("staff-issue-new", [], WRITING),
    *(("staff-issue-verb", ["report_issue", verb], {"reviewer"}) for verb in ("sign", "decline")),
    *((f"staff-issue-{form}", ["report_issue"], READERS | SHOPS) for form in ("docx", "xlsx")),
    *((f"staff-issue-{page}", ["report_issue", "shops"], SHOPS) for page in ("rows", "changes")),
    ("staff-report-templates", [], READERS | SHOPS),
    ("staff-template-new", [], WRITING),
    ("staff-template-docx", ["template"], READERS | SHOPS),
    *(("staff-template-verb", ["template", verb], {"reviewer"}) for verb in ("approve", "decline")),
    ("staff-figure-new", [], WRITING),
    ("staff-figure-proof", ["stated"], READERS | SHOPS),
    *(("staff-figure-verb", ["stated", verb], {"reviewer"}) for verb in ("confirm", "decline")),
    ("staff-laboratory", [], READERS),
    ("staff-laboratory-new", ["scheme"], TRYING),
    ("staff-laboratory-run", ["run"], READERS),
    ("staff-laboratory-repeat", ["run"], TRYING),
    ("staff-laboratory-xlsx", ["run"], READERS),
    ("staff-forecasts", ["scheme"], READERS),
]
DOING = (
    "staff-assign",
    "staff-case-",
    "staff-claim-verb",
    "staff-batch-verb",
    "staff-claim-payee",
    "staff-paper",
    "staff-watch-",
    "staff-tie-inspect",
    "staff-line-",
    "staff-evidence",
    "staff-payout-stop",
    "staff-recovery-amend",
    "staff-recovery-receipt",
    "staff-recovery-decide",
    "staff-recovery-step",
    "staff-receipt-decide",
    "staff-supplement",
    "staff-change-",
    "staff-scheme-new",
    "staff-scheme-clone",
    "staff-scheme-step",
    "staff-point-",
    "staff-merchant-enable",
    "staff-merchant-hold",
    "staff-visit-begin",
    "staff-visit-again",
    "staff-visit-conclude",
    "staff-task-",
    "staff-order-new",
    "staff-order-verb",
    "staff-enforcement-new",
    "staff-enforcement-verb",
    "staff-invitation-",
    "staff-difference-verb",
    "staff-statement-verb",
    "staff-month-close",
    "staff-month-verb",
    "staff-request-new",
    "staff-rule-propose",
    "staff-rule-verb",
    "staff-laboratory-new",
    "staff-laboratory-repeat",
    "staff-rights-",
    "staff-account-",
    "staff-issue-new",
    "staff-issue-verb",
    "staff-template-new",
    "staff-template-verb",
    "staff-figure-new",
    "staff-figure-verb",
)


@pytest.fixture(scope="module")
def rows(module_db, tmp_path_factory):
    """The number of one of everything that a page is about, by name."""
    with override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("uploads")):
        yield make_rows(District())


def make_rows(district):
    claim = district.grow()
    batch = district.pay(claim)
    taken = take_photo(upload(jpeg()), size=100)
    photo = TradeInPhoto.objects.create(
        kind="invoice",
        trade_in=claim.trade_in,
        name=keep_photo(taken),
        digest=taken.digest,
        width=1,
        height=1,
        added_by=UserFactory(),
        added_at=NOW,
    )
    proposal = Proposal(Terms.of(claim.policy), "区财政追加", 30_000, "拱财〔2022〕7号")
    change = propose_change(scheme=claim.scheme, proposal=proposal, by=UserFactory(), now=NOW)
    point = claim.trade_in.agent_point
    line = batch.lines.get()
    evidence = doubted_payment(district).evidence.get()
    scan = take_scan(upload(jpeg()), size=100)
    found = rights() | {
        "claim": claim,
        "note": add_note(claim=claim, text="已电话核实", by=UserFactory(), now=NOW, scan=scan),
        "batch": batch,
        "photo": photo,
        "scheme": claim.scheme,
        "change": change,
    }

    found |= {
        "line": line,
        "evidence": evidence,
        **books(line),
        **doubts(make_claim(district.scheme, state="review")),
        **closed_months(),
        **report(district.scheme),
        **recovery(district),
        "request": PaymentRequest.objects.first(),
        "run": ready(claim.scheme, variant(claim.scheme)),
        **supervision(point.merchant),
    }
    return {name: row.pk for name, row in {**found, "point": point, "merchant": point.merchant}.items()}


def rights():
    """Somebody of the staff, and a change of what another may do that waits."""
    now, told = timezone.now(), {"username": "li.na", "roles": ["officer"], "note": "x"}
    change, _half = propose(kind="new_account", by=make_staff("sysadmin"), now=now, **told)
    invite(merchant=MerchantFactory(), role="owner", name="李娜", by=make_staff("merchant_manager"), now=now)
    return {"staff": make_staff("officer"), "rights": change, "invitation": Invitation.objects.latest("pk")}


def recovery(district):
    claim = make_claim(district.scheme)
    demanded(claim, still=True)
    case = claim.recoveries.get()
    motion = Motion(RecoveryStep.Kind.HAND_OVER, "不履行", reference="拱法 7 号")
    step = propose_step(case=case, motion=motion, by=UserFactory(), now=NOW)
    return {"supplement": claim.supplements.get(), "case": case, "receipt": case.receipts.get(), "step": step}


def supervision(shop):
    """A visit with its photo and signature, one that is asked for, what followed, and a report."""
    manager, picture = make_staff("merchant_manager"), take_photo(upload(jpeg()), size=100)
    visit = begin_visit(shop=shop, by=manager, now=NOW)
    lot = shop.sampling_lots.first()
    shot = add_visit_photo(visit=visit, head="", photo=picture, by=manager, now=NOW)
    for head in HEADS:
        answer_head(visit=visit, head=head.code, finding="ok", words="", by=manager, now=NOW)
    sign_visit(visit=visit, signer="王店主", picture=picture, by=manager, now=NOW)
    return {
        "visit": visit,
        "shot": shot,
        "task": ask_for_inspection(shop=shop, why="举报改装", by=manager, now=NOW),
        "order": CorrectionOrder.objects.get(inspection__merchant=shop),
        "enforcement": shop.enforcement_cases.get(),
        "lot": lot,
        "lot_report": add_report(
            lot=lot, scan=take_scan(upload(b"%PDF-1.7 %%EOF"), size=20), by=manager, now=NOW
        ),
    }


def report(scheme):
    """A figure from outside, an issue and a template that wait for another person."""
    maker, days = UserFactory(), Scope(date(2022, 1, 1), date(2022, 6, 30), (scheme,))
    told = Statement("code_plates", 45_000, date(2022, 6, 30), "云申领")
    template = propose_template(
        name="x.docx", content=shipped_template(), scope=days, by=maker, now=NOW, note="x"
    )
    return {
        "stated": tell_figure(told=told, proof=Proof("x.pdf", b"%PDF-"), by=maker, now=NOW),
        "report_issue": make_issue(scope=days, by=maker, now=NOW),
        "template": template,
    }


def doubts(claim):
    """A paper about a claim, and an entry of the fraud list, which wait for another person."""
    until = today() + timedelta(days=9)
    said = Said(PaperEvidence.Subject.HEIR, "公证书", until, "继承", {}, "11010519491231002X")
    paper = propose_paper(
        claim=claim, said=said, scans=[take_scan(upload(jpeg()), size=100)], by=UserFactory(), now=NOW
    )
    named = Named(WatchEntry.Kind.PHONE, WatchEntry.Reason.REPORT, "x", until, value="+8613912345678")
    return {"paper": paper, "entry": propose_entry(named=named, by=UserFactory(), now=NOW)}


def books(line):
    """A difference, and a statement that somebody brought as a file."""
    found = {"number": line.request_no, "kind": "ours", "day": local_day(NOW), "line": line, "found_at": NOW}
    finder = UserFactory()
    content = f"流水,金额,时间\n{line.request_no},300,2022-09-20\n".encode()
    file = keep_file(name="9月.csv", content=content, by=finder, now=NOW)
    sheet = read_sheet(file)
    columns = {"number": "流水", "amount": "金额", "paid_at": "时间"}
    layout = tell_layout(
        fingerprint=sheet.fingerprint, columns=columns, words={}, in_fen=False, by=finder, now=NOW
    )
    lines, day = read_lines(sheet, layout), date(2022, 9, 20)
    now = midnight(date(2022, 9, 22))
    reading = propose_file(file=file, layout=layout, lines=lines, days=Days(day, day), by=finder, now=now)
    return {"difference": Difference.objects.create(**found), "file": file, "reading": reading}


def closed_months():
    """A closed month, one that waits to be confirmed, and a version of a layout that waits to be approved: elsewhere."""
    closer, confirmer = UserFactory(), UserFactory()
    closed = close_month(scheme=make_scheme(year=2021), month=MONTH, by=closer, now=AFTERWARDS)
    confirm_close(period=closed, by=confirmer, now=AFTERWARDS)
    closing = close_month(scheme=make_scheme(year=2020), month=MONTH, by=closer, now=AFTERWARDS)
    rule = propose_rule(subject="request", content=SHIPPED["request"], by=closer, now=NOW, note="x")
    turn = suspend(scheme=closing.scheme, kind=StepKind.SUSPEND, note="核查", by=closer, now=NOW)
    return {"closed": closed, "closing": closing, "rule": rule, "turn": turn}


def address(name, arguments, rows):
    return reverse(name, args=[rows.get(each, each) for each in arguments])


def test_every_page_of_the_staff_stands_in_the_table():
    named = {
        name for name in get_resolver().reverse_dict if isinstance(name, str) and name.startswith("staff-")
    }
    assert named == {name for name, _arguments, _roles in PAGES}


@pytest.mark.parametrize("role", [None, *ROLES])
def test_every_page_opens_to_the_roles_it_is_for(rows, role):
    client = logged_in(make_staff(role) if role else UserFactory(is_staff=True))
    for name, arguments, roles in PAGES:
        page = address(name, arguments, rows)
        status = client.get(page).status_code
        assert status in ({200, 302} if role in roles else {403}), page


@pytest.mark.parametrize("role", [None, *ROLES])
def test_what_does_something_is_done_for_nobody_else(rows, role):
    client = logged_in(make_staff(role) if role else UserFactory(is_staff=True))
    for name, arguments, roles in PAGES:
        if name.startswith(DOING) and role not in roles:
            assert client.post(address(name, arguments, rows), {"confirmed": "1"}).status_code == 403


def test_only_staff_come_in(client, rows):
    stranger = logged_in(UserFactory())
    for name, arguments, _roles in PAGES:
        response = stranger.get(address(name, arguments, rows))
        assert response.status_code == 302
        assert "login" in response.headers["Location"]


@pytest.mark.parametrize("name", ["staff-claim-verb", "staff-batch-verb"])
def test_a_verb_that_does_not_exist_is_not_found(client, rows, name):
    assert client.get(reverse(name, args=[rows["claim"], "nonsense"])).status_code == 404
