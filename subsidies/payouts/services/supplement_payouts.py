"""Supplements on their way out: ordered by one who did not decide on them, and after a failure confirmed anew."""

from datetime import datetime

from django.db.models import Count, QuerySet

from core.audit.acting import acting
from core.decisions import mark
from core.models import User
from subsidies.claims.selectors.payee import payees_of
from subsidies.ledger.services.append import lock_scheme
from subsidies.marked import SUPPLEMENT_CONFIRMED
from subsidies.models import Claim, PayeeChange, PayoutLine, Scheme, Supplement
from subsidies.payees.selectors.names import name_asked
from subsidies.payees.services.altered import hold_altered
from subsidies.payouts.services.ordering import Made, NotYours, line_of, make_batches
from subsidies.reasons import PAYEE_AT_FAULT
from subsidies.review.selectors.holds import open_holds
from subsidies.states import ClaimState

State = Supplement.State


class SamePayee(ValueError):
    """It failed for the payee's sake, and the payee is still the same."""


class NotFailed(ValueError):
    """The supplement's payment did not fail."""


def order_supplements(*, scheme: Scheme, supplements: QuerySet[Supplement], by: User, now: datetime) -> Made:
    """Order the payment of those whose money is set aside, in batches of their own, released like any other.

    Left out: those of claims that are held, or of whose payee the operator has not said whose it is; those without a
    payee; and those that `by` proposed or confirmed. Raises NotYours where nothing else is left.
    """
    with acting("order_supplements", by=by, now=now):
        lock_scheme(scheme)
        waiting = supplements.filter(claim__scheme=scheme, state=State.RESERVED, claim__state=ClaimState.PAID)
        waiting = waiting.exclude(claim__in=open_holds().values("claim"))
        waiting = waiting.filter(claim__in=Claim.objects.filter(name_asked()))
        ready = waiting.exclude(decided_by=by).exclude(proposed_by=by)
        found = list(
            ready.select_for_update(of=("self",), no_key=True)
            .select_related("claim__trade_in")
            .order_by("pk")
        )
        if not found and waiting.exists():
            raise NotYours("whoever decided on a supplement cannot make its payout")
        payees = payees_of([each.claim for each in found])
        hold_altered(payees, now=now)
        payable = [each for each in found if payees[each.claim_id].wallet_no or payees[each.claim_id].phone]
        over = PayoutLine.objects.filter(supplement__in=payable, state__in=PayoutLine.OVER)
        attempts = dict(over.values_list("supplement").annotate(n=Count("pk")))
        lines = [
            line_of(scheme, each.claim, payees[each.claim_id], attempts.get(each.pk, 0) + 1, each)
            for each in payable
        ]
        batches = make_batches(scheme, lines, by=by, now=now)
        Supplement.objects.filter(pk__in=[each.pk for each in payable]).update(state=State.IN_PAYOUT)
        return Made(batches, tuple(each.claim_id for each in found if each not in payable))


def retry_supplement(*, supplement: Supplement, by: User, now: datetime, note: str = "") -> None:
    """Confirm a supplement whose payment failed for good anew. Raises NotFailed, SamePayee, NotYours."""
    with acting("retry_supplement", by=by, now=now, note=note):
        Claim.objects.select_for_update(no_key=True).get(pk=supplement.claim_id)
        locked = Supplement.objects.select_for_update(no_key=True).get(pk=supplement.pk)
        if locked.state != State.FAILED:
            raise NotFailed(f"supplement {locked.ref} is {locked.state}")
        if locked.proposed_by == by:
            raise NotYours("whoever proposes does not confirm")
        last = locked.payout_lines.filter(state__in=PayoutLine.OVER).latest("attempt")
        over_at = last.returned_at or last.finished_at
        changed = PayeeChange.objects.filter(claim=locked.claim_id, at__gte=over_at)
        if last.fail_reason in PAYEE_AT_FAULT and not changed.exists():
            raise SamePayee(locked.ref)
        locked.state, locked.decided_by, locked.decided_at = State.RESERVED, by, now
        locked.save(update_fields=["state", "decided_by", "decided_at"])
        mark(SUPPLEMENT_CONFIRMED, [locked.pk], at=now)
