"""What is still open in a scheme that shall be closed or archived. A further matter is one more row of `MATTERS`."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.shanghai import local_day, next_month
from subsidies.models import (
    ClaimTally,
    Difference,
    Hold,
    LedgerEntry,
    LineEvidence,
    PayoutBatch,
    PayoutLine,
    Period,
    RecoveryCase,
    Scheme,
    Supplement,
)
from subsidies.states import OPEN, RESERVED

Found = tuple[int, int | None]  # how many, and of how much (None: of no amount)


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """A matter that is open, as a step keeps it; `title` in the language that was active."""

    code: str
    title: str
    count: int
    fen: int | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def _claims(scheme: Scheme) -> Found:
    """In work: to be checked, corrected, looked at, or in the queue for money."""
    return ClaimTally.objects.filter(scheme=scheme, state__in=OPEN).total(), None


def _held(scheme: Scheme) -> Found:
    held = _holds(scheme).exclude(kind=Hold.Kind.OBJECTION)
    return held.aggregate(n=Count("claim", distinct=True))["n"], None


def _objections(scheme: Scheme) -> Found:
    return _holds(scheme).filter(kind=Hold.Kind.OBJECTION).count(), None


def _reserved(scheme: Scheme) -> Found:
    count = ClaimTally.objects.filter(scheme=scheme, state__in=RESERVED).total()
    return max(count, int(scheme.reserved_fen > 0)), scheme.reserved_fen


def _batches(scheme: Scheme) -> Found:
    over = (PayoutBatch.State.FINISHED, PayoutBatch.State.DISCARDED)
    return PayoutBatch.objects.filter(scheme=scheme).exclude(state__in=over).count(), None


def _unknown(scheme: Scheme) -> Found:
    return _sum(PayoutLine.objects.filter(batch__scheme=scheme, state=PayoutLine.State.UNKNOWN))


def _evidence(scheme: Scheme) -> Found:
    waiting = LineEvidence.objects.filter(state=LineEvidence.State.PROPOSED)
    return _sum(PayoutLine.objects.filter(batch__scheme=scheme, evidence__in=waiting))


def _differences(scheme: Scheme) -> Found:
    live = Difference.objects.filter(state__in=Difference.LIVE, line__batch__scheme=scheme)
    return _sum(live, "line__amount_fen")


def _recoveries(scheme: Scheme) -> Found:
    return _sum(RecoveryCase.objects.unended().filter(claim__scheme=scheme))


def _supplements(scheme: Scheme) -> Found:
    return _sum(Supplement.objects.filter(claim__scheme=scheme, state__in=Supplement.UNENDED))


def _months(scheme: Scheme) -> Found:
    """Months that the ledger reached and that no two people have closed."""
    rows = LedgerEntry.objects.filter(scheme=scheme).order_by("seq").values_list("at", flat=True)
    first, last = rows.first(), rows.last()
    if first is None or last is None:
        return 0, None
    closed = set(
        Period.objects.filter(scheme=scheme, state=Period.State.CLOSED).values_list("month", flat=True)
    )
    month, end, count = local_day(first).replace(day=1), local_day(last), 0
    while month <= end:
        count += month not in closed
        month = next_month(month)
    return count, None


def _changes(scheme: Scheme) -> Found:
    return scheme.changes.open().count(), None


def _holds(scheme: Scheme) -> QuerySet[Hold]:
    return Hold.objects.open().filter(claim__live=True, claim__scheme=scheme)


def _sum(rows: QuerySet[Any], amount: str = "amount_fen") -> Found:
    told = rows.order_by().aggregate(n=Count("pk"), fen=Sum(amount))
    return told["n"], int(told["fen"] or 0)


# The database itself knows the first two (`sql/steps.sql`).
MATTERS: dict[str, tuple[str | Promise, Callable[[Scheme], Found]]] = {
    "claims": (_("办理中的申请(份)"), _claims),
    "reserved": (_("已锁定、尚未发放的补贴(份)"), _reserved),
    "held": (_("被暂缓的申请(份)"), _held),
    "objections": (_("工作人员提出的异议(项)"), _objections),
    "batches": (_("未完成的发放批次(个)"), _batches),
    "unknown": (_("发放结果待查(笔)"), _unknown),
    "evidence": (_("发放凭证待核准(笔)"), _evidence),
    "differences": (_("对账差异未了结(项)"), _differences),
    "recoveries": (_("未办结的追回(件)"), _recoveries),
    "supplements": (_("未办结的补发(笔)"), _supplements),
    "months": (_("未关账的月份(个)"), _months),
    "changes": (_("待决定的方案变更(项)"), _changes),
}


def open_points(scheme: Scheme) -> list[OpenPoint]:
    """Everything that is open in this scheme, in the language that is active."""
    found = ((code, str(title), find(scheme)) for code, (title, find) in MATTERS.items())
    return [OpenPoint(code, title, count, fen) for code, title, (count, fen) in found if count]
