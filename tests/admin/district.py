"""What the tests of the staff's side share: a district that grows, and how its pages are opened."""

import hashlib
from datetime import date

from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.urls import reverse

from core.audit.acting import acting
from core.models import AuditEntry, Export, RightsChange, User
from core.privacy.proofs import Proof
from ebikes.models import FiledBike, ImportBatch, LicensingAnswer, LicensingHealth, Owner, TradeIn
from merchants.models import (
    AgentPoint,
    CommitmentLetter,
    CorrectionOrder,
    EnforcementCase,
    Inspection,
    Invitation,
    Merchant,
    Publicity,
    SamplingLot,
    SamplingPlan,
    TradeInEvent,
    Training,
)
from merchants.team.invitations import invite
from subsidies.allocation.services.allocate import allocate
from subsidies.closing.services.close import close_month, decline_close
from subsidies.closing.services.requests import request_for_batches
from subsidies.closing.services.rules import decide_rule, propose_rule
from subsidies.closing.shipped import SHIPPED
from subsidies.issues.services.issues import decide_issue
from subsidies.issues.shipped import shipped_template
from subsidies.models import (
    Claim,
    ClosingRule,
    Difference,
    IssueDocument,
    LedgerEntry,
    LineEvidence,
    PaymentRequest,
    PayoutBatch,
    PayoutLine,
    Period,
    RecoveryCase,
    RecoveryReceipt,
    ReportIssue,
    Scheme,
    StatedFigure,
    StatementEntry,
    StatementReading,
    Supplement,
    Voucher,
)
from subsidies.payouts.doubts import Doubt
from subsidies.payouts.judge import LineResult, doubted
from subsidies.payouts.operator import Heard
from subsidies.payouts.services.evidence import Finding, propose_evidence
from subsidies.payouts.services.payouts import approve_claims, make_payouts, release_payout
from subsidies.payouts.services.record_results import lease_due_order, record_results
from subsidies.stated.services.figures import Statement, decide_figure, tell_figure
from tests.console import unguarded
from tests.factories import (
    NOW,
    AgentPointFactory,
    FiledBikeFactory,
    OwnerFactory,
    TradeInFactory,
    UserFactory,
    local,
    make_answer,
    make_claim,
    make_member,
    make_scheme,
)
from tests.laid import again
from tests.subsidies.answers import heard

ID_NO, NAME, PHONE, WALLET = "33010519491231002X", "欧阳娜娜", "+8613912345678", "6222000011112222"
MONTH, AFTERWARDS = date(2022, 9, 1), local("2022-10-01 09:00:00")
SCAN = Proof("x.pdf", b"%PDF-1.7")
WHO_IT_IS = (NAME, NAME[1:], "13912345678", WALLET)
READ_ONLY = [
    *(Invitation, Group, AuditEntry, RightsChange),
    *(Owner, FiledBike, TradeIn, ImportBatch, LicensingAnswer, LicensingHealth),
    *(Scheme, Claim, PayoutBatch, PayoutLine, LedgerEntry, RecoveryCase, RecoveryReceipt),
    *(Period, Voucher, PaymentRequest, ClosingRule, Supplement),
    *(Difference, StatementReading, StatementEntry, StatedFigure, ReportIssue),
    *(CorrectionOrder, EnforcementCase),
]
EDITABLE = [
    *(User, Merchant, AgentPoint, Training, Inspection, SamplingLot, SamplingPlan, TradeInEvent, Publicity),
]
ASKED_FOR = [Export]


def demanded(claim, *, still=False):
    """Beside a claim a demand for money that is over (or `still` made), and a receipt: laid there, the claim is not paid."""
    person, other, number = UserFactory(), UserFactory(), f"追{claim.pk}"
    told = {
        "reason": "paid_in_error",
        "basis": "依据",
        "note": "事实",
        "amount_fen": 100,
        "proposed_by": person,
    }
    decided = {"decided_by": other, "decided_at": NOW}
    ended = {} if still else {"ended_at": NOW}
    with transaction.atomic(), unguarded():
        case = RecoveryCase.objects.create(
            claim=claim,
            **{"year": 2022, "serial": claim.pk, "number": number, "proposed_at": NOW},
            **{**told, **decided, **ended, "state": "open" if still else "recovered"},
        )
        claim.supplements.create(
            **{"ref": "S1", "amount_fen": 1, "reason": "other", "note": "事实", "proposed_by": person},
            **{"proposed_at": NOW, "state": "declined"},
        )
        case.instalments.create(no=1, due_on=NOW.date(), amount_fen=100)
        case.receipts.create(
            **{"no": 1, "number": f"{number}-1", "way": "cash", "amount_fen": 40, "received_on": NOW.date()},
            **{"voucher": "YH", "taken_by": person, "taken_at": NOW},
            **({} if still else {"state": "declined", **decided}),
        )


