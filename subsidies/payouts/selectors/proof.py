"""What each payment of an order rests upon, and whether all of it was decided by processes that hold keys."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Case, F, Q, Sum, When

from core.decisions import Kind, unmarked
from core.privacy.sealing import UnreadableSecret
from core.shanghai import local_day
from subsidies import marked
from subsidies.claims.selectors.payee import Payee, payees_of
from subsidies.claims.selectors.record import WITH, is_of_its_record
from subsidies.engine.stages import StageTerms
from subsidies.models import (
    Claim,
    EligibilityCheck,
    Hold,
    LedgerEntry,
    PaperEvidence,
    PayeeChange,
    PayeeCheck,
    PayoutBatch,
    PayoutLine,
    PayoutStop,
    PolicyVersion,
    SchemeChange,
    SchemeStep,
)
from subsidies.payouts.selectors.earlier import paid_before
from subsidies.payouts.selectors.outcomes import unproved_outcomes
from subsidies.payouts.selectors.person_cap import over_cap
from subsidies.payouts.selectors.register import no_longer_pass

# What no mark is about: it follows from what is proved, or stands in the ledger, which no bare SQL writes.
AMOUNT, PAYEE, EARLIER, HELD, MONEY = "amount", "payee", "earlier", "held", "money"
CAP = "cap"  # its owner has more than the scheme allows a person
REGISTER = "register"  # it would be refused if it were checked now
LOCK = "lock"  # the lock register of the province does not keep it for this claim
RECOVERED = "recovered"  # what went out before for the same bike or vehicle is not proved to be back

Unproved = dict[int, set[str]]


def unproved(batch: PayoutBatch, lines: Sequence[PayoutLine], *, now: datetime) -> Mapping[int, set[str]]:
    """Of these payments of the batch, by their ids, those that rest upon something unproved: upon what.

    That is the name of a kind of decision (`subsidies.marked`), AMOUNT, PAYEE, EARLIER: an earlier attempt is behind
    it of whose end nobody told, RECOVERED, REGISTER, CAP, HELD, or MONEY: none is set aside for it. Queries: a fixed number.
    """
    found: Unproved = defaultdict(set)
    if whole := _of_all(batch):
        for line in lines:
            found[line.pk] |= whole
    claims = {
        claim.pk: claim
        for claim in Claim.objects.filter(pk__in=[line.claim_id for line in lines]).select_related(
            *WITH, "policy", "exing_answer", "yunshenling_answer"
        )
    }
    set_aside = _set_aside(claims)
    by_claim = _of_claims(claims)
    by_supplement = _of_supplements(lines)
    payees = payees_of(claims.values())
    unchecked = _without_name(lines) if settings.NAME_CHECK else set()
    earlier = _after_what_is_not_over(lines)
    not_back = paid_before(claims.values())
    refused = no_longer_pass(claims, now=now)
    too_many = over_cap(claims.values())
    for line in lines:
        claim = claims[line.claim_id]
        found[line.pk] |= by_claim[claim.pk] | by_supplement.get(line.supplement_id or 0, set())
        wrong = {
            EARLIER: (line.claim_id, line.supplement_id) in earlier,
            marked.CHECKED.name: not is_of_its_record(claim),
            RECOVERED: claim.pk in not_back,
            CAP: not line.supplement_id and claim.pk in too_many,
            REGISTER: not line.supplement_id and claim.pk in refused,
            MONEY: not line.supplement_id and set_aside.get(claim.pk) != line.amount_fen,
            AMOUNT: not _amount_follows(line, claim),
            PAYEE: not _payee_follows(line, claim, payees[claim.pk]),
            marked.PAYEE_CHECKED.name: line.pk in unchecked,
        }
        found[line.pk] |= {kind for kind, is_so in wrong.items() if is_so}
    return {pk: kinds for pk, kinds in found.items() if kinds}


def _of_all(batch: PayoutBatch) -> set[str]:
    """The rules and the money of its scheme, the order itself, and that what was stopped may go on."""
    policies = PolicyVersion.objects.filter(scheme=batch.scheme_id)
    changes = SchemeChange.objects.filter(scheme=batch.scheme_id, state=SchemeChange.State.APPROVED)
    steps = SchemeStep.objects.filter(scheme=batch.scheme_id, state=SchemeStep.State.CONFIRMED)
    ended = PayoutStop.objects.filter(state=PayoutStop.State.ENDED)
    return {
        *_failing((marked.POLICY,), policies.values_list("pk", flat=True)),
        *_failing((marked.CHANGE_PROPOSED, marked.CHANGE_DECIDED), changes.values_list("pk", flat=True)),
        *_failing((marked.STEP_PROPOSED, marked.STEP_DECIDED), steps.values_list("pk", flat=True)),
        *_failing((marked.BATCH_MADE, marked.BATCH_RELEASED), [batch.pk]),
        *_failing((marked.STOP_CONFIRMED, marked.STOP_ENDED), ended.values_list("pk", flat=True)),
    }


def _failing(kinds: Iterable[Kind], ids: Iterable[int]) -> set[str]:
    wanted = list(ids)
    return {kind.name for kind in kinds if unmarked(kind, wanted)}


def _of_claims(claims: Iterable[int]) -> Unproved:
    """What the authorities said, the approval, the newest payee, and that whatever held it was cleared."""
    found: Unproved = defaultdict(set)
    ids = list(claims)
    for kind in (marked.CHECKED, marked.APPROVED):
        for claim in unmarked(kind, ids):
            found[claim].add(kind.name)
    for claim in _on_forged_papers(ids):
        found[claim].add(marked.PAPER_CONFIRMED.name)
    for claim in Hold.objects.open().filter(claim__in=ids).values_list("claim", flat=True):
        found[claim].add(HELD)
    changes = list(PayeeChange.objects.filter(claim__in=ids).order_by("pk"))
    cleared = list(Hold.objects.filter(claim__in=ids, cleared_at__isnull=False))
    for kind, rows in ((marked.PAYEE_CHANGED, changes), (marked.HOLD_CLEARED, cleared)):
        claims = {row.pk: row.claim_id for row in rows}
        for pk in unmarked(kind, claims):
            found[claims[pk]].add(kind.name)
    for claim in not_let_go(changes, cleared):
        found[claim].add(HELD)
    return found


def _on_forged_papers(claims: Iterable[int]) -> Iterator[int]:
    """The claims whose newest check counted a paper that two people of ours did not confirm, or that is gone."""
    checks = (
        EligibilityCheck.objects.filter(claim__in=list(claims)).order_by("claim", "-pk").distinct("claim")
    )
    counted = {claim: papers for claim, papers in checks.values_list("claim", "papers") if papers}
    wanted = {paper for papers in counted.values() for paper in papers}
    confirmed = (PaperEvidence.State.CONFIRMED, PaperEvidence.State.EXPIRED)
    there = PaperEvidence.objects.filter(pk__in=wanted, state__in=confirmed).values_list("pk", flat=True)
    right = {*there} - unmarked(marked.PAPER_CONFIRMED, there)
    yield from (claim for claim, papers in counted.items() if not right.issuperset(papers))


def not_let_go(changes: Iterable[PayeeChange], cleared: Iterable[Hold]) -> Iterator[int]:
    """The claims whose newest change of payee nobody let go."""
    let_go = defaultdict(list)
    for hold in cleared:
        let_go[hold.let_go].append(hold)
    for claim, newest in {change.claim_id: change for change in changes}.items():
        if not any(_lets_go(hold, newest) for hold in let_go[newest.pk]):
            yield claim


def _lets_go(hold: Hold, change: PayeeChange) -> bool:
    """Another person than who changed the payee found it right."""
    of = (hold.claim_id, hold.kind)
    return of == (change.claim_id, Hold.Kind.PAYEE) and hold.cleared_by_id != change.by_id


def _set_aside(claims: Iterable[int]) -> dict[int, int]:
    """What the ledger has set aside for each, in fen, but for supplements: reserved, and neither released nor paid."""
    signed = Case(
        When(kind=LedgerEntry.Kind.RESERVE, then=F("amount_fen")),
        When(kind__in=(LedgerEntry.Kind.RELEASE, LedgerEntry.Kind.PAY), then=-F("amount_fen")),
        default=0,
    )
    entries = LedgerEntry.objects.filter(claim__in=list(claims), ref="").order_by().values("claim")
    return dict(entries.annotate(fen=Sum(signed)).values_list("claim", "fen"))


def _of_supplements(lines: Iterable[PayoutLine]) -> Unproved:
    found: Unproved = defaultdict(set)
    ids = [line.supplement_id for line in lines if line.supplement_id]
    for kind in (marked.SUPPLEMENT_PROPOSED, marked.SUPPLEMENT_CONFIRMED):
        for supplement in unmarked(kind, ids):
            found[supplement].add(kind.name)
    return found


def _after_what_is_not_over(lines: Iterable[PayoutLine]) -> set[tuple[int, int | None]]:
    """Claim and supplement of those that were paid before, for all that the operator or two people ever said."""
    again = [line.claim_id for line in lines if line.attempt > 1]
    before = PayoutLine.objects.filter(claim__in=again, state__in=PayoutLine.OVER).select_related("claim")
    rows = {line.pk: (line.claim_id, line.supplement_id) for line in before}
    return {rows[pk] for pk in unproved_outcomes(before)}


def _without_name(lines: Iterable[PayoutLine]) -> set[int]:
    """Those of whose payee the operator has not said, to us, that it is the owner's, and that nobody else let pass."""
    claims = [line.claim_id for line in lines]
    let_pass = Hold.objects.filter(claim__in=claims, kind=Hold.Kind.NAME, cleared_at__isnull=False)
    checks = PayeeCheck.objects.filter(
        Q(result=PayeeCheck.Result.MATCH) | Q(claim__in=let_pass.values("claim")), claim__in=claims
    )
    told = {
        (claim, bytes(digest)): pk for pk, claim, digest in checks.values_list("pk", "claim", "payee_digest")
    }
    forged = unmarked(marked.PAYEE_CHECKED, told.values())
    said = {which for which, pk in told.items() if pk not in forged}
    return {line.pk for line in lines if (line.claim_id, _digest_of(line)) not in said}


