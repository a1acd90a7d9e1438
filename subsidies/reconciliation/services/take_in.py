"""The statement of some days becomes rows: what was paid, how often, and what came back."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from core.shanghai import local_day
from subsidies.models import PayoutLine, StatementEntry, StatementReading
from subsidies.payouts.statement import StatementLine

NUMBER, TAIL = 64, 4
AT_ONCE = 5_000


@dataclass(slots=True)
class Told:
    """One payment in all lines of the statement that speak of it. `altered`: in what they contradict each other."""

    first: StatementLine
    times: int = 0
    returned: bool = False
    altered: str = ""

    def hear(self, line: StatementLine) -> None:
        """Another line about it; a return may stand in a line of its own."""
        self.times += line.paid
        self.returned |= not line.paid
        self.altered = self.altered or _otherwise(self.first.amount_fen, self.first.payee[-TAIL:], line)


def fold(lines: Iterable[StatementLine]) -> dict[str, Told]:
    """The statement by numbers."""
    told: dict[str, Told] = {}
    for line in lines:
        told.setdefault(line.number[:NUMBER], Told(line)).hear(line)
    return told


def keep_entries(lines: Sequence[StatementLine], reading: StatementReading) -> None:
    """Write down what is new in the statement, and what it says otherwise than before. Twice changes nothing."""
    told = fold(lines)
    numbers = sorted(told)
    for start in range(0, len(numbers), AT_ONCE):
        some = numbers[start : start + AT_ONCE]
        _keep({number: told[number] for number in some}, reading)


def _keep(told: dict[str, Told], reading: StatementReading) -> None:
    known = {each.number: each for each in StatementEntry.objects.filter(number__in=told)}
    StatementEntry.objects.bulk_create(
        _new(number, each, reading) for number, each in told.items() if number not in known
    )
    StatementEntry.objects.filter(pk__in=[each.pk for each in known.values()]).update(last_reading=reading)
    changed = [entry for number, entry in known.items() if _hear(entry, told[number])]
    StatementEntry.objects.bulk_update(changed, ["times", "returned", "altered"])


def _new(number: str, told: Told, reading: StatementReading) -> StatementEntry:
    line = told.first
    return StatementEntry(
        number=number,
        amount_fen=line.amount_fen,
        paid_at=line.paid_at,
        day=local_day(line.paid_at),
        payee_tail=line.payee[-TAIL:],
        memo=line.memo,
        times=max(1, told.times),
        returned=told.returned,
        altered=told.altered,
        first_reading=reading,
        last_reading=reading,
    )


def _hear(entry: StatementEntry, told: Told) -> bool:
    """Whether the newer statement adds to what stands there; a return that is not told any more is told otherwise."""
    before = (entry.times, entry.returned, entry.altered)
    unsaid = "returned" if entry.returned and not told.returned else ""
    day = local_day(told.first.paid_at)
    moved = f"day {day}" if day != entry.day else ""
    entry.altered = (
        told.altered or unsaid or _otherwise(entry.amount_fen, entry.payee_tail, told.first) or moved
    )
    entry.times = max(entry.times, told.times)  # what is told as before again takes the word back
    entry.returned |= told.returned
    return before != (entry.times, entry.returned, entry.altered)


def _otherwise(amount_fen: int, tail: str, line: StatementLine) -> str:
    """In what a line tells a payment otherwise than it was told; a payee that is not told at all is no other one."""
    if amount_fen != line.amount_fen:
        return f"amount {line.amount_fen}"
    told = line.payee[-TAIL:]
    return "payee" if told and tail and told != tail else ""


def compare_payees(reading: StatementReading) -> None:
    """Say of each payment in this reading whether its payee is the one that was ordered, where it is not known yet."""
    entries = StatementEntry.objects.filter(last_reading=reading, payee_agrees__isnull=True).order_by("pk")
    numbers = list(entries.values_list("number", flat=True))
    for start in range(0, len(numbers), AT_ONCE):
        _compare(numbers[start : start + AT_ONCE])


def _compare(numbers: Collection[str]) -> None:
    tails = {
        line.request_no: (line.payee_wallet or line.payee_phone or "")[-TAIL:]
        for line in PayoutLine.objects.filter(request_no__in=numbers)
        .exclude(state=PayoutLine.State.DISCARDED)
        .only("request_no", "payee_wallet", "payee_phone")
    }
    entries = list(StatementEntry.objects.filter(number__in=tails))
    for agrees in (True, False):
        found = [each.pk for each in entries if _same(each.payee_tail, tails[each.number]) == agrees]
        StatementEntry.objects.filter(pk__in=found).update(payee_agrees=agrees)


def _same(told: str, ours: str) -> bool:
    return not told or told == ours
