"""What the operator's statement of a morning says: payments that came back (退票), and what does not agree with our book."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.audit.acting import acting
from subsidies.ledger.services.append import Piece, append_for_claims, append_piece, lock_scheme
from subsidies.models import Claim, PayoutLine, PayoutStop, RecoveryCase, RecoveryReceipt, Scheme, Supplement
from subsidies.payouts.services.stops import stop_sending
from subsidies.payouts.statement import StatementLine
from subsidies.recoveries.services.cases import decline_recovery
from subsidies.recoveries.services.returned import end_by_return
from subsidies.states import RESERVED, ClaimState

RETURNED = "RETURNED"  # a reason like the operator's own, in `subsidies.reasons.PAYOUT_FAILURES`


def take_in_statement(*, lines: Sequence[StatementLine], now: datetime) -> int:
    """Book what came back; where anything differs from our book, stop all payouts until two people have looked.

    Return how many payments came back. A payment is compared by its number, amount and payee.
    """
    ours = {
        line.request_no: line
        for line in PayoutLine.objects.filter(request_no__in=[each.number for each in lines]).exclude(
            state=PayoutLine.State.DISCARDED
        )
    }
    if wrong := [each.number for each in lines if _differs(each, ours.get(each.number))]:
        detail = f"{len(wrong)}: {wrong[0]}"
        stop_sending(why=PayoutStop.Why.DIFFERS, detail=detail, by=None, now=now)
    sound = [each.number for each in lines if not each.paid and each.number not in wrong]
    return record_returned(numbers=sound, now=now)


def _differs(told: StatementLine, ours: PayoutLine | None) -> bool:
    """Whether the statement and our book cannot both be right; what is still unknown here is none of it."""
    if ours is None:
        return told.paid
    if (
        told.amount_fen != ours.amount_fen
        or told.payee[-4:] != (ours.payee_wallet or ours.payee_phone or "")[-4:]
    ):
        return True
    return told.paid and ours.state in (PayoutLine.State.FAILED, PayoutLine.State.RETURNED)


def record_returned(*, numbers: Collection[str], now: datetime) -> int:
    """Book that these payments, by their numbers, came back; return how many are new.

    The money is the claim's again, as before the payment: once the payee was put right it is paid under its next attempt.
    Where it was demanded back, it is there: the case ends. What is not confirmed yet is not demanded any more. Of a claim
    that gave back a part before, and whose case has ended, it is left to people. Doing it twice changes nothing.
    """
    came_back = _made(numbers)
    schemes = Scheme.objects.filter(pk__in=came_back.values("batch__scheme")).order_by("pk")
    return sum(_in_scheme(scheme, numbers, now=now) for scheme in schemes)


def _in_scheme(scheme: Scheme, numbers: Collection[str], *, now: datetime) -> int:
    with acting("record_returned", by=None, now=now):
        locked = lock_scheme(scheme)
        lines = list(
            _made(numbers)
            .filter(batch__scheme=locked)
            .select_for_update(of=("self",), no_key=True)
            .order_by("pk")
        )
        changes = {"state": PayoutLine.State.RETURNED, "fail_reason": RETURNED, "finished_at": now}
        PayoutLine.objects.filter(pk__in=[line.pk for line in lines]).update(**changes)
        claims = Claim.objects.select_for_update(no_key=True).filter(pk__in=[line.claim_id for line in lines])
        by_id = {claim.pk: claim for claim in claims.order_by("pk")}
        for line in lines:
            if by_id[line.claim_id].state == ClaimState.RECOVERING:
                piece = Piece(line.amount_fen)
                end_by_return(scheme=locked, claim=by_id[line.claim_id], piece=piece, now=now)
        besides = [line for line in lines if line.supplement_id is not None]
        _return_supplements(besides, locked, now=now)
        subsidies = {line.claim_id for line in lines if line.supplement_id is None}
        own = [
            claim.pk for claim in by_id.values() if claim.state == ClaimState.PAID and claim.pk in subsidies
        ]
        for case in RecoveryCase.objects.filter(claim__in=own, state=RecoveryCase.State.PROPOSED):
            decline_recovery(case=case, by=None, now=now)
        for kind in ("return", "reserve"):
            append_for_claims(scheme=locked, kind=kind, claim_ids=own, by=None, now=now)
        Claim.objects.filter(pk__in=own).update(state=ClaimState.PAYOUT_FAILED)
        return len(lines)


def _return_supplements(lines: Sequence[PayoutLine], scheme: Scheme, *, now: datetime) -> None:
    """Their claims stay paid; the money is set aside for them again, until somebody looks."""
    for line in lines:
        if line.supplement is not None:
            piece = Piece(line.amount_fen, line.supplement.ref)
            for kind in ("return", "reserve"):
                append_piece(scheme=scheme, kind=kind, claim=line.claim, piece=piece, by=None, now=now)
    pieces = [line.supplement_id for line in lines if line.supplement_id is not None]
    Supplement.objects.filter(pk__in=pieces).update(state=Supplement.State.FAILED)


def _made(numbers: Collection[str]) -> QuerySet[PayoutLine]:
    """Those that were made, and whose money is the claim's still, or is being demanded back.

    Of a claim with a supplement, of which some is demanded back, it is left to people which piece came.
    """
    gave_back = RecoveryReceipt.objects.filter(
        case__claim=OuterRef("claim"), state=RecoveryReceipt.State.CONFIRMED
    )
    besides = Supplement.objects.filter(claim=OuterRef("claim"), state=Supplement.State.PAID)
    own = Q(claim__state=ClaimState.PAID) | Q(supplement__isnull=False, claim__state__in=RESERVED)
    made = PayoutLine.objects.filter(request_no__in=numbers, state=PayoutLine.State.SUCCESS)
    demanded = Q(claim__state=ClaimState.RECOVERING) & ~Exists(besides)
    return made.filter((own & ~Exists(gave_back)) | demanded)
