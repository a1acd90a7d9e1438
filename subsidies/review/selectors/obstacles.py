"""What keeps an action from a claim: conditions that a queryset of claims can ask, each with the code it is told by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from core.models import User
from subsidies.models import Claim, PayeeChange, PayoutLine, RecoveryCase, Scheme, Supplement
from subsidies.payees.selectors.names import name_asked
from subsidies.reasons import PAYEE_AT_FAULT
from subsidies.review.selectors.handlers import changed_payee, handled_by
from subsidies.review.selectors.holds import is_asked, is_held, is_held_by_staff
from subsidies.review.selectors.looked_at import not_looked_at
from subsidies.schemes.states import SchemeState


@dataclass(frozen=True, slots=True)
class Obstacle:
    """`stands`: for whoever would act, the condition under which a claim is left alone."""

    code: str
    stands: Callable[[User], Q]


def fails_again() -> Exists:
    """For a queryset of claims: whether its payment failed for the payee's sake, and the payee is still the same."""
    since = PayeeChange.objects.filter(
        claim=OuterRef("claim"), at__gte=Coalesce(OuterRef("returned_at"), OuterRef("finished_at"))
    )
    failed = PayoutLine.objects.filter(
        claim=OuterRef("pk"),
        supplement=None,
        state__in=PayoutLine.OVER,
        fail_reason__in=PAYEE_AT_FAULT,
    )
    return Exists(failed.exclude(Exists(since)))


def _paid_besides() -> QuerySet[Supplement]:
    paid = (*Supplement.SET_ASIDE, Supplement.State.PAID)
    return Supplement.objects.filter(claim=OuterRef("pk"), state__in=paid)


def _demanded() -> QuerySet[RecoveryCase]:
    return RecoveryCase.objects.unended().filter(claim=OuterRef("pk"))


def _no_address() -> Q:
    changed = Exists(PayeeChange.objects.filter(claim=OuterRef("pk")))
    return Q(trade_in__wallet_no__isnull=True, trade_in__phone__isnull=True) & ~Q(changed)


HELD = Obstacle("held", lambda by: Q(is_held()))
NOT_HELD = Obstacle("not_held", lambda by: ~Q(is_held()))
HELD_BY_STAFF = Obstacle("held_already", lambda by: Q(is_held_by_staff()))
ASKED_ALREADY = Obstacle("asked_already", lambda by: Q(is_asked()))
HANDLED_BY_YOU = Obstacle("handled", handled_by)
APPROVED_BY_YOU = Obstacle("approved_by_you", lambda by: Q(approved_by=by))
CHANGED_BY_YOU = Obstacle("changed_by_you", changed_payee)
SAME_PAYEE = Obstacle("same_payee", lambda by: Q(fails_again()))
NOT_LOOKED_AT = Obstacle("not_looked_at", lambda by: not_looked_at())
NAME_NOT_ASKED = Obstacle("name_not_asked", lambda by: ~name_asked())
PAID_BESIDES = Obstacle("paid_besides", lambda by: Q(Exists(_paid_besides())))
SUPPLEMENTED = Obstacle(
    "supplemented", lambda by: Q(Exists(Supplement.objects.unended().filter(claim=OuterRef("pk"))))
)
DEMANDED = Obstacle("demanded", lambda by: Q(Exists(_demanded())))
NO_ADDRESS = Obstacle("no_address", lambda by: _no_address())
ARCHIVED = Obstacle("archived", lambda by: Q(scheme__state=SchemeState.ARCHIVED))


def schemes_of(claims: QuerySet[Claim]) -> Sequence[Scheme]:
    """The schemes that these claims ask money of."""
    return list(Scheme.objects.filter(Exists(claims.order_by().filter(scheme=OuterRef("pk")))))
