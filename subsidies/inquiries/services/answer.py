"""The shop supplies what is asked of it about a claim: in words, in pictures, or both."""

from collections.abc import Sequence
from datetime import datetime

from core.audit.acting import acting
from core.models import User
from core.privacy.photos import Photo
from subsidies.intake.services.draft_photos import add_photo_later
from subsidies.models import Claim, Hold, ShopAnswer


class NothingAsked(ValueError):
    """Nothing is asked about this claim (any more)."""


def open_inquiry(claim: Claim) -> Hold | None:
    """What is asked of the shop about this claim, where it waits for an answer or for somebody to look at one."""
    return claim.holds.open().filter(kind=Hold.Kind.INQUIRY).first() if claim.live else None


def answer_inquiry(
    *, claim: Claim, text: str, photos: Sequence[tuple[str, Photo]], by: User, now: datetime
) -> ShopAnswer:
    """Keep the answer beside what was asked. `photos`: each with what is on it (`TradeInPhoto.Kind`).

    The claim stays held until somebody has looked. Raises NothingAsked.
    """
    with acting("answer_inquiry", by=by, now=now):
        locked = Claim.objects.select_for_update(no_key=True).get(pk=claim.pk)
        asked = open_inquiry(locked)
        if asked is None:
            raise NothingAsked(f"claim {claim.pk}")
        kept = [
            add_photo_later(trade_in=locked.trade_in, kind=kind, photo=photo, by=by, now=now).pk
            for kind, photo in photos
        ]
        return ShopAnswer.objects.create(hold=asked, text=text, photos=kept, by=by, at=now)
