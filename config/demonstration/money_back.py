"""Money that comes back and money still owed, as the demonstration leaves them: one demand of each kind, one supplement."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from config.packs.logins import in_role
from core.shanghai import local_day
from subsidies.decision_reasons import LEGAL_BASIS
from subsidies.models import Claim, RecoveryCase, RecoveryReceipt
from subsidies.recoveries.plans import Due
from subsidies.recoveries.services.cases import Demand, confirm_recovery, propose_recovery
from subsidies.recoveries.services.receipts import Arrival, confirm_receipt, take_receipt
from subsidies.states import ClaimState
from subsidies.supplements.services.supplements import propose_supplement, room_for

YUAN_50, YUAN_100 = 5_000, 10_000  # fen; the first stage's subsidy is more
# In Chinese alone: they stand in the demand letter.
FACTS = {
    "returned_after_payment": "车主发放后退车，经销商已退款并收回新车",
    "untrue_proved": "到店核查：购车发票系虚开，新车没有交付",
}


def leave_money_back() -> None:
    """A demand that waits to be confirmed; one in two parts with a receipt booked and one to be counted; a supplement."""
    proposed, in_parts = (_demanded(reason, part) for part, reason in enumerate(FACTS))
    if proposed is None or in_parts is None:
        return
    now = timezone.now()
    case = confirm_recovery(case=in_parts, by=in_role("reviewer"), now=now)
    for fen, voucher in ((YUAN_100, "YH20220921-0031"), (YUAN_50, "YH20220921-0044")):
        arrival = Arrival(RecoveryReceipt.Way.TRANSFER, fen, local_day(now), voucher)
        receipt = take_receipt(case=case, arrival=arrival, by=in_role("finance"), now=now)
        if voucher.endswith("31"):
            confirm_receipt(receipt=receipt, by=in_role("releaser"), now=now)
    _owe_more()


def _paid(stage: int) -> list[Claim]:
    """The last of those that are paid in a stage; first those of a shop that somebody can log in for."""
    paid = Claim.objects.filter(state=ClaimState.PAID, stage__no=stage).in_place_order().reverse()
    own = paid.filter(trade_in__merchant__memberships__isnull=False).distinct()
    return [*own[:2], *paid.exclude(pk__in=own.values("pk"))[:2]]


def _demanded(reason: str, part: int) -> RecoveryCase | None:
    paid, now = _paid(1), timezone.now()
    if len(paid) <= part:
        return None
    claim, day = paid[part], local_day(now)
    first, rest = Due(day + timedelta(days=15), YUAN_100), claim.amount_fen - YUAN_100
    plan = (first, Due(day + timedelta(days=45), rest))
    demand = Demand(reason, LEGAL_BASIS[reason], FACTS[reason], claim.amount_fen, plan)
    return propose_recovery(claim=claim, demand=demand, by=in_role("officer"), now=now)


def _owe_more() -> None:
    """The reviewer finds a supplement to confirm, where one of the paid claims has room for it."""
    claim = next((each for each in _paid(2) if room_for(each)), None)
    if claim is not None:
        propose_supplement(
            claim=claim,
            amount_fen=room_for(claim),
            reason="objection_upheld",
            note=_("复议认定全流程在上一阶段完成"),
            by=in_role("officer"),
            now=timezone.now(),
        )