def logged_in(user):
    client = Client()
    client.force_login(user)
    return client


class District:
    """A scheme that fills with people who are easily recognised, every kind of row beside them."""

    def __init__(self, scheme=None, approver=None, maker=None):
        self.scheme = scheme or make_scheme()
        self.approver, self.maker = approver or UserFactory(), maker or UserFactory()

    def grow(self, *, beside=None):
        """One more of everything that the admin lists; `beside` a claim: of the same owner, point, merchant and file."""
        owner = beside.owner if beside else OwnerFactory(name=NAME)
        point = beside.trade_in.agent_point if beside else AgentPointFactory()
        make_member(point.merchant)
        invite(merchant=point.merchant, role="clerk", name="小李", by=UserFactory(is_staff=True), now=NOW)
        version = f"{point.merchant.letters.count() or ''}"
        CommitmentLetter.objects.create(merchant=point.merchant, text_version=version, signed_on=NOW.date())
        Training.objects.create(title="淘汰置换政策", held_on=NOW.date()).attended_by.add(point.merchant)
        self.enforce(point.merchant)
        SamplingLot.objects.create(kind="e_bike", merchant=point.merchant, sampled_on=NOW.date())
        event = TradeInEvent.objects.create(held_on=NOW.date(), venue_kind="campus", place="校园广场")
        event.merchants.add(point.merchant)
        card = Publicity(
            kind="card", title="提示卡", channel="代办点", began_on=NOW.date(), done_by="市场监管局"
        )
        card.attach(SCAN)
        card.save()
        batch = (beside and beside.trade_in.batch) or ImportBatch.objects.create(
            kind="trade_ins", file_name="6月.csv", uploaded_at=NOW, uploaded_by=self.maker
        )
        FiledBikeFactory(owner=owner, phone=PHONE)
        trade_in = TradeInFactory(
            owner=owner, owner_name=NAME, phone=PHONE, wallet_no=WALLET, agent_point=point, batch=batch
        )
        answers = [make_answer(trade_in, system, plate="浙A1") for system in ("exing", "yunshenling")]
        claim = make_claim(self.scheme, trade_in=trade_in)
        claim.checks.create(
            results={"not_filed": "pass"},
            exing_answer=answers[0],
            yunshenling_answer=answers[1],
            policy=claim.policy,
            completed_at=claim.completed_at,
            completed_by=claim.completed_by,
            checked_at=NOW,
        )
        Export.objects.create(
            model_label="subsidies.claim",
            query="state__exact=settled",
            file_format="csv",
            language="zh-hans",
            file_name="补贴申请.csv",
            asked_by=self.maker,
            asked_at=NOW,
        )
        LicensingHealth.objects.create(
            system=f"system-{claim.pk}", state="closed", consecutive_failures=0, seen_at=NOW
        )
        demanded(claim)
        return claim

    def enforce(self, shop):
        """A visit that goes on, what might follow from it; and the plan of a year."""
        visit = {"inspected_on": NOW.date(), "inspectors": "陈队", "rectify_by": NOW.date()}
        found = shop.inspections.create(**visit, modified="fault")
        told = {"inspection": found, "proposed_by": self.maker, "proposed_at": NOW}
        told |= {"decided_by": self.approver, "decided_at": NOW, "number": f"令{found.pk}"}
        ordered = {"demands": "恢复限速", "basis": "依据", "due_on": NOW.date(), "year": 2022}
        with transaction.atomic(), unguarded():
            CorrectionOrder.objects.create(
                **told, **ordered, serial=found.pk, state="escalated", ended_at=NOW
            )
            EnforcementCase.objects.create(
                **told, merchant=shop, facts="逾期", handed_to="执法队", state="open"
            )
        SamplingPlan.objects.get_or_create(year=2022, defaults={"document": "方案", "budget_fen": 25_000_000})

    def pay(self, *paid):
        """Settled claims, approved by one and ordered by another; their batch."""
        allocate(scheme=self.scheme, now=NOW)
        claims = Claim.objects.filter(pk__in=[claim.pk for claim in paid])
        approve_claims(claims=claims, by=self.approver, now=NOW)
        (batch,) = make_payouts(scheme=self.scheme, claims=claims, by=self.maker, now=NOW).batches
        self.keep_books(batch)
        return batch

    def keep_books(self, batch):
        """A close that was given back, a request for the batch's money, a version of the accounts that was not approved."""
        one, another = UserFactory(), UserFactory()
        period = close_month(scheme=self.scheme, month=MONTH, by=one, now=AFTERWARDS)
        decline_close(period=period, by=another, now=AFTERWARDS, note="再核对")
        request_for_batches(scheme=self.scheme, batches=[batch.pk], purpose="发放补贴", by=one, now=NOW)
        given_back(one, another)
        rule = propose_rule(subject="accounts", content=SHIPPED["accounts"], by=one, now=NOW, note="x")
        decide_rule(rule=rule, approve=False, by=another, now=NOW)
        agree(batch)


