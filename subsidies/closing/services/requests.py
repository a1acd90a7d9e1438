"""Making a payment request (用款申请). It moves nothing: it is sealed and signed on paper."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from core.audit.acting import acting
from core.models import User
from core.shanghai import local
from subsidies.closing.selectors.in_force import Subject, in_force
from subsidies.closing.selectors.request_lines import lines_of_batches, lines_of_month
from subsidies.closing.services.close import kept_until
from subsidies.ledger.services.append import lock_scheme
from subsidies.models import PaymentRequest, Period, Scheme


class NothingToAsk(ValueError):
    """There is no payment in it."""


class NotClosed(ValueError):
    """The month is not closed: what it paid may still change."""


def request_for_month(*, period: Period, purpose: str, by: User, now: datetime) -> PaymentRequest:
    """For what a closed month has paid. Raises NotClosed, NothingToAsk."""
    if period.state != Period.State.CLOSED:
        raise NotClosed(f"{period.month:%Y-%m} is {period.state}")
    lines = lines_of_month(period.scheme, period.month)
    return _make(period.scheme, lines, purpose=purpose, by=by, now=now, period=period)


def request_for_batches(
    *, scheme: Scheme, batches: Collection[int], purpose: str, by: User, now: datetime
) -> PaymentRequest:
    """For what these batches pay. Raises NothingToAsk."""
    return _make(scheme, lines_of_batches(scheme, batches), purpose=purpose, by=by, now=now)


def _make(
    scheme: Scheme,
    lines: list[dict[str, Any]],
    *,
    purpose: str,
    by: User,
    now: datetime,
    period: Period | None = None,
) -> PaymentRequest:
    if not lines:
        raise NothingToAsk("no payment is in it")
    with acting("make_request", by=by, now=now, note=purpose):
        locked, year = lock_scheme(scheme), local(now).year
        prefix = f"{locked.code}-{year}-"
        count = PaymentRequest.objects.filter(scheme=locked, number__startswith=prefix).count()
        return PaymentRequest.objects.create(
            scheme=locked,
            period=period,
            number=f"{prefix}{count + 1:03}",
            purpose=purpose.strip(),
            lines=lines,
            rows=sum(line["rows"] for line in lines),
            amount_fen=sum(line["fen"] for line in lines),
            layout=in_force(Subject.REQUEST).as_json(),
            keep_until=kept_until(local(now).date()),
            made_by=by,
            made_at=now,
        )
