"""A correction upwards after payment: proposed, confirmed and reserved, taken back. It is ordered and paid in `payouts`."""

from datetime import datetime

from django.db.models import Max, Sum

from core.audit.acting import acting
from core.decisions import mark
from core.models import User
from subsidies.decision_reasons import SUPPLEMENT
from subsidies.ledger.services.append import Piece, append_piece, lock_scheme
from subsidies.marked import SUPPLEMENT_CONFIRMED, SUPPLEMENT_PROPOSED
from subsidies.models import Claim, RecoveryCase, Scheme, Supplement
from subsidies.schemes.states import SchemeState
from subsidies.states import ClaimState

State = Supplement.State


class NotOwed(ValueError):
    """The claim is not simply paid, has a supplement on its way, or the supplement does not stand so."""


class Archived(ValueError):
    """The claim's scheme is archived: nothing more is owed there."""


class OwnProposal(PermissionError):
    """Whoever proposes does not confirm."""


class BeyondHighest(ValueError):
    """The claim would be paid more than its scheme's highest amount; `room_fen`: how much it may be."""

    def __init__(self, room_fen: int) -> None:
        super().__init__(f"{room_fen} fen at most")
        self.room_fen = room_fen


class NoMoney(ValueError):
    """Neither budget nor stage has so much left."""


class NoReason(ValueError):
    """A supplement says why, by a code of SUPPLEMENT and in words."""


def room_for(claim: Claim) -> int:
    """How many fen a claim may still be owed besides, before it reaches the highest amount of its scheme."""
    highest = claim.scheme.stages.aggregate(fen=Max("amount_fen"))["fen"] or 0
    besides = claim.supplements.exclude(state__in=[State.DECLINED, State.CANCELLED])
    return max(0, highest - claim.amount_fen - (besides.aggregate(fen=Sum("amount_fen"))["fen"] or 0))


def propose_supplement(
    *, claim: Claim, amount_fen: int, reason: str, note: str, by: User, now: datetime
) -> Supplement:
    """Propose to pay so many fen besides; nothing moves before another person confirms.

    Raises Archived, NotOwed, BeyondHighest, NoReason.
    """
    if reason not in SUPPLEMENT or not note.strip():
        raise NoReason(reason)
    with acting("propose_supplement", by=by, now=now, reasons=[reason], note=note):
        locked = Claim.objects.select_for_update(no_key=True).get(pk=claim.pk)
        if locked.scheme.state == SchemeState.ARCHIVED:
            raise Archived(locked.scheme.code)
        demanded = RecoveryCase.objects.unended().filter(claim=locked)
        if locked.state != ClaimState.PAID or locked.supplements.unended().exists() or demanded.exists():
            raise NotOwed(f"claim {locked.pk} is {locked.state}")
        if not 0 < amount_fen <= room_for(locked):
            raise BeyondHighest(room_for(locked))
        supplement = Supplement.objects.create(
            claim=locked,
            ref=f"S{locked.supplements.count() + 1}",
            amount_fen=amount_fen,
            reason=reason,
            note=note,
            proposed_by=by,
            proposed_at=now,
        )
        mark(SUPPLEMENT_PROPOSED, [supplement.pk], at=now)
        return supplement


def confirm_supplement(*, supplement: Supplement, by: User, now: datetime, note: str = "") -> None:
    """Set its money aside, so that it can be ordered. Raises OwnProposal, NotOwed, NoMoney."""
    with acting("confirm_supplement", by=by, now=now, note=note):
        scheme, locked = _locked(supplement)
        if locked.state != State.PROPOSED or locked.claim.state != ClaimState.PAID:
            raise NotOwed(f"supplement {locked.ref} is {locked.state}")
        if locked.proposed_by == by:
            raise OwnProposal("whoever proposes does not confirm")
        stage = locked.claim.stage
        left = [scheme.available_fen, *([] if stage is None or stage.left_fen is None else [stage.left_fen])]
        if locked.amount_fen > min(left):
            raise NoMoney(f"{min(left)} fen are left")
        _move(locked, State.RESERVED, by=by, now=now)
        mark(SUPPLEMENT_CONFIRMED, [locked.pk], at=now)
        _append("reserve", locked, scheme, by=by, now=now)


def decline_supplement(*, supplement: Supplement, by: User, now: datetime, note: str = "") -> None:
    """Turn a proposal down, or take one's own back. Raises NotOwed."""
    with acting("decline_supplement", by=by, now=now, note=note):
        _scheme, locked = _locked(supplement)
        if locked.state != State.PROPOSED:
            raise NotOwed(f"supplement {locked.ref} is {locked.state}")
        _move(locked, State.DECLINED, by=by, now=now)


def cancel_supplement(*, supplement: Supplement, by: User, now: datetime, note: str) -> None:
    """Give back what is set aside and not on its way out. Raises NotOwed."""
    with acting("cancel_supplement", by=by, now=now, note=note):
        scheme, locked = _locked(supplement)
        if locked.state not in (State.RESERVED, State.FAILED):
            raise NotOwed(f"supplement {locked.ref} is {locked.state}")
        locked.state = State.CANCELLED
        locked.save(update_fields=["state"])
        _append("release", locked, scheme, by=by, now=now)


def _locked(supplement: Supplement) -> tuple[Scheme, Supplement]:
    """As whoever moves money does: first the scheme, then the claim, then the piece."""
    scheme = lock_scheme(supplement.claim.scheme)
    Claim.objects.select_for_update(no_key=True).get(pk=supplement.claim_id)
    loaded = Supplement.objects.select_for_update(of=("self",), no_key=True)
    return scheme, loaded.select_related("claim__stage").get(pk=supplement.pk)


def _move(supplement: Supplement, state: Supplement.State, *, by: User, now: datetime) -> None:
    supplement.state, supplement.decided_by, supplement.decided_at = state, by, now
    supplement.save(update_fields=["state", "decided_by", "decided_at"])


def _append(kind: str, supplement: Supplement, scheme: Scheme, *, by: User | None, now: datetime) -> None:
    piece = Piece(supplement.amount_fen, supplement.ref)
    append_piece(scheme=scheme, kind=kind, claim=supplement.claim, piece=piece, by=by, now=now)
