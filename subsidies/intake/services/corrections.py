"""A correction begins: a draft filled in with the wrong record, its payee as it is now, and its photos."""

from datetime import datetime

from django.db import transaction

from core.models import User
from ebikes.models import TradeInDraft
from subsidies.claims.selectors.shop_rights import is_for_the_owner
from subsidies.intake.selectors.correctable import may_be_corrected
from subsidies.intake.services.draft_photos import copy_photos
from subsidies.intake.services.drafts import first_cells, save_draft
from subsidies.intake.services.replacing import NotCorrectable, cells_of_claim, payee_cells, replaced_claim
from subsidies.models import Claim


@transaction.atomic
def open_correction(*, claim: Claim, by: User, now: datetime) -> TradeInDraft:
    """Begin a record in place of a wrong one, or go on with one that was begun. Raises NotCorrectable."""
    if not may_be_corrected(claim) or is_for_the_owner(claim, by):
        raise NotCorrectable(f"claim {claim.pk} is {claim.state}")
    old = claim.trade_in
    Claim.objects.select_for_update(no_key=True).get(pk=claim.pk)  # pressed twice, it is one
    begun = TradeInDraft.objects.filter(replaces=old, trade_in=None).first()
    if begun is not None:
        return begun
    draft = TradeInDraft.objects.create(
        merchant=old.merchant, made_by=by, cells="{}", replaces=old, opened_at=now, saved_at=now
    )
    first_cells(draft, cells_of_claim(claim))
    copy_photos(of=old, to=draft)
    return draft


def follow_payee(*, draft: TradeInDraft, now: datetime) -> None:
    """Put the replaced record's payee, as it is now, into its correction, in place of the one it began with."""
    if draft.replaces is not None:
        save_draft(draft=draft, cells=payee_cells(replaced_claim(draft.replaces)), now=now)
