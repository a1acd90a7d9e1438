"""Claims and payments in a line each, masked; and a person's claims, for the pages of owners."""

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.money import yuan
from core.privacy.masks import mask_name
from ebikes.models import Owner
from ebikes.records.summaries import (
    ALSO_OF_OWNERS,
    MOST_LINES,
    Summary,
    SummaryList,
    address,
    given,
    may_view,
    moment,
)
from subsidies.models import Claim, Hold, PayoutBatch, PayoutLine

_OPEN_HOLDS = Prefetch("holds", Hold.objects.open(), to_attr="open_holds")


def claims_ready() -> QuerySet[Claim]:
    """Claims with what their lines tell, and nothing unsealed for nothing."""
    return Claim.objects.select_related("trade_in", "stage").without_contacts().prefetch_related(_OPEN_HOLDS)


def claim_line(claim: Claim) -> Summary:
    """A claim of `claims_ready`."""
    trade_in = claim.trade_in
    facts = (
        mask_name(trade_in.owner_name),
        claim.filing_plate_no,
        _("%s 元") % yuan(claim.amount_fen) if claim.amount_fen else "",
        str(claim.stage or ""),
        _("完成于 %s") % moment(claim.completed_at),
    )
    held = bool(claim.open_holds)  # type: ignore[attr-defined]
    return Summary(trade_in.record_no, address(claim), claim.get_state_display(), given(facts), held)


def batch_line(batch: PayoutBatch) -> Summary:
    facts = (_("制单 %s") % batch.made_by, moment(batch.made_at))
    return Summary(batch.request_no, address(batch), batch.get_state_display(), given(facts))


def payment_line(line: PayoutLine) -> Summary:
    facts = (
        mask_name(line.payee_name),
        _("%s 元") % yuan(line.amount_fen),
        _("申请 %s") % line.claim.trade_in.record_no,
        _("批次 %s") % line.batch.get_state_display(),
    )
    return Summary(line.request_no, address(line.batch), line.get_state_display(), given(facts))


def claims_of(request: HttpRequest, owner: Owner) -> SummaryList | None:
    """A person's claims, newest first, for those who may see claims."""
    if not may_view(request, Claim):
        return None
    newest = claims_ready().filter(owner=owner).order_by("-pk")[: MOST_LINES + 1]
    lines = [claim_line(claim) for claim in newest]
    return (
        SummaryList(pgettext("many", "补贴申请"), lines[:MOST_LINES], more=len(lines) > MOST_LINES)
        if lines
        else None
    )


ALSO_OF_OWNERS.append(claims_of)
