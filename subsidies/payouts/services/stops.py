"""Stopping what leaves: a database behind its anchor, or one just restored, sends nothing before two people have looked.

It goes on once the operator's book has been read back, and one person and then another have confirmed what it says.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from core.audit.acting import acting
from core.decisions import mark
from core.durable import held_alone
from core.models import User
from subsidies.marked import BOOK_READ, STOP_CONFIRMED, STOP_ENDED
from subsidies.models import LedgerEntry, OperatorPayment, PayoutBatch, PayoutStop, Scheme
from subsidies.payouts.anchor import (
    Anchor,
    UnreadableAnchor,
    anchor_path,
    read_anchor,
    write_anchor,
)
from subsidies.payouts.operator import Order
from subsidies.payouts.selectors.book import booked_as_made, match_book
from subsidies.payouts.selectors.stop import open_stop
from subsidies.payouts.statement import StatementLine

LEFT = (PayoutBatch.State.RELEASED, PayoutBatch.State.REJECTED, PayoutBatch.State.FINISHED)


class NotRead(ValueError):
    """The operator's book has not been read back yet."""


class SamePerson(PermissionError):
    """Whoever confirmed first does not confirm a second time."""


class Ended(ValueError):
    """The stop is over."""


def anchored(order: Order, *, now: datetime) -> bool:
    """Write outside the database that this order leaves. Where it lies behind its anchor: False, and all is stopped."""
    path = anchor_path()
    if path is None:
        return True
    detail = ""
    try:
        with held_alone(path):
            if open_stop() is not None:  # since the order was leased
                return False
            anchor = read_anchor(path)
            detail = _behind(anchor, order.batch)
            if not detail:
                write_anchor(path, (anchor or Anchor()).with_order(order.batch.request_no, _heads()))
    except (UnreadableAnchor, OSError) as error:  # nor does anything leave that cannot be written down
        detail = f"{path.name}: {error}"
    return _goes_on(detail, now=now)


def still_anchored(*, now: datetime) -> bool:
    """Whether this database knows what left, also where nothing is to leave now. Where it lies behind: all is stopped."""
    path = anchor_path()
    if path is None or open_stop() is not None:
        return path is None
    try:
        detail = _behind(read_anchor(path), None)
    except (UnreadableAnchor, OSError) as error:
        detail = f"{path.name}: {error}"
    return _goes_on(detail, now=now)


def _goes_on(behind: str, *, now: datetime) -> bool:
    """Where this database lies behind in any way, all is stopped."""
    if behind:
        stop_sending(why=PayoutStop.Why.BEHIND, detail=behind, by=None, now=now)
    return not behind


def stop_sending(*, why: PayoutStop.Why, detail: str, by: User | None, now: datetime) -> PayoutStop:
    """From here on nothing leaves; what is stopped already stays as it is."""
    with acting("stop_sending", by=by, now=now, note=detail):
        stop, _new = PayoutStop.objects.get_or_create(
            state=PayoutStop.State.OPEN,
            defaults={"why": why, "detail": detail[:200], "begun_by": by, "begun_at": now},
        )
        return stop


def keep_book(*, stop: PayoutStop, lines: list[StatementLine], by: User, now: datetime) -> PayoutStop:
    """Write down how the operator's book agrees with ours. An older reading's confirmation is void. Raises Ended."""
    ours = booked_as_made()
    found = match_book(lines, ours)
    with acting("keep_book", by=by, now=now):
        locked = _locked(stop)
        OperatorPayment.objects.bulk_create(
            (
                OperatorPayment(
                    number=line.number,
                    amount_fen=line.amount_fen,
                    paid_at=line.paid_at,
                    memo=line.memo,
                    read_at=now,
                )
                for line in lines
                if line.paid and line.number not in ours
            ),
            ignore_conflicts=True,
        )
        mark(BOOK_READ, OperatorPayment.objects.filter(read_at=now).values_list("pk", flat=True), at=now)
        locked.book_read_at, locked.book_read_by, locked.found = now, by, found
        locked.first_by = locked.first_at = None
        locked.save(update_fields=["book_read_at", "book_read_by", "found", "first_by", "first_at"])
        return locked


def confirm_stop(*, stop: PayoutStop, by: User, now: datetime, note: str = "") -> bool:
    """Confirm what was read back; return whether that ended the stop, which takes two people.

    Raises NotRead, SamePerson, Ended.
    """
    with acting("confirm_stop", by=by, now=now, note=note):
        locked = _locked(stop)
        if locked.book_read_at is None:
            raise NotRead("the operator's book has not been read back")
        if locked.first_by is None:
            locked.first_by, locked.first_at = by, now
            locked.save(update_fields=["first_by", "first_at"])
            mark(STOP_CONFIRMED, [locked.pk], at=now)
            return False
        if locked.first_by == by:
            raise SamePerson("two people confirm it")
        locked.second_by, locked.ended_at, locked.state = by, now, PayoutStop.State.ENDED
        locked.save(update_fields=["second_by", "ended_at", "state"])
        mark(STOP_ENDED, [locked.pk], at=now)
        transaction.on_commit(_begin_anchor_anew)
        return True


def _begin_anchor_anew() -> None:
    """What two people have confirmed is what this database knows."""
    if (path := anchor_path()) is not None:
        with held_alone(path):
            write_anchor(path, Anchor(_heads()))


def _locked(stop: PayoutStop) -> PayoutStop:
    locked = PayoutStop.objects.select_for_update().get(pk=stop.pk)
    if locked.state != PayoutStop.State.OPEN:
        raise Ended("it is over")
    return locked


def _heads() -> Mapping[str, tuple[int, str]]:
    heads = Scheme.objects.values_list("code", "ledger_seq", "ledger_head")
    return {code: (seq, bytes(head).hex()) for code, seq, head in heads}


def _behind(anchor: Anchor | None, leaving: PayoutBatch | None) -> str:
    """In which way this database knows less than the anchor; empty where it does not. `leaving` is on its way out now."""
    if anchor is None:
        others = PayoutBatch.objects.filter(state__in=LEFT)
        others = others.exclude(pk=leaving.pk) if leaving else others
        return "anchor missing" if others.filter(ask_attempts__gt=0).exists() else ""
    for code, (seq, head) in anchor.heads.items():
        if seq == 0:
            continue
        row = LedgerEntry.objects.filter(scheme__code=code, seq=seq).values_list("hash", flat=True).first()
        if row is None:
            return f"ledger of {code} ends before row {seq}"
        if bytes(row).hex() != head:
            return f"ledger of {code} has another row {seq}"
    before = PayoutBatch.objects.filter(request_no__in=anchor.orders, ask_attempts__gt=0)
    before = before.filter(
        Q(state__in=LEFT) | Q(state=PayoutBatch.State.DISCARDED, released_at__isnull=False)
    )
    if leaving and leaving.ask_attempts == 1:  # it leaves for the first time, as far as this database knows
        before = before.exclude(pk=leaving.pk)
    known = set(before.values_list("request_no", flat=True))
    missing = [number for number in anchor.orders if number not in known]
    return f"order {missing[0]} left and is unknown here" if missing else ""
