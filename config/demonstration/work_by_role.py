"""What each role finds when it opens the demonstration in the morning, once the first stage is paid."""

import base64
import secrets
from pathlib import Path
from uuid import uuid4

from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from config.demonstration.enforcement import leave_enforcement
from config.demonstration.money_back import leave_money_back
from config.demonstration.report import leave_reports
from config.packs.logins import in_role
from core.audit.acting import acting
from core.database.owner import owning
from core.exports.ask import Wish, ask_for_export
from core.exports.lists import Asked
from core.exports.write import write_table
from core.models import SecondFactor, User
from core.rights.first import lay_roles
from ebikes.importing.pipeline import read_file
from ebikes.licensing.stub.answers import signed_answer
from ebikes.models import ImportBatch, TradeIn
from ebikes.records.reveal import reveal_person
from ebikes.synthetic import LATE_FILE
from subsidies.casework.services.assign import assign_cases
from subsidies.casework.services.notes import add_note
from subsidies.models import Claim, LineEvidence, OperatorAnswer, PayoutLine, Scheme, SchemeChange
from subsidies.payees.services.check_names import check_names
from subsidies.payouts.doubts import Doubt
from subsidies.payouts.judge import LineResult, doubted
from subsidies.payouts.operator import Heard, Said
from subsidies.payouts.services.evidence import Finding, propose_evidence
from subsidies.payouts.services.payouts import approve_claims, make_payouts, release_payout
from subsidies.payouts.services.record_results import lease_due_order, record_results
from subsidies.review.selectors.holds import is_held
from subsidies.review.services.hold_claims import propose_refusal
from subsidies.schemes.selectors.terms import Proposal, Terms
from subsidies.schemes.services.changes import propose_change
from subsidies.states import ClaimState

YUAN_100 = 10_000  # fen
LOST = "traveller"  # whose device is lost; nobody logs in as this one


def leave_work_by_role(scheme: Scheme, district: Path) -> None:
    """After the payments of the first stage: something to do, or to look into, for everybody."""
    lay_out_file(district)
    leave_a_payment_in_doubt(scheme)
    leave_money_back()
    order_payments(scheme)
    ask_to_refuse()
    assign_to_the_officer()
    ask_for_money(scheme)
    look_somebody_up()
    leave_enforcement()
    lose_device()
    leave_reports(scheme)


def lay_out_file(district: Path) -> ImportBatch:
    """For the officer: a file that was read and not confirmed, with records from the first day of the programme."""
    return read_file(
        district / LATE_FILE,
        kind=ImportBatch.Kind.TRADE_INS,
        by=in_role("officer"),
        now=timezone.now(),
        progress=lambda part: None,
    )


def leave_a_payment_in_doubt(scheme: Scheme) -> None:
    """For finance: an order of two payments, of one of which the operator said success and failure; evidence was brought."""
    two = Claim.objects.filter(pk__in=list(_ready().values_list("pk", flat=True)[:2]))
    now = timezone.now()
    approve_claims(claims=two, by=in_role("reviewer"), now=now)
    check_names(now=now)
    (batch,) = make_payouts(scheme=scheme, claims=two, by=in_role("finance"), now=now).batches
    release_payout(batch=batch, by=in_role("releaser"), now=now)
    order = lease_due_order(now=now)
    if order is None:
        raise RuntimeError("nothing is due")
    made, odd = order.lines
    results = {
        made.request_no: LineResult(PayoutLine.State.SUCCESS, paid_at=now),
        odd.request_no: doubted(Doubt.CONTRADICTION, "FAIL / SUCCESS"),
    }
    body = {
        "out_request_no": order.batch.request_no,
        "lines": [{"out_request_no": made.request_no, "state": "SUCCESS", "gmt_pay": now.isoformat()}],
    }
    raw, proof = signed_answer(body)
    said = Said(OperatorAnswer.Asked.QUERIED, now, 200, "", str(uuid4()), raw, proof)
    record_results(order, Heard(results, (said,)), now=now)
    finding = Finding(
        LineEvidence.Outcome.SUCCESS, "LS20220921-0007", _("与运营机构对账单核对，款项已到账"), paid_at=now
    )
    propose_evidence(line=odd, finding=finding, by=in_role("finance"), now=now)


