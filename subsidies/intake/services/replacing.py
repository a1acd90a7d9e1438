"""A record in the place of a wrong one: what it begins with, and how the wrong one ends."""

from datetime import datetime

from core.models import User
from core.money import plain_yuan
from core.shanghai import local_day, to_the_second
from ebikes.models import EVENTS, TradeIn
from subsidies.claims.selectors.payee import payees_of
from subsidies.claims.selectors.shop_rights import is_for_the_owner
from subsidies.claims.services.undo import cancel_claims
from subsidies.intake.selectors.correctable import may_be_corrected
from subsidies.intake.selectors.told import Cells
from subsidies.models import Claim, PayeeChange
from subsidies.states import ClaimState

PAYEE_SEEN = "_payee"  # a cell of the draft alone: the change of payee that the correction knows of
_COPIED = (
    "filing_plate_no",
    "owner_name",
    "vehicle_code",
    "digital_plate_no",
    "brand",
    "invoice_no",
    "remark",
)
_AMOUNTS = ("price_fen", "shop_discount_fen", "scrap_value_fen")


class NotCorrectable(ValueError):
    """The claim's money is on its way or it was withdrawn: what is wrong now is a matter for the staff."""


class PayeeMoved(ValueError):
    """The wrong record's payee was changed after its correction had begun: the correction would have undone that unseen."""


def withdraw_replaced(old: TradeIn | None, *, by: User, now: datetime, cells: Cells) -> Claim | None:
    """End the claim of a record that is replaced by one of these cells; return it as it stood: the new one keeps the time at
    which it had come. Raises NotCorrectable, PayeeMoved.
    """
    if old is None:
        return None
    claim = replaced_claim(old)
    if not may_be_corrected(claim) or is_for_the_owner(claim, by):
        raise NotCorrectable(f"claim {claim.pk} is {claim.state}")
    if cells.get(PAYEE_SEEN, "") != _newest_change(claim):
        raise PayeeMoved(f"claim {claim.pk}")
    if claim.state != ClaimState.REFUSED:
        only = Claim.objects.filter(pk=claim.pk)
        cancel_claims(scheme=claim.scheme, claims=only, by=by, now=now, note=f"→ {cells['record_no']}")
    return claim


def replaced_claim(old: TradeIn) -> Claim:
    return Claim.objects.select_related("scheme", "trade_in").filter(trade_in=old).latest("pk")


def payee_cells(claim: Claim) -> Cells:
    """Where a claim is paid to now, and that this was seen."""
    payee = payees_of([claim])[claim.pk]
    return {
        "phone": payee.phone or "",
        "wallet_no": payee.wallet_no or "",
        "wallet_operator": payee.wallet_operator,
        PAYEE_SEEN: _newest_change(claim),
    }


def _newest_change(claim: Claim) -> str:
    return str(
        PayeeChange.objects.filter(claim=claim).order_by("-pk").values_list("pk", flat=True).first() or ""
    )


def cells_of_claim(claim: Claim) -> Cells:
    """A claim's record as it would be typed, with the payee as it is now: a correction undoes no change of it."""
    trade_in = claim.trade_in
    cells = {name: getattr(trade_in, name) for name in _COPIED}
    for name in EVENTS:
        at = getattr(trade_in, name)
        cells[name] = str(local_day(at)) if name in trade_in.day_only else to_the_second(at)
    return {
        **cells,
        **payee_cells(claim),
        "id_kind": trade_in.owner.id_kind,
        "id_no": trade_in.owner.id_no,
        "id_country": trade_in.owner.id_country,
        "agent_point_no": trade_in.agent_point.point_no,
        **{name: "" if (fen := getattr(trade_in, name)) is None else plain_yuan(fen) for name in _AMOUNTS},
    }
