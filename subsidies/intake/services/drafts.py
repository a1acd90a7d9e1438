"""A trade-in on its way from the shop's counter: opened, saved as it is typed, sent once."""

import json
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from core.models import User
from core.shanghai import local
from ebikes.models import TradeInDraft
from merchants.models import Merchant
from subsidies.intake.selectors.told import Cells, Said, answers_in, as_kept, in_force, theirs
from subsidies.intake.services.draft_photos import drop_photos
from subsidies.intake.services.held_before import Again, hold_as_before
from subsidies.intake.services.replacing import PAYEE_SEEN, withdraw_replaced
from subsidies.intake.services.submit import RecordRefused, Submission, submit_trade_in
from subsidies.intake.services.unsent import lock_draft, lock_unsent
from subsidies.models import Claim
from subsidies.schemes.calendar import lock_calendar


def open_draft(
    *,
    merchant: Merchant,
    by: User,
    now: datetime,
    key: UUID | None = None,
    cells: Mapping[str, str] | None = None,
) -> TradeInDraft:
    """Begin a trade-in of this merchant, with what is known already. The same `key` again is the same draft, as it is."""
    fresh = {"made_by": by, "cells": "{}", "opened_at": now, "saved_at": now}
    with transaction.atomic():
        draft, made = TradeInDraft.objects.get_or_create(
            merchant=merchant, key=key or uuid4(), defaults=fresh
        )
        if made:
            points = list(merchant.agent_points.values_list("point_no", flat=True)[:2])
            first_cells(
                draft, {**({"agent_point_no": points[0]} if len(points) == 1 else {}), **(cells or {})}
            )
    return draft


def first_cells(draft: TradeInDraft, cells: Mapping[str, str]) -> None:
    """What a draft begins with, and what every one has."""
    known = {
        "record_no": f"MH{local(draft.opened_at):%y%m%d}{draft.pk:08d}",
        "id_kind": cells.get("id_kind", "居民身份证"),
        "merchant_uscc": draft.merchant.uscc,
    }
    draft.cells = json.dumps({**cells, **known})
    draft.save(update_fields=["cells"])


def cells_of(draft: TradeInDraft) -> Cells:
    """What has been filled in so far."""
    cells: Cells = json.loads(draft.cells)
    return cells


@transaction.atomic
def save_draft(*, draft: TradeInDraft, cells: Mapping[str, str], now: datetime) -> None:
    """Keep these fields, right or wrong, beside the others. What a system said of this bike and person stays as it said;
    of another bike or person it goes. Raises AlreadySent.
    """
    locked = lock_unsent(draft)
    merged = {**cells_of(locked), **cells}
    answers = answers_in(locked)
    told = in_force(answers, merged)
    lapsed = {system: said for system, said in answers.items() if system not in told}
    told_as = as_kept(told) if lapsed else locked.told
    store(locked, {**_without(lapsed, merged), **theirs(told)}, told=told_as, now=now)
    draft.cells, draft.told = locked.cells, locked.told


def _without(lapsed: Mapping[str, Said], cells: Cells) -> Cells:
    """What lapsed systems had filled in goes, and what the shop had typed there comes back."""
    gone = {
        key: said.typed.get(key, "")
        for said in lapsed.values()
        for key, text in said.cells.items()
        if cells.get(key) == text
    }
    return {**cells, **gone}


def store(locked: TradeInDraft, cells: Cells, *, told: str | None, now: datetime) -> None:
    """Write a draft that is locked."""
    locked.cells, locked.told = json.dumps(cells, ensure_ascii=False), told
    locked.saved_at = now
    locked.save(update_fields=["cells", "told", "saved_at"])


@transaction.atomic
def submit_draft(*, draft: TradeInDraft, by: User, now: datetime, device: bytes | None = None) -> Submission:
    """Send the draft in; sent again it gives the same claim. A correction withdraws the record that it replaces.

    `device`: the browser it is sent from (`digest_of_device`), where that is known.

    Raises RecordRefused, NotCorrectable and PayeeMoved (the draft stays as it is), NoScheme.
    """
    locked = lock_draft(draft)
    if locked.trade_in_id:
        claim = Claim.objects.select_related("trade_in").filter(trade_in=locked.trade_in_id).latest("pk")
        return Submission(claim, known_already=True)
    lock_calendar()  # before any scheme's own lock
    cells = cells_of(locked)
    replaced = withdraw_replaced(locked.replaces, by=by, now=now, cells=cells)
    cells.pop(PAYEE_SEEN, None)
    received_at = replaced.received_at if replaced else None
    sent = submit_trade_in(cells=cells, merchant=locked.merchant, by=by, now=now, received_at=received_at)
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
    locked = lock_unsent(draft)
    drop_photos(locked)
    locked.delete()