def order_payments(scheme: Scheme) -> None:
    """Of the second stage a third in a batch that waits for release, a third approved; the rest is the reviewer's."""
    ready = list(_ready().values_list("pk", flat=True))
    third = len(ready) // 3
    ordered, approved = (
        Claim.objects.filter(pk__in=ready[:third]),
        Claim.objects.filter(pk__in=ready[: 2 * third]),
    )
    approve_claims(claims=approved, by=in_role("reviewer"), now=timezone.now())
    while check_names(now=timezone.now()):
        pass
    make_payouts(scheme=scheme, claims=ordered, by=in_role("finance"), now=timezone.now())


def _ready() -> QuerySet[Claim]:
    ready = Claim.objects.filter(state=ClaimState.SETTLED, stage__no=2).exclude(is_held())
    return ready.in_place_order()


def ask_to_refuse() -> None:
    """For the reviewer: a refusal that the officer proposes."""
    last = Claim.objects.filter(pk__in=_ready().reverse().values("pk")[:1])
    propose_refusal(
        claims=last,
        by=in_role("officer"),
        now=timezone.now(),
        reasons=["untrue_record"],
        note=_("到店核实：购车发票与店内台账不符"),
    )


def assign_to_the_officer() -> None:
    """For the officer: a case that the reviewer handed over, and one whose shop was called."""
    officer, reviewer, now = in_role("officer"), in_role("reviewer"), timezone.now()
    waiting = [
        Claim.objects.filter(state=state).order_by("pk").first()
        for state in (ClaimState.REVIEW, ClaimState.NEEDS_CORRECTION)
    ]
    theirs = [claim for claim in waiting if claim is not None]
    if not theirs:
        return
    assign_cases(
        claims=[claim.pk for claim in theirs],
        holder=officer,
        by=reviewer,
        now=now,
        note=_("请先电话联系商户"),
    )
    for claim in theirs:
        add_note(claim=claim, text=_("已电话联系商户，答应两天内回复。"), by=officer, now=now)


def ask_for_money(scheme: Scheme) -> SchemeChange:
    """For the reviewer: half of what the waitlist asks for, proposed by finance."""
    waiting = scheme.claims.filter(state=ClaimState.WAITLISTED).aggregate(fen=Sum("amount_fen"))["fen"] or 0
    proposal = Proposal(
        Terms.of(scheme.policy),
        note=_("区财政追加预算，用于候补车主"),
        budget_fen=max(YUAN_100, waiting // 2 // YUAN_100 * YUAN_100),
        ref=_("拱财〔2022〕86号"),
    )
    return propose_change(scheme=scheme, proposal=proposal, by=in_role("finance"), now=timezone.now())


def look_somebody_up() -> None:
    """For the auditor: the officer saw in full who somebody is, and took a list away."""
    officer, now = in_role("officer"), timezone.now()
    record = TradeIn.objects.filter(claims__state=ClaimState.PAYOUT_FAILED).order_by("pk").first()
    if record is not None:
        reveal_person(of=record, reason=_("发放失败，电话核对收款信息"), by=officer, now=now)
    asked = Asked("subsidies.claim", f"state__exact={ClaimState.REFUSED}", officer)
    export = ask_for_export(asked=asked, wish=Wish("xlsx"), now=now)
    write_table(export_id=export.pk, clock=timezone.now)


def lose_device() -> None:
    """For the system administrator: a colleague with a new phone, whose second factor is to be reset."""
    with owning():
        told = {"full_name": "沈一鸣", "is_staff": True}
        user, _made = User.objects.get_or_create(username=LOST, defaults=told)
        user.set_unusable_password()
        user.save(update_fields=["password"])
        lay_roles(user, ["officer"], at=timezone.now())
    secret = base64.b32encode(secrets.token_bytes(20)).decode()
    with acting("enrol", by=user, now=timezone.now()):
        SecondFactor.objects.create(user=user, secret=secret, last_step=0, confirmed_at=timezone.now())
