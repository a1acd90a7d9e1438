"""Photos of a record: kept with its draft, replaced or taken back until it is sent, then there for good."""

from datetime import datetime

from django.db import transaction

from core.models import User
from core.privacy.photos import Photo, copy_photo, drop_photo, keep_photo
from ebikes.models import TradeIn, TradeInDraft, TradeInPhoto
from subsidies.intake.services.unsent import lock_unsent


@transaction.atomic
def add_photo(*, draft: TradeInDraft, kind: str, photo: Photo, by: User, now: datetime) -> TradeInPhoto:
    """Keep a photo with the draft, in place of an earlier one of the same kind. Raises AlreadySent."""
    locked = lock_unsent(draft)
    drop_photos(locked, kind=kind)
    return TradeInPhoto.objects.create(draft=locked, **_row(photo, kind=kind, by=by, now=now))


@transaction.atomic
def take_back_photo(*, draft: TradeInDraft, photo: int) -> bool:
    """Take a wrong photo out of a draft; whether it was there. Raises AlreadySent."""
    return drop_photos(lock_unsent(draft), pk=photo) > 0


def add_photo_later(*, trade_in: TradeIn, kind: str, photo: Photo, by: User, now: datetime) -> TradeInPhoto:
    """Add a photo to a record that was sent already; the earlier ones stay."""
    return TradeInPhoto.objects.create(trade_in=trade_in, **_row(photo, kind=kind, by=by, now=now))


def copy_photos(*, of: TradeIn, to: TradeInDraft) -> None:
    """The photos of a record go along with its correction, the newest of each kind; the record keeps its own."""
    for photo in {photo.kind: photo for photo in of.photos.order_by("pk")}.values():
        try:
            name = copy_photo(photo.name)
        except FileNotFoundError:  # lost, and told so where it is shown: the shop takes it again
            continue
        TradeInPhoto.objects.create(
            draft=to, kind=photo.kind, name=name, digest=photo.digest, width=photo.width, height=photo.height,
            added_by=photo.added_by, added_at=photo.added_at,
        )  # fmt: skip


def drop_photos(draft: TradeInDraft, **which: object) -> int:
    """Take photos out of a draft; their files go once that is certain. How many there were."""
    photos = draft.photos.filter(**which)
    for name in photos.values_list("name", flat=True):
        transaction.on_commit(lambda name=name: drop_photo(name))  # type: ignore[misc]
    return photos.delete()[0]


def _row(photo: Photo, *, kind: str, by: User, now: datetime) -> dict[str, object]:
    return {
        "kind": kind,
        "name": keep_photo(photo),
        "digest": photo.digest,
        "width": photo.width,
        "height": photo.height,
        "added_by": by,
        "added_at": now,
    }
