"""What orders have in common: lines of payments, in drafts of at most 500, and who had a part in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Length

from core.decisions import mark
from core.models import User
from core.shanghai import local_day
from subsidies.claims.selectors.payee import Payee
from subsidies.marked import BATCH_MADE
from subsidies.models import Claim, PayoutBatch, PayoutLine, Scheme, Supplement
from subsidies.payouts.numbers import order_no, payment_no

LINES_PER_BATCH = 500


class NotYours(PermissionError):
    """The same person may not take two of the three parts: approver, maker, releaser."""


@dataclass(frozen=True, slots=True)
class Made:
    """The batches that were made, and the claims left out because they name no wallet and no phone."""

    batches: tuple[PayoutBatch, ...]
    without_address: tuple[int, ...]


def make_batches(
    scheme: Scheme, lines: Sequence[PayoutLine], *, by: User, now: datetime
) -> tuple[PayoutBatch, ...]:
    """Drafts of at most 500 of these lines each, in their order, out of the wallet that the scheme names today."""
    batches, payer = [], _payer(scheme)
    for start in range(0, len(lines), LINES_PER_BATCH):
        some = lines[start : start + LINES_PER_BATCH]
        number = order_no(line.request_no for line in some)
        batch = PayoutBatch.objects.create(
            scheme=scheme,
            number=_next_number(scheme, now),
            request_no=number,
            made_by=by,
            made_at=now,
            **payer,
        )
        for line in some:
            line.batch = batch
        PayoutLine.objects.bulk_create(some)
        batches.append(batch)
    mark(BATCH_MADE, [batch.pk for batch in batches], at=now)
    return tuple(batches)


def _payer(scheme: Scheme) -> dict[str, str]:
    """Whose money it is: the scheme's own payer, or where it names none the installation's."""
    policy = scheme.policy
    if policy.payer_wallet:
        return {"payer_wallet": policy.payer_wallet, "payer_name": policy.payer_name}
    return {"payer_wallet": settings.PAYER_WALLET, "payer_name": settings.PAYER_NAME}


def _next_number(scheme: Scheme, now: datetime) -> str:
    """The next of the day, as people call it: `GS2022-20220801-003`. The scheme is locked, so that none is given twice."""
    begin = f"{scheme.code}-{local_day(now):%Y%m%d}-"
    last = PayoutBatch.objects.filter(number__startswith=begin).order_by(Length("number"), "number").last()
    return f"{begin}{int(last.number.removeprefix(begin)) + 1 if last else 1:03}"


def line_of(
    scheme: Scheme, claim: Claim, payee: Payee, attempt: int, supplement: Supplement | None = None
) -> PayoutLine:
    """The payment of a claim's subsidy, or of a supplement to it, to this payee; not in a batch yet."""
    amount_fen = supplement.amount_fen if supplement else claim.amount_fen
    return PayoutLine(
        claim=claim,
        supplement=supplement,
        attempt=attempt,
        request_no=payment_no(
            scheme_code=scheme.code,
            record_no=claim.trade_in.record_no,
            vehicle_code=claim.vehicle_code,
            amount_fen=amount_fen,
            attempt=attempt,
            piece=supplement.ref if supplement else "",
        ),
        amount_fen=amount_fen,
        payee_name=claim.trade_in.owner_name,
        payee_wallet=payee.wallet_no,
        payee_phone=None if payee.wallet_no else payee.phone,
        payee_operator=payee.wallet_operator,
        payee_index=payee.index,
    )


def approved_by(by: User) -> Q:
    """For a queryset of lines: whether this person approved the payment, or had to do with the supplement."""
    besides = Q(supplement__decided_by=by) | Q(supplement__proposed_by=by)
    return Q(claim__approved_by=by) | besides


def give_back(lines: QuerySet[PayoutLine]) -> None:
    """The supplements among them wait to be ordered again."""
    on_the_way = Supplement.objects.filter(payout_lines__in=lines, state=Supplement.State.IN_PAYOUT)
    Supplement.objects.filter(pk__in=list(on_the_way.values_list("pk", flat=True))).update(
        state=Supplement.State.RESERVED
    )
