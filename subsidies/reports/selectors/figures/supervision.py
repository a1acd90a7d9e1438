"""What the regulator did at the shops: trainings, events, visits, spot checks. Later findings do not count."""

from django.db.models import BooleanField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Concat
from django.utils.translation import gettext_lazy as _

from core.audit.as_was import as_was, came_later
from merchants.models import Inspection, SamplingLot, TradeInEvent, Training
from merchants.supervision.models.outreach import FOUR_VENUES
from subsidies.reports.selectors.figures.figure import Figure, Scope, rows_of

BATTERIES = (SamplingLot.Kind.LEAD_ACID, SamplingLot.Kind.LITHIUM)


def trainings_and_events(scope: Scope) -> list[Figure]:
    """Trainings, collective events, those of the four venues, and the bikes that were traded in at them."""
    held = Training.objects.filter(scope.within("held_on"))
    events = TradeInEvent.objects.filter(scope.within("held_on")).annotate(
        then=as_was(TradeInEvent, "bikes", scope.end)
    )
    late = came_later(TradeInEvent, scope.end)

    def those(queryset: QuerySet[TradeInEvent], value: str | int = 1) -> QuerySet[TradeInEvent]:
        return rows_of(queryset, label="place", day="held_on", note="organiser", value=value, late=late)

    return [
        Figure(
            "trainings",
            "培训次数",
            _("商户培训"),
            _("期内已举办的培训场次。"),
            rows_of(held, label="title", day="held_on", note="place", late=came_later(Training, scope.end)),
        ),
        Figure(
            "events",
            "集中活动",
            _("集中淘汰置换活动"),
            _("期内已举办的活动场次。"),
            those(events),
        ),
        Figure(
            "events-four-venues",
            "四进活动",
            _("其中“四进”"),
            _("进机关、进街道社区、进企业、进校园的活动。"),
            those(events.filter(venue_kind__in=FOUR_VENUES)),
        ),
        Figure(
            "events-bikes",
            "活动置换车辆",
            _("活动当天置换车辆"),
            _("各场活动填报的当天置换车辆数之和；期末以后补报的数不计。"),
            those(events.filter(then__gt=0), "then"),
        ),
    ]


def visits(scope: Scope) -> list[Figure]:
    """Visits of the period, what they had found by its end, and what was not put right by then."""
    found = (
        Inspection.objects.concluded()
        .filter(scope.within("inspected_on"))
        .annotate(
            was_faulty=Coalesce(
                as_was(Inspection, "faulty", scope.end), Value(False), output_field=BooleanField()
            )
        )
    )
    late = came_later(Inspection, scope.end)

    def those(queryset: QuerySet[Inspection]) -> QuerySet[Inspection]:
        return rows_of(queryset, label="merchant__name", day="inspected_on", note="conclusion", late=late)

    faulty = found.filter(was_faulty=True)
    still = Q(rectified_on__isnull=True) | Q(rectified_on__gt=scope.last)
    return [
        Figure(
            "visits",
            "检查次数",
            _("一店一查"),
            _("期内上门检查的次数，检查中、还没有结论的不计。"),
            those(found),
        ),
        Figure(
            "visits-faulty",
            "发现问题检查",
            _("发现问题"),
            _("期内有一项或几项问题的检查，占全部检查。"),
            those(faulty),
            of="visits",
        ),
        Figure(
            "visits-open",
            "待整改检查",
            _("其中待整改"),
            _("期内检查发现、到期末没有整改完成的；期末以后整改的，当时待整改。"),
            those(faulty.filter(still)),
        ),
    ]


def lots(scope: Scope) -> list[Figure]:
    """Lots of the period by product, and those of which it was known by its end that they failed."""
    taken = SamplingLot.objects.filter(scope.within("sampled_on")).annotate(
        failed_then=as_was(SamplingLot, "failed", scope.end)
    )
    late = came_later(SamplingLot, scope.end)
    bikes, batteries = Q(kind=SamplingLot.Kind.E_BIKE), Q(kind__in=BATTERIES)

    def those(which: Q, value: str = "lots") -> QuerySet[SamplingLot]:
        where = Concat(Coalesce(F("merchant__name"), Value("")), Value(" "), F("report_no"))
        return rows_of(
            taken.filter(which), label="kind", day="sampled_on", note=where, value=value, late=late
        )

    return [
        Figure(
            "lots-e-bikes",
            "电动自行车批次",
            _("抽查电动自行车(批次)"),
            _("期内抽样的批次数之和。"),
            those(bikes),
        ),
        Figure(
            "lots-enforcement",
            "执法抽检批次",
            _("其中执法抽检(批次)"),
            _("抽检性质为执法抽检的电动自行车批次。"),
            those(bikes & Q(purpose=SamplingLot.Purpose.ENFORCEMENT)),
        ),
        Figure(
            "lots-batteries",
            "蓄电池批次",
            _("抽查蓄电池(批次)"),
            _("铅酸和锂离子蓄电池的批次数之和。"),
            those(batteries),
        ),
        Figure(
            "lots-others",
            "其他产品批次",
            _("抽查其他产品(批次)"),
            _("充电器、头盔等的批次数之和。"),
            those(~bikes & ~batteries),
        ),
        Figure(
            "lots-failed",
            "不合格批次",
            _("不合格(批次)"),
            _("期末已知结果为不合格的批次数，占全部批次；期末以后才出的结果不计。"),
            those(Q(failed_then__gt=0), "failed_then"),
            of="lots",
        ),
        Figure(
            "lots",
            "抽查批次",
            _("抽查合计(批次)"),
            _("期内抽样的全部批次数之和。"),
            those(Q()),
        ),
    ]
