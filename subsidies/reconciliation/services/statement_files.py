"""A statement as a file: uploaded and proposed by one person, taken in by another."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from core.audit.acting import acting
from core.models import User
from core.shanghai import local_day
from subsidies.models import StatementFile, StatementLayout, StatementReading
from subsidies.payouts.statement import StatementLine
from subsidies.reconciliation.services.reconcile import reconcile, totals

PROPOSED, TAKEN, DECLINED = StatementReading.State


class Days(NamedTuple):
    """Which days a file covers (Asia/Shanghai), both included, and what is to be known of it."""

    first: date
    last: date
    note: str = ""


class SamePerson(PermissionError):
    """Whoever brought the file does not take it in."""


class Decided(ValueError):
    """The file was taken in, or declined, already; or it waits for that."""


class OutsideDays(ValueError):
    """The file has payments outside of the days that it is said to cover, or those are not over yet."""


def keep_file(*, name: str, content: bytes, by: User, now: datetime) -> StatementFile:
    """Keep a file as it was sent; the same one sent again is the one that is there."""
    with acting("keep_statement_file", by=by, now=now):
        file, _new = StatementFile.objects.get_or_create(
            digest=hashlib.sha256(content).hexdigest(),
            defaults={
                "file_name": name[-200:],
                "content": base64.b64encode(content).decode(),
                "sent_by": by,
                "sent_at": now,
            },
        )
        return file


def tell_layout(
    *,
    fingerprint: str,
    columns: Mapping[str, str],
    words: Mapping[str, str],
    in_fen: bool,
    by: User,
    now: datetime,
) -> StatementLayout:
    """Say once how files with these titles are read; said again, it holds from now on."""
    with acting("tell_statement_layout", by=by, now=now):
        told = {
            "columns": dict(columns),
            "words": dict(words),
            "in_fen": in_fen,
            "told_by": by,
            "told_at": now,
        }
        layout, _new = StatementLayout.objects.update_or_create(fingerprint=fingerprint, defaults=told)
        return layout


def propose_file(
    *,
    file: StatementFile,
    layout: StatementLayout,
    lines: Sequence[StatementLine],
    days: Days,
    by: User,
    now: datetime,
) -> StatementReading:
    """Propose what a file says of these days; it counts when another person takes it in. Raises OutsideDays, Decided."""
    first, last, note = days
    if last >= local_day(now) or not all(first <= local_day(line.paid_at) <= last for line in lines):
        raise OutsideDays("the days must be over, and hold every payment")
    with acting("propose_statement", by=by, now=now):
        StatementFile.objects.select_for_update().get(pk=file.pk)
        if file.readings.exclude(state=DECLINED).exists():
            raise Decided("it waits already, or was taken in")
        return StatementReading.objects.create(
            source=StatementReading.Source.FILE,
            state=PROPOSED,
            first_day=first,
            last_day=last,
            read_at=now,
            read_by=by,
            file=file,
            layout=layout,
            note=note,
            **totals(lines),
        )


def decide_file(
    *,
    reading: StatementReading,
    lines: Sequence[StatementLine],
    accept: bool,
    by: User,
    now: datetime,
    note: str = "",
) -> None:
    """Take in what another person proposed, and match it; or decline it. `lines`: the file's, read again.

    Raises SamePerson, and Decided also where the file is read otherwise than when it was proposed.
    """
    with acting("decide_statement", by=by, now=now):
        locked = StatementReading.objects.select_for_update().get(pk=reading.pk)
        if locked.state != PROPOSED:
            raise Decided("it was decided")
        if locked.read_by == by:
            raise SamePerson("two people take a statement in")
        if accept and totals(lines) != {
            "payments": locked.payments,
            "paid_fen": locked.paid_fen,
            "returned": locked.returned,
        }:
            raise Decided("it is read otherwise now")
        locked.state, locked.decided_by, locked.decided_at = (TAKEN if accept else DECLINED), by, now
        locked.note = "；".join(filter(None, (locked.note, note)))
        locked.save(update_fields=["state", "decided_by", "decided_at", "note"])
        if accept:
            reconcile(locked, lines, now=now)
