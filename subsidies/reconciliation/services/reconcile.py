"""The daily run: the statement is taken in, what came back is booked, and what differs becomes a case."""

from collections.abc import Sequence
from datetime import date, datetime

from core.audit.acting import acting
from subsidies.models import Difference, PayoutLine, StatementEntry, StatementReading
from subsidies.payouts.services.returns import record_returned
from subsidies.payouts.statement import StatementLine
from subsidies.reconciliation.selectors.match import Found, find_differences
from subsidies.reconciliation.services.take_in import compare_payees, fold, keep_entries

TAKEN, OPERATOR = StatementReading.State.TAKEN, StatementReading.Source.OPERATOR


def take_in_statement(
    *, lines: Sequence[StatementLine], first: date, last: date, now: datetime
) -> StatementReading:
    """Take in what the operator's statement says of these days (Asia/Shanghai, both included), and match it."""
    with acting("take_in_statement", by=None, now=now):
        reading = StatementReading.objects.create(
            source=OPERATOR, state=TAKEN, first_day=first, last_day=last, read_at=now, **totals(lines)
        )
        reconcile(reading, lines, now=now)
        return reading


def totals(lines: Sequence[StatementLine]) -> dict[str, int]:
    """How many lines, fen that were paid in all, and how many came back."""
    return {
        "payments": len(lines),
        "paid_fen": sum(line.amount_fen for line in lines if line.paid),
        "returned": sum(not line.paid for line in lines),
    }


def reconcile(reading: StatementReading, lines: Sequence[StatementLine], *, now: datetime) -> None:
    """Match what a reading says with ledger and order lines; book what came back; open and close differences."""
    keep_entries(lines, reading)
    compare_payees(reading)
    record_returned(numbers=_came_back(reading, lines), now=now)
    match_again(reading, now=now)


def match_again(reading: StatementReading, *, now: datetime) -> None:
    """Open what differs now in the days of this reading, and close what agrees. Twice changes nothing."""
    found = find_differences(first=reading.first_day, last=reading.last_day, reading_id=reading.pk)
    _close(reading, found, now=now)
    _open(found, now=now)


def _came_back(reading: StatementReading, lines: Sequence[StatementLine]) -> list[str]:
    """The numbers of payments that the statement has as returned, once and without contradiction, as they were ordered:
    both as it was read here and as it was written down.
    """
    read = {
        no for no, told in fold(lines).items() if told.returned and told.times <= 1 and not told.contradicts
    }
    sound = StatementEntry.objects.filter(
        last_reading=reading, number__in=read, returned=True, contradicts="", times=1, payee_agrees=True
    )
    ours = PayoutLine.objects.filter(state=PayoutLine.State.SUCCESS, request_no__in=sound.values("number"))
    amounts = dict(ours.values_list("request_no", "amount_fen"))
    told = sound.filter(number__in=amounts).values_list("number", "amount_fen")
    return [number for number, amount_fen in told if amounts[number] == amount_fen]


def _close(reading: StatementReading, found: Sequence[Found], *, now: datetime) -> None:
    still = {(each.number, each.kind) for each in found}
    live = Difference.objects.filter(
        state__in=Difference.LIVE, day__range=(reading.first_day, reading.last_day)
    )
    agreed = [each.pk for each in live if (each.number, each.kind) not in still]
    Difference.objects.filter(pk__in=agreed).update(state=Difference.State.AGREED, closed_at=now)


def _open(found: Sequence[Found], *, now: datetime) -> None:
    """A fact that two people have signed is not opened again; the same payment with another fact is.

    Where a case is open already and the facts are others now, it goes on with them, and what was proposed is void.
    """
    known = Difference.objects.filter(number__in={each.number for each in found})
    signed = {_fact(each) for each in known.filter(state=Difference.State.SIGNED)}
    live = {(each.number, each.kind): each for each in known.filter(state__in=Difference.LIVE)}
    new = [each for each in found if (each.number, each.kind) not in live and _fact(each) not in signed]
    Difference.objects.bulk_create(
        Difference(
            number=each.number,
            kind=each.kind,
            day=each.day,
            ours=each.ours,
            theirs=each.theirs,
            line_id=each.line_id,
            found_at=now,
        )
        for each in new
    )
    for each in found:
        case = live.get((each.number, each.kind))
        if case is not None and _fact(case) != _fact(each):
            case.ours, case.theirs, case.line_id = each.ours, each.theirs, each.line_id
            reopen(case)


def reopen(case: Difference, *, note: str = "") -> None:
    """Nothing is proposed for it any more; `note` says why."""
    case.state, case.resolution, case.note = Difference.State.OPEN, "", note
    case.proposed_by = case.proposed_at = None
    case.save(
        update_fields=[
            *("ours", "theirs", "line", "state", "resolution", "note", "proposed_by", "proposed_at")
        ]
    )


def _fact(each: Found | Difference) -> tuple[str, str, str, str]:
    return each.number, each.kind, each.ours, each.theirs
