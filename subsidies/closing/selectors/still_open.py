"""What is still open when a month closes. A further matter is one more row of `MATTERS`."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.shanghai import local_day
from subsidies.closing.selectors.figures import within
from subsidies.ledger.selectors.proof import verify_ledger
from subsidies.models import Difference, LineEvidence, OperatorAnswer, PayoutBatch, PayoutLine, Scheme
from subsidies.payouts.selectors.stop import open_stop
from subsidies.reconciliation.selectors.gate import was_read


@dataclass(frozen=True, slots=True)
class Found:
    """How many there are, of how much (None: of no amount), and what else is to be told."""

    count: int = 0
    fen: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that may be open. `find` gets the scheme and the moment in which the month ends: what began before counts.

    What `blocks` has to be settled before the month closes; the rest is told, and kept with the close. What is `slow` is
    looked at when the month is closed, and not for every look at the page.
    """

    code: str
    title: str | Promise
    find: Callable[[Scheme, datetime], Found]
    blocks: bool = False
    slow: bool = False


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A matter that is open, as a close keeps it; `title` in the language that is active."""

    code: str
    title: str
    count: int
    fen: int | None
    blocks: bool
    detail: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def _stopped(_scheme: Scheme, _end: datetime) -> Found:
    """The database may be behind what was paid: nothing is frozen until two people have looked."""
    return Found(int(open_stop() is not None))


def _ledger(scheme: Scheme, _end: datetime) -> Found:
    faults = verify_ledger(scheme=scheme)
    return Found(len(faults), detail=str(faults[0])) if faults else Found()


def _unknown(scheme: Scheme, end: datetime) -> Found:
    """Nobody knows what became of it: what was paid is booked in the month in which the news comes."""
    return _sum(_lines(scheme, end).filter(state=PayoutLine.State.UNKNOWN, doubt=""))


def _doubted(scheme: Scheme, end: datetime) -> Found:
    return _sum(_lines(scheme, end).filter(state=PayoutLine.State.UNKNOWN).exclude(doubt=""))


def _evidence(scheme: Scheme, end: datetime) -> Found:
    waiting = LineEvidence.objects.filter(state=LineEvidence.State.PROPOSED, proposed_at__lt=end)
    return _sum(PayoutLine.objects.filter(batch__scheme=scheme, evidence__in=waiting))


def _batches(scheme: Scheme, end: datetime) -> Found:
    """Made, and neither finished nor discarded; the amount is what has not come to an end in them."""
    over = (PayoutBatch.State.FINISHED, PayoutBatch.State.DISCARDED)
    batches = PayoutBatch.objects.filter(scheme=scheme, made_at__lt=end).exclude(state__in=over)
    waiting = _lines(scheme, end).filter(batch__in=batches, state__in=["ready", "unknown"])
    return Found(batches.count(), _sum(waiting).fen)


def _differences(scheme: Scheme, end: datetime) -> Found:
    """Of this scheme's payments, and such as no payment of ours explains."""
    live = Difference.objects.filter(state__in=Difference.LIVE, day__lt=local_day(end))
    return _sum_of(live.filter(Q(line__isnull=True) | Q(line__batch__scheme=scheme)), "line__amount_fen")


def _unread(_scheme: Scheme, end: datetime) -> Found:
    """The statement of the month's last day is missing, where the operator was dealt with before."""
    dealt = OperatorAnswer.objects.filter(at__lt=end).exists()
    last = local_day(end) - timedelta(days=1)
    return Found(int(dealt and not was_read(last, now=timezone.now())))


MATTERS: tuple[Matter, ...] = (
    Matter("stopped", _("发放已停止，尚未两人确认恢复"), _stopped, blocks=True),
    Matter("ledger", _("账目自身核对不符"), _ledger, blocks=True, slow=True),
    Matter("unknown", _("发放结果待查(笔)"), _unknown),
    Matter("doubted", _("发放结果存疑(笔)"), _doubted),
    Matter("evidence", _("发放凭证待核准(笔)"), _evidence),
    Matter("differences", _("对账差异未了结(项)"), _differences),
    Matter("unread", _("月末最后一天的对账单未读"), _unread),
    Matter("batches", _("未完成的发放批次(个)"), _batches),
)


def still_open(scheme: Scheme, month: date, *, thorough: bool) -> list[OpenItem]:
    """Everything that is open in this scheme of what began before the month's end. `thorough`: what is slow, too."""
    _first, end = within(month)
    found = ((matter, matter.find(scheme, end)) for matter in MATTERS if thorough or not matter.slow)
    return [
        OpenItem(matter.code, str(matter.title), told.count, told.fen, matter.blocks, told.detail)
        for matter, told in found
        if told.count
    ]


def _lines(scheme: Scheme, end: datetime) -> QuerySet[PayoutLine]:
    return PayoutLine.objects.filter(batch__scheme=scheme, batch__made_at__lt=end)


def _sum(lines: QuerySet[PayoutLine]) -> Found:
    return _sum_of(lines, "amount_fen")


def _sum_of(rows: QuerySet[Any], amount: str) -> Found:
    told = rows.order_by().aggregate(n=Count("pk"), fen=Sum(amount))
    return Found(told["n"], int(told["fen"] or 0))
