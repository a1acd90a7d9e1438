"""How the operator's book agrees with ours, payment by payment, also where ours has forgotten what it ordered."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from django.db.models import Count, Q, Value

from subsidies.models import Claim, PayoutLine, Supplement
from subsidies.payouts.numbers import payment_no
from subsidies.payouts.statement import StatementLine
from subsidies.states import GRANTED

SHOWN = 100  # numbers that are named


def booked_as_made() -> dict[str, int]:
    """Every payment that our own book has as made: its amount in fen, by its number."""
    made = PayoutLine.objects.filter(state=PayoutLine.State.SUCCESS)
    return dict(made.values_list("request_no", "amount_fen"))


def match_book(lines: Sequence[StatementLine], ours: Mapping[str, int]) -> dict[str, Any]:
    """Counts, sums in fen, and the first numbers of what does not agree. `ours`: as `booked_as_made` reads it.

    `matched`: paid by both books. `unbooked`: paid, and a claim of ours explains it, but our book does not have it: ordered
    again it has the same number, and nothing is paid twice. `unexplained`: paid, and no claim of ours explains it.
    `missing`: paid by our book alone. `differing`: of another amount than ours, or paid more than once.
    """
    paid = {line.number: line for line in lines if line.paid}
    times = Counter(line.number for line in lines if line.paid)
    derived = dict(_payments_to_be())
    unbooked = [number for number in paid if number not in ours and number in derived]
    unexplained = [number for number in paid if number not in ours and number not in derived]
    missing = [number for number in ours if number not in paid]
    differing = [
        number
        for number, line in paid.items()
        if times[number] > 1 or ours.get(number, line.amount_fen) != line.amount_fen
    ]
    return {
        "paid": len(paid),
        "paid_fen": sum(line.amount_fen for line in paid.values()),
        "matched": len(paid.keys() & ours.keys()),
        "unbooked": len(unbooked),
        "unbooked_fen": sum(paid[number].amount_fen for number in unbooked),
        "unbooked_records": [derived[number] for number in unbooked[:SHOWN]],
        "unexplained": len(unexplained),
        "unexplained_numbers": unexplained[:SHOWN],
        "differing": len(differing),
        "differing_numbers": differing[:SHOWN],
        "missing": len(missing),
        "missing_numbers": missing[:SHOWN],
    }


def _payments_to_be() -> Iterator[tuple[str, str]]:
    """The number of each payment, made or to be made, of every claim with money and every supplement, and its record's."""
    over = Q(payout_lines__state__in=PayoutLine.OVER)
    own = Count("payout_lines", filter=over & Q(payout_lines__supplement=None))
    claims = Claim.objects.filter(state__in=GRANTED).order_by().annotate(over=own, piece=Value(""))
    besides = Supplement.objects.exclude(state__in=[Supplement.State.PROPOSED, Supplement.State.DECLINED])
    besides = besides.order_by().annotate(over=Count("payout_lines", filter=over))
    facts = ("scheme__code", "trade_in__record_no", "vehicle_code")
    rows = chain(
        claims.values_list(*facts, "amount_fen", "over", "piece").iterator(chunk_size=5000),
        besides.values_list(*(f"claim__{each}" for each in facts), "amount_fen", "over", "ref").iterator(),
    )
    for code, record_no, vehicle_code, amount_fen, attempts, piece in rows:
        for attempt in range(1, attempts + 2):
            yield (
                payment_no(
                    scheme_code=code,
                    record_no=record_no,
                    vehicle_code=vehicle_code,
                    amount_fen=amount_fen,
                    attempt=attempt,
                    piece=piece,
                ),
                record_no,
            )
