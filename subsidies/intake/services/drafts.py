"""A trade-in on its way from the shop's counter: opened, saved as it is typed, sent once."""

import json
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from core.models import User
from core.money import plain_yuan
from core.privacy.photos import Photo, drop_photo, keep_photo
from core.shanghai import local, local_day, to_the_second
from ebikes.models import EVENTS, TradeIn, TradeInDraft, TradeInPhoto
from merchants.models import Merchant
from subsidies.claims.selectors.shop_rights import is_for_the_owner
from subsidies.claims.services.undo import cancel_claims
from subsidies.intake.selectors.correctable import may_be_corrected
from subsidies.intake.services.held_before import Again, hold_as_before
from subsidies.intake.services.submit import RecordRefused, Submission, submit_trade_in
from subsidies.models import Claim
from subsidies.schemes.calendar import lock_calendar
from subsidies.states import ClaimState

Cells = dict[str, str]
# What a correction takes over from the record that it replaces.
_COPIED = (
    *("filing_plate_no", "owner_name", "vehicle_code", "digital_plate_no", "brand", "invoice_no", "remark"),
    "wallet_operator",
)
_AMOUNTS = ("price_fen", "shop_discount_fen", "scrap_value_fen")


class AlreadySent(ValueError):
    """The draft has become a trade-in; it is not edited any more."""


class NotCorrectable(ValueError):
    """The claim's money is on its way or it was withdrawn: what is wrong now is a matter for the staff."""


def open_draft(*, merchant: Merchant, by: User, now: datetime) -> TradeInDraft:
    """Begin a trade-in of this merchant, with what is known already."""
    draft = TradeInDraft.objects.create(
        merchant=merchant, made_by=by, cells="{}", opened_at=now, saved_at=now
    )
    points = list(merchant.agent_points.values_list("point_no", flat=True)[:2])
    _write(draft, {"agent_point_no": points[0]} if len(points) == 1 else {})
    return draft


def open_correction(*, claim: Claim, by: User, now: datetime) -> TradeInDraft:
    """Begin a record in place of a wrong one, filled in with it. Raises NotCorrectable."""
    if not may_be_corrected(claim) or is_for_the_owner(claim, by):
        raise NotCorrectable(f"claim {claim.pk} is {claim.state}")
    old = claim.trade_in
    draft = TradeInDraft.objects.create(
        merchant=old.merchant, made_by=by, cells="{}", replaces=old, opened_at=now, saved_at=now
    )
    _write(draft, _cells_of(old))
    return draft


def cells_of(draft: TradeInDraft) -> Cells:
    """What has been filled in so far."""
    cells: Cells = json.loads(draft.cells)
    return cells


@transaction.atomic
def save_draft(*, draft: TradeInDraft, cells: Mapping[str, str], now: datetime) -> None:
    """Keep these fields, right or wrong, beside the others. Raises AlreadySent."""
    locked = _lock(draft)
    if locked.trade_in_id:
        raise AlreadySent(f"draft {draft.pk}")
    locked.cells = json.dumps({**cells_of(locked), **cells}, ensure_ascii=False)
    locked.saved_at = now
    locked.save(update_fields=["cells", "saved_at"])
    draft.cells = locked.cells


@transaction.atomic
def add_photo(*, draft: TradeInDraft, kind: str, photo: Photo, by: User, now: datetime) -> TradeInPhoto:
    """Keep a photo with the draft, in place of an earlier one of the same kind. Raises AlreadySent."""
    locked = _lock(draft)
    if locked.trade_in_id:
        raise AlreadySent(f"draft {draft.pk}")
    _drop(locked, kind=kind)
    return TradeInPhoto.objects.create(draft=locked, **_row(photo, kind=kind, by=by, now=now))


def add_photo_later(*, trade_in: TradeIn, kind: str, photo: Photo, by: User, now: datetime) -> TradeInPhoto:
    """Add a photo to a record that was sent already; the earlier ones stay."""
    return TradeInPhoto.objects.create(trade_in=trade_in, **_row(photo, kind=kind, by=by, now=now))