def given_back(one, another):
    """A figure from outside and an issue of the report, which nobody waits for; the issue's prose is the template itself."""
    told = Statement("code_plates", 45_000, NOW.date(), "云申领")
    figure = tell_figure(told=told, proof=SCAN, by=one, now=NOW)
    decide_figure(figure=figure, confirm=False, by=another, now=NOW, note="x")
    days = {"year": 2021, "first": date(2021, 1, 1), "last": date(2021, 6, 30)}
    serial = 1 + ReportIssue.objects.filter(year=2021).count()
    issue = ReportIssue.objects.create(**days, serial=serial, made_by=one, made_at=NOW)
    content = shipped_template()
    prose = {"content": content, "sha256": hashlib.sha256(content).hexdigest()}
    IssueDocument.objects.create(issue=issue, file_format="docx", **prose)
    decide_issue(issue=issue, sign=False, by=another, now=NOW, note="x")


@again.register
def _district(there: District) -> District:
    return District(again(there.scheme), again(there.approver), again(there.maker))


def agree(batch):
    """A statement of a month before, with a payment of its own, and a difference that is over."""
    read = {
        "first_day": MONTH,
        "last_day": MONTH,
        "read_at": NOW,
        "payments": 1,
        "paid_fen": 100,
        "returned": 0,
    }
    reading = StatementReading.objects.create(source="operator", state="taken", **read)
    told = {"amount_fen": 100, "paid_at": AFTERWARDS, "day": MONTH, "payee_tail": "0000"}
    readings = {"first_reading": reading, "last_reading": reading}
    with acting("reconcile", by=None, now=NOW):
        StatementEntry.objects.create(number=f"OLD{batch.pk}", **told, **readings)
    case = Difference.objects.create(number=f"OLD{batch.pk}", kind="theirs", day=MONTH, found_at=NOW)
    Difference.objects.filter(pk=case.pk).update(state="agreed", closed_at=NOW)


def url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def said(response):
    """The messages on the page that follows an action."""
    return [str(message) for message in response.context["messages"]]


def who_it_is(response):
    """What a page gives away of a person: the name, the phone, the wallet."""
    return [secret for secret in WHO_IT_IS if secret in response.content.decode()]


def act(client, model, action, *rows, **more):
    """Choose rows and press an action's button; the page that follows."""
    data = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    response = client.post(url(model, "changelist"), data, follow=True)
    assert response.status_code == 200
    return response


def confirm(client, model, action, *rows, **answers):
    """Press an action's button, read what it would do, and confirm it; the page that follows."""
    question = act(client, model, action, *rows)
    seen = question.context["form"]["seen"].value()
    return act(client, model, action, *rows, confirmed="1", seen=seen, **answers)


def told(response):
    """The figures by which a question says what would happen."""
    return {str(name): str(fact) for name, fact in response.context["effect"].facts}


def doubted_payment(district):
    """A payment of which the operator said what is not believed, with evidence that waits to be accepted."""
    order = sent(district)
    (line,) = order.lines
    record_results(order, heard(order, {line.request_no: doubted(Doubt.STATE, "WAIT_PAY")}), now=NOW)
    finding = Finding(LineEvidence.Outcome.SUCCESS, "LS-7", "与对账单核对", paid_at=NOW)
    propose_evidence(line=line, finding=finding, by=UserFactory(), now=NOW)
    return PayoutLine.objects.get(pk=line.pk)


def declined_order(district):
    """An order that the operator would not take."""
    order = sent(district)
    record_results(order, Heard(rejected="HTTP 400 INVALID"), now=NOW)
    return PayoutBatch.objects.get(pk=order.batch.pk)


def paid_claim(district):
    """A claim whose payment was made."""
    order = sent(district)
    (line,) = order.lines
    record_results(order, heard(order, {line.request_no: LineResult(PayoutLine.State.SUCCESS)}), now=NOW)
    return Claim.objects.get(pk=line.claim_id)


def sent(district):
    """An order of one payment on its way to the operator."""
    release_payout(batch=district.pay(district.grow()), by=UserFactory(), now=NOW)
    order = lease_due_order(now=NOW)
    assert order is not None
    return order
