"""The lists of recoveries that need somebody: by what is to be done next, the oldest first."""

from datetime import date
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, QuerySet

from subsidies.models import RecoveryCase, RecoveryReceipt, RecoveryStep
from subsidies.recoveries.selectors.overdue import overdue


class Tab(StrEnum):
    """What a case waits for. One may stand in several lists."""

    PROPOSED = "proposed"
    SECOND = "second"
    OVERDUE = "overdue"
    OPEN = "open"
    ENFORCED = "enforced"
    SURPLUS = "surplus"


def entries(tab: Tab, *, today: date) -> QuerySet[RecoveryCase]:
    """The cases of one list."""
    return RecoveryCase.objects.filter(_condition(tab, today=today)).order_by("pk")


def counts(*, today: date) -> dict[Tab, int]:
    """How many stand in each list."""
    return {tab: entries(tab, today=today).count() for tab in Tab}


def _condition(tab: Tab, *, today: date) -> Q:
    match tab:
        case Tab.PROPOSED:
            return Q(state=RecoveryCase.State.PROPOSED)
        case Tab.SECOND:
            return _waits(RecoveryReceipt, RecoveryReceipt.State.TAKEN) | _waits(
                RecoveryStep, RecoveryStep.State.PROPOSED
            )
        case Tab.OVERDUE:
            return Q(pk__in={each.case_id for each in overdue(today=today)})
        case Tab.ENFORCED:
            return Q(state=RecoveryCase.State.OPEN, handed_over_at__isnull=False)
        case Tab.SURPLUS:
            return Q(surplus_fen__gt=0)
        case _:
            return Q(state=RecoveryCase.State.OPEN)


def _waits(model: type[RecoveryReceipt] | type[RecoveryStep], state: str) -> Q:
    """Whether something of a case waits for a second person."""
    return Q(Exists(model._default_manager.filter(case=OuterRef("pk"), state=state)))