@transaction.atomic
def submit_draft(*, draft: TradeInDraft, by: User, now: datetime, device: bytes | None = None) -> Submission:
    """Send the draft in; sent again it gives the same claim. A correction withdraws the record that it replaces.

    `device`: the browser it is sent from (`digest_of_device`), where that is known.

    Raises RecordRefused and NotCorrectable (the draft stays as it is), NoScheme.
    """
    locked = _lock(draft)
    if locked.trade_in_id:
        claim = Claim.objects.select_related("trade_in").filter(trade_in=locked.trade_in_id).latest("pk")
        return Submission(claim, known_already=True)
    lock_calendar()  # before any scheme's own lock
    replaced = _withdraw_replaced(locked, by=by, now=now)
    received_at = replaced.received_at if replaced else None
    sent = submit_trade_in(
        cells=cells_of(locked), merchant=locked.merchant, by=by, now=now, received_at=received_at
    )
    if replaced:
        hold_as_before([Again(sent.claim.pk, replaced.pk)], by=by, now=now)
    if sent.known_already:  # this record number came by another way meanwhile
        raise RecordRefused([{"kind": "conflict", "params": {}}])
    locked.trade_in = sent.claim.trade_in
    locked.saved_at, locked.device = now, device
    locked.save(update_fields=["trade_in", "saved_at", "device"])
    locked.photos.update(trade_in=sent.claim.trade_in)
    return sent


@transaction.atomic
def discard_draft(*, draft: TradeInDraft) -> None:
    """Throw the draft and its photos away. Raises AlreadySent."""
    locked = _lock(draft)
    if locked.trade_in_id:
        raise AlreadySent(f"draft {draft.pk}")
    _drop(locked)
    locked.delete()


def _lock(draft: TradeInDraft) -> TradeInDraft:
    return TradeInDraft.objects.select_for_update(of=("self",)).select_related("merchant").get(pk=draft.pk)


def _withdraw_replaced(draft: TradeInDraft, *, by: User, now: datetime) -> Claim | None:
    """End the claim that the draft corrects; return it as it stood. The new record keeps the time at which it had come."""
    if draft.replaces is None:
        return None
    old = Claim.objects.select_related("scheme", "trade_in").filter(trade_in=draft.replaces).latest("pk")
    if not may_be_corrected(old) or is_for_the_owner(old, by):
        raise NotCorrectable(f"claim {old.pk} is {old.state}")
    if old.state != ClaimState.REFUSED:
        cancel_claims(
            scheme=old.scheme,
            claims=Claim.objects.filter(pk=old.pk),
            by=by,
            now=now,
            note=f"→ {cells_of(draft)['record_no']}",
        )
    return old


def _write(draft: TradeInDraft, cells: Cells) -> None:
    known = {
        "record_no": f"MH{local(draft.opened_at):%y%m%d}{draft.pk:08d}",
        "id_kind": "居民身份证",
        "merchant_uscc": draft.merchant.uscc,
    }
    draft.cells = json.dumps({**cells, **known, "id_kind": cells.get("id_kind", known["id_kind"])})
    draft.save(update_fields=["cells"])


def _cells_of(trade_in: TradeIn) -> Cells:
    cells = {name: getattr(trade_in, name) for name in _COPIED}
    for name in EVENTS:
        at = getattr(trade_in, name)
        cells[name] = str(local_day(at)) if name in trade_in.day_only else to_the_second(at)
    return {
        **cells,
        "id_kind": trade_in.owner.id_kind,
        "id_no": trade_in.owner.id_no,
        "id_country": trade_in.owner.id_country,
        "phone": trade_in.phone or "",
        "wallet_no": trade_in.wallet_no or "",
        "agent_point_no": trade_in.agent_point.point_no,
        **{name: "" if (fen := getattr(trade_in, name)) is None else plain_yuan(fen) for name in _AMOUNTS},
    }


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


def _drop(draft: TradeInDraft, **which: str) -> None:
    """Take photos out of a draft; their files go once that is certain."""
    photos = draft.photos.filter(**which)
    for name in photos.values_list("name", flat=True):
        transaction.on_commit(lambda name=name: drop_photo(name))  # type: ignore[misc]
    photos.delete()
