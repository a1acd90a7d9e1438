"""Payments that came back (退票): the money is the claim's again."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.audit.acting import acting
from core.decisions import mark
from subsidies import marked
from subsidies.ledger.services.append import Piece, append_for_claims, append_piece, lock_scheme
from subsidies.models import Claim, PayoutLine, RecoveryCase, RecoveryReceipt, Scheme, Supplement
from subsidies.recoveries.services.cases import decline_recovery
from subsidies.recoveries.services.returned import end_by_return
from subsidies.states import RESERVED, ClaimState

RETURNED = "RETURNED"  # a reason like the operator's own, in `subsidies.reasons.PAYOUT_FAILURES`


def record_returned(*, numbers: Collection[str], now: datetime) -> int:
    """Book that these payments, by their numbers, came back; return how many are new.

    The money is the claim's again, as before the payment: once the payee was put right it is paid under its next attempt.
    Where it was demanded back, it is there: the case ends. What is not confirmed yet is not demanded any more. Of a claim
    that gave back a part before, and whose case has ended, it is left to people; so is what belongs to an archived scheme,
    whose difference stays open until two people take it out of the archive. Doing it twice changes nothing.
    """
    came_back = _made(numbers)
    schemes = Scheme.objects.at_work().filter(pk__in=came_back.values("batch__scheme")).order_by("pk")
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
        changes = {"state": PayoutLine.State.RETURNED, "fail_reason": RETURNED, "returned_at": now}
        PayoutLine.objects.filter(pk__in=[line.pk for line in lines]).update(**changes)
        mark(marked.RETURNED, [line.pk for line in lines], at=now)
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
