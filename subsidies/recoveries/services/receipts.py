"""Money that comes back, receipt by receipt: one person takes it down, another confirms it, and the ledger follows."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max, Sum

from core.audit.acting import acting
from core.decisions import mark
from core.models import User
from core.shanghai import local_day
from subsidies.ledger.services.append import Piece, append_for_claims, append_piece, lock_scheme
from subsidies.marked import RECEIPT_CONFIRMED, RECEIPT_TAKEN
from subsidies.models import Claim, Hold, RecoveryCase, RecoveryReceipt, Scheme
from subsidies.recoveries.selectors.kept import kept_by_claim
from subsidies.recoveries.services.cases import locked_case
from subsidies.states import ClaimState

TAKEN, CONFIRMED, DECLINED = RecoveryReceipt.State


class NotOpen(ValueError):
    """The case is not being recovered: not confirmed yet, or ended."""


class BeyondDemand(ValueError):
    """More than is still demanded; `open_fen` says how much that is, receipts that wait to be confirmed taken off."""

    def __init__(self, open_fen: int) -> None:
        super().__init__(f"{open_fen} fen are open")
        self.open_fen = open_fen


class NotThatDay(ValueError):
    """Money arrives today or before, and not before it was demanded."""


class NotToBeSetOff(ValueError):
    """Set off is an approved claim of the same owner, whole, that nobody holds."""


class Decided(ValueError):
    """The receipt was confirmed or declined already."""


class OwnReceipt(PermissionError):
    """Whoever took a receipt down, or approved the claim that is set off, does not confirm it."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What arrived: how, how much, on which local day, by which voucher. `set_off`: the claim that is kept for it."""

    way: RecoveryReceipt.Way
    amount_fen: int
    received_on: date
    voucher: str
    note: str = ""
    set_off: Claim | None = None


def take_receipt(*, case: RecoveryCase, arrival: Arrival, by: User, now: datetime) -> RecoveryReceipt:
    """Take down what arrived, under the next number; nothing moves before another person confirms it.

    Raises NotOpen, BeyondDemand, NotThatDay, NotToBeSetOff.
    """
    with acting("take_receipt", by=by, now=now, note=arrival.note):
        locked = locked_case(case)
        if locked.state != RecoveryCase.State.OPEN or locked.decided_at is None:
            raise NotOpen(f"recovery {locked.pk} is {locked.state}")
        counted = locked.receipts.exclude(state=DECLINED).aggregate(fen=Sum("amount_fen"))["fen"] or 0
        if not 0 < arrival.amount_fen <= locked.amount_fen - counted:
            raise BeyondDemand(locked.amount_fen - counted)
        if not local_day(locked.decided_at) <= arrival.received_on <= local_day(now):
            raise NotThatDay(str(arrival.received_on))
        if arrival.set_off is not None:
            _check_set_off(arrival.set_off, locked.claim, arrival.amount_fen, by)
        no = 1 + (locked.receipts.aggregate(last=Max("no"))["last"] or 0)
        receipt = RecoveryReceipt.objects.create(
            case=locked,
            no=no,
            number=f"{locked.number}-{no}",
            way=arrival.way,
            amount_fen=arrival.amount_fen,
            received_on=arrival.received_on,
            voucher=arrival.voucher,
            note=arrival.note,
            set_off=arrival.set_off,
            taken_by=by,
            taken_at=now,
        )
        mark(RECEIPT_TAKEN, [receipt.pk], at=now)
        return receipt


def confirm_receipt(*, receipt: RecoveryReceipt, by: User, now: datetime, note: str = "") -> None:
    """Book what arrived: available again, whole or in part; with the last part the case ends.

    The claim is over then where nothing of its money is left with the owner, else it is paid, with less.
    Raises OwnReceipt, Decided, NotOpen, NotToBeSetOff.
    """
    with acting("confirm_receipt", by=by, now=now, note=note):
        scheme = lock_scheme(receipt.case.claim.scheme)
        case = locked_case(receipt.case)
        locked = RecoveryReceipt.objects.select_for_update(of=("self",), no_key=True).get(pk=receipt.pk)
        if locked.state != TAKEN:
            raise Decided(f"receipt {locked.number} is {locked.state}")
        if locked.taken_by == by:
            raise OwnReceipt("whoever took it down does not confirm it")
        if case.state != RecoveryCase.State.OPEN:
            raise NotOpen(f"recovery {case.pk} is {case.state}")
        if locked.set_off is not None:
            _check_set_off(locked.set_off, case.claim, locked.amount_fen, by)
        _decide(locked, CONFIRMED, by=by, now=now)
        mark(RECEIPT_CONFIRMED, [locked.pk], at=now)
        if locked.set_off is not None:
            _keep(locked, locked.set_off, scheme, by=by, now=now)
        piece = Piece(locked.amount_fen, locked.number)
        append_piece(scheme=scheme, kind="recover", claim=case.claim, piece=piece, by=by, now=now)
        if case.open_fen == 0:
            case.state, case.ended_at = RecoveryCase.State.RECOVERED, now
            case.save(update_fields=["state", "ended_at"])
            after = ClaimState.PAID if kept_by_claim(case.claim_id) else ClaimState.RECOVERED
            Claim.objects.filter(pk=case.claim_id).update(state=after)


def decline_receipt(*, receipt: RecoveryReceipt, by: User, now: datetime, note: str) -> None:
    """Take down that it did not arrive, or not so; its number stays with it. Raises Decided."""
    with acting("decline_receipt", by=by, now=now, note=note):
        locked = RecoveryReceipt.objects.select_for_update(of=("self",), no_key=True).get(pk=receipt.pk)
        if locked.state != TAKEN:
            raise Decided(f"receipt {locked.number} is {locked.state}")
        _decide(locked, DECLINED, by=by, now=now)


def _decide(receipt: RecoveryReceipt, state: RecoveryReceipt.State, *, by: User, now: datetime) -> None:
    receipt.state, receipt.decided_by, receipt.decided_at = state, by, now
    receipt.save(update_fields=["state", "decided_by", "decided_at"])


def _check_set_off(other: Claim, own: Claim, amount_fen: int, by: User) -> None:
    """Debts of both sides are set off (民法典第五百六十八条): of one owner, from one budget, due, and whole."""
    found = Claim.objects.select_for_update(no_key=True).get(pk=other.pk)
    if found.approved_by == by:
        raise OwnReceipt("whoever approved a claim does not set it off")
    fits = (found.state, found.owner_id, found.scheme_id, found.amount_fen) == (
        *(ClaimState.APPROVED, own.owner_id, own.scheme_id),
        amount_fen,
    )
    if not fits or Hold.objects.open().filter(claim=found).exists():
        raise NotToBeSetOff(f"claim {found.pk} is {found.state}")


def _keep(receipt: RecoveryReceipt, other: Claim, scheme: Scheme, *, by: User, now: datetime) -> None:
    """The subsidy of the other claim counts as paid by this receipt: nothing leaves, and nothing is ordered any more."""
    append_for_claims(scheme=scheme, kind="release", claim_ids=[other.pk], by=by, now=now)
    for kind in ("reserve", "pay"):
        piece = Piece(receipt.amount_fen, receipt.number)
        append_piece(scheme=scheme, kind=kind, claim=other, piece=piece, by=by, now=now)
    for state in (ClaimState.IN_PAYOUT, ClaimState.PAID):
        Claim.objects.filter(pk=other.pk).update(state=state)