def _digest_of(line: PayoutLine) -> bytes:
    try:
        return Payee(line.payee_phone, line.payee_wallet, line.payee_operator).digest(line.claim_id)
    except UnreadableSecret:
        return b""


def _amount_follows(line: PayoutLine, claim: Claim) -> bool:
    """A supplement's amount is its own; a subsidy's is what the claim's policy gives on the day of its completion."""
    if line.supplement is not None:
        return line.amount_fen == line.supplement.amount_fen
    day = local_day(claim.completed_at)
    tiers = [stage for stage in map(StageTerms.from_json, claim.policy.stages) if stage.covers(day)]
    return line.amount_fen == claim.amount_fen and [stage.amount_fen for stage in tiers] == [line.amount_fen]


def _payee_follows(line: PayoutLine, claim: Claim, payee: Payee) -> bool:
    """It is paid to the claim's own newest payee, in the owner's name, and to no other that was ever sealed for it."""
    try:
        return line.payee_name == claim.trade_in.owner_name and is_paid_to(line, payee)
    except UnreadableSecret:
        return False


def is_paid_to(line: PayoutLine, payee: Payee) -> bool:
    """Whether the payment goes to this payee: a wallet before a phone."""
    phone = None if payee.wallet_no else payee.phone
    try:
        ordered = (line.payee_wallet, line.payee_phone, line.payee_operator)
        return not payee.altered and ordered == (payee.wallet_no, phone, payee.wallet_operator)
    except UnreadableSecret:
        return False
