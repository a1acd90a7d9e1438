"""Letting a merchant into the trade-in, from a day on. Since when it takes part decides about money."""

from datetime import date, datetime

from core.audit.acting import acting
from core.audit.record import Action, record
from core.models import User
from core.shanghai import local_day
from merchants.models import Merchant
from subsidies.shops.selectors.unpaid import bought_before, decided_claims
from subsidies.shops.services.authorisations import AHEAD, AuthorisationRefused, TooFar


class BeforeRegistration(AuthorisationRefused):
    """The merchant was not registered on the platform yet."""


class ChangesDecisions(AuthorisationRefused):
    """Claims that were decided by the earlier day would have been decided otherwise."""


def enable_trade_in(*, merchant: Merchant, on: date, by: User, now: datetime) -> bool:
    """Say from which day a merchant's trade-in function (淘汰置换功能) is enabled; return whether that counts now.

    That it was enabled earlier, on a day that has passed, counts once another person has said the same day.
    Raises ChangesDecisions where a claim that was found eligible bought before the new day: refuse or cancel it first.
    Raises BeforeRegistration, TooFar.
    """
    if merchant.registered_on is not None and on < merchant.registered_on:
        raise BeforeRegistration(f"{merchant.pk} was registered on {merchant.registered_on}")
    if on > local_day(now) + AHEAD:
        raise TooFar(f"{on} is more than a year ahead")
    with acting("enable_trade_in", by=by, now=now):
        locked = Merchant.objects.select_for_update().get(pk=merchant.pk)
        before = locked.trade_in_enabled_on
        if before is not None and on > before and bought_before(on, decided_claims(merchant)):
            raise ChangesDecisions(f"claims of {merchant.pk} were decided by {before}")
        passed = on < local_day(now) and (before is None or on < before)
        if passed and (locked.earlier_on != on or locked.earlier_by_id == by.pk):
            locked.earlier_on, locked.earlier_by = on, by
            locked.save(update_fields=["earlier_on", "earlier_by"])
            return False
        locked.trade_in_enabled_on, locked.earlier_on, locked.earlier_by = on, None, None
        locked.save(update_fields=["trade_in_enabled_on", "earlier_on", "earlier_by"])
        detail = {"verb": "enable_trade_in", "before": str(before or ""), "after": str(on)}
        record(Action.DECIDE, by=by, of=locked, detail=detail)
        return True
