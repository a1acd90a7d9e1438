"""What a merchant's trade-ins brought their owners in one month, as a statement (对账单)."""

from datetime import date, datetime, timedelta

from django.db.models import Max, Q

from core.privacy.masks import mask_name
from core.shanghai import SHANGHAI, midnight
from merchants.models import Merchant
from subsidies.models import Claim
from subsidies.states import ClaimState


def month_of(merchant: Merchant, month: date) -> list[dict[str, object]]:
    """The claims of one month of completion whose money is set aside or paid, in order of place.

    Each as a dict: record_no, owner (masked), filing_plate_no, completed_at, stage_no, amount_fen, state (its label),
    settled_at, paid_at.
    """
    first, end = _month(month)
    claims = (
        Claim.objects.granted()
        .in_place_order()
        .filter(trade_in__merchant=merchant, completed_at__gte=first, completed_at__lt=end)
        .select_related("trade_in", "stage")
        .without_contacts()
        .annotate(
            settled_at=Max("events__at", filter=Q(events__to_state=ClaimState.SETTLED)),
            paid_at=Max("events__at", filter=Q(events__to_state=ClaimState.PAID)),
        )
    )
    return [
        {
            "record_no": c.trade_in.record_no,
            "owner": mask_name(c.trade_in.owner_name),
            "filing_plate_no": c.filing_plate_no,
            "completed_at": c.completed_at,
            "stage_no": c.stage.no if c.stage else 0,
            "amount_fen": c.amount_fen,
            "state": str(ClaimState(c.state).label),
            "settled_at": c.settled_at,  # type: ignore[attr-defined]
            "paid_at": c.paid_at,  # type: ignore[attr-defined]
        }
        for c in claims
    ]


def months_with_claims(merchant: Merchant) -> list[date]:
    """The months (their first days) in which this merchant's claims were completed, the newest first."""
    months = Claim.objects.filter(trade_in__merchant=merchant).datetimes(
        "completed_at", "month", order="DESC", tzinfo=SHANGHAI
    )
    return [month.date() for month in months]


def _month(month: date) -> tuple[datetime, datetime]:
    first = midnight(month.replace(day=1))
    later = first + timedelta(days=32)
    return first, later.replace(day=1)
