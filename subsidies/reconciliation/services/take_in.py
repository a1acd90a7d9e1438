"""The statement of some days becomes rows: what was paid, how often, and what came back."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from core.shanghai import local_day
from subsidies.models import PayoutLine, StatementEntry, StatementReading
from subsidies.payouts.statement import StatementLine

NUMBER, TAIL = 64, 4
AT_ONCE = 5_000
FOLLOWED = (
    *("amount_fen", "paid_at", "day", "payee_tail", "memo", "times"),
    *("returned", "contradicts", "before", "payee_agrees"),
)


@dataclass(slots=True)
class Told:
    """One payment in all lines of the statement that speak of it. `contradicts`: in what they differ from each other."""

    first: StatementLine
    times: int = 0
    returned: bool = False
    contradicts: str = ""

    def hear(self, line: StatementLine) -> None:
        """Another line about it; a return may stand in a line of its own."""
        self.times += line.paid
        self.returned |= not line.paid
        self.contradicts = self.contradicts or _otherwise(
            self.first.amount_fen, self.first.payee[-TAIL:], line
        )


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
    StatementEntry.objects.bulk_update(changed, FOLLOWED)


def _new(number: str, told: Told, reading: StatementReading) -> StatementEntry:
    entry = StatementEntry(number=number, first_reading=reading, last_reading=reading)
    _follow(entry, told)
    return entry


def _follow(entry: StatementEntry, told: Told) -> None:
    line = told.first
    entry.amount_fen, entry.paid_at, entry.day = line.amount_fen, line.paid_at, local_day(line.paid_at)
    entry.payee_tail = line.payee[-TAIL:] or entry.payee_tail  # a file may not tell what is known
    entry.memo = line.memo or entry.memo
    entry.times, entry.returned, entry.contradicts = max(1, told.times), told.returned, told.contradicts


def _hear(entry: StatementEntry, told: Told) -> bool:
    """Whether the newer statement tells it otherwise. It is followed then, and what was told before is kept in a word."""
    before, word = _facts(entry), "returned" if entry.returned else "paid"
    facts = f"{word} {entry.amount_fen} {entry.day} {entry.payee_tail} ×{entry.times} {entry.contradicts}"
    _follow(entry, told)
    if _facts(entry) == before:
        return False
    entry.before, entry.payee_agrees = facts[:64].strip(), None
    return True


def _facts(entry: StatementEntry) -> tuple[object, ...]:
    return entry.amount_fen, entry.day, entry.payee_tail, entry.times, entry.returned, entry.contradicts


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
        .only("claim_id", "request_no", "payee_wallet", "payee_phone")
    }
    entries = list(StatementEntry.objects.filter(number__in=tails))
    for agrees in (True, False):
        found = [each.pk for each in entries if _same(each.payee_tail, tails[each.number]) == agrees]
        StatementEntry.objects.filter(pk__in=found).update(payee_agrees=agrees)


def _same(told: str, ours: str) -> bool:
    return not told or told == ours
