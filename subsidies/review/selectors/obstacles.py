"""Before many claims are moved at once: which of them will move, and why the others will not. One query.

Each verb's list is in the order in which the reasons are told; the verb itself leaves alone exactly what stands here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, Sum, Value, When

from core.models import User
from subsidies.models import Claim, Hold, PayeeChange, Scheme
from subsidies.review.selectors.handlers import handled_by
from subsidies.review.selectors.holds import is_held
from subsidies.review.selectors.signals import WATCHED
from subsidies.states import ENDED, MOVES, ClaimState

S = ClaimState
STATES: dict[str, tuple[str, ...]] = {
    "approve": (S.SETTLED, S.ON_NOTICE, S.OBJECTED),
    "retry_failed": (S.PAYOUT_FAILED,),
    "order_payment": (S.APPROVED,),
    "ask_again": (S.REVIEW, S.NEEDS_CORRECTION),
    "demand_correction": (S.REVIEW,),
    "refuse": tuple(state for state, moves in MOVES.items() if S.REFUSED in moves),
    "cancel": tuple(state for state, moves in MOVES.items() if S.CANCELLED in moves),
    "hold": (*WATCHED, S.IN_PAYOUT),
    "propose_refusal": tuple(state for state, moves in MOVES.items() if S.REFUSED in moves),
    "clear_holds": tuple(state for state in S if state not in ENDED),
    "start_recovery": (S.PAID,),
    "record_return": (S.RECOVERING,),
}


@dataclass(frozen=True, slots=True)
class Preview:
    """How many claims would move and their sum; those that would not, by the code of the first reason."""

    moves: int
    fen: int
    left: dict[str, int]

    @property
    def seen(self) -> str:
        """A short text that another selection, or another state of the same one, does not have."""
        return f"{self.moves}/{self.fen}/{sum(self.left.values())}"


def obstacles(verb: str, *, by: User) -> list[tuple[str, Q]]:
    """Why a claim would not be moved by `verb`, each as a code and a condition; the first that holds is told."""
    found = [("state", ~Q(state__in=STATES[verb]))]
    if verb in ("approve", "retry_failed", "order_payment"):
        found.append(("held", Q(is_held())))
    if verb in ("approve", "retry_failed"):
        found.append(("handled", handled_by(by)))
    if verb == "order_payment":
        found += [("approved_by_you", Q(approved_by=by)), ("no_address", _no_address())]
    if verb in ("hold", "propose_refusal"):
        found.append(("held_already", Q(_open(kind=Hold.Kind.OBJECTION))))
    if verb == "clear_holds":
        found.append(("not_held", ~Q(is_held())))
    return found


def _open(kind: str) -> Exists:
    return Exists(Hold.objects.filter(claim=OuterRef("pk"), cleared_at__isnull=True, kind=kind))


def _no_address() -> Q:
    changed = Exists(PayeeChange.objects.filter(claim=OuterRef("pk")))
    return Q(trade_in__wallet_no__isnull=True, trade_in__phone__isnull=True) & ~Q(changed)


def preview(verb: str, claims: QuerySet[Claim], *, by: User) -> Preview:
    """What `verb` would do with these claims, done by this person now."""
    whens = [When(condition, then=Value(code)) for code, condition in obstacles(verb, by=by)]
    why = Case(*whens, default=Value(""), output_field=CharField())
    rows = claims.order_by().annotate(why=why).values("why").annotate(n=Count("pk"), fen=Sum("amount_fen"))
    counted = {why: (n, fen) for why, n, fen in rows.values_list("why", "n", "fen")}
    moves, fen = counted.pop("", (0, 0))
    return Preview(moves, fen or 0, {code: n for code, (n, _fen) in counted.items()})


def schemes_of(claims: QuerySet[Claim]) -> Sequence[Scheme]:
    """The schemes that these claims ask money of."""
    return list(Scheme.objects.filter(Exists(claims.order_by().filter(scheme=OuterRef("pk")))))
